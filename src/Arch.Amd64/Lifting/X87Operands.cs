using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Operands of x87 instructions, and what all of them have in common.</summary>
internal static class X87Operands
{
    extension(Lifter lifter)
    {
        /// <summary>The number of the stack register that is an operand.</summary>
        public int StackRegister(int operand) => lifter.Instruction.GetOpRegister(operand) - Register.ST0;

        /// <summary>
        /// Calls a helper with the errors that wait trapping before, and the addresses of the instruction and of its memory operand
        /// remembered after.
        /// </summary>
        public void CallX87(Helper helper, X87Form form = default, Slot dst = default, Slot b = default, Slot c = default) =>
            lifter.CallX87(helper, form.Immediate, dst, b, c);

        /// <inheritdoc cref="CallX87(Lifter, Helper, X87Form, Slot, Slot, Slot)"/>
        public void CallX87(Helper helper, ulong immediate, Slot dst = default, Slot b = default, Slot c = default)
        {
            lifter.TrapWaitingError();
            lifter.OperateX87(helper, immediate, dst, b, c);
        }

        /// <summary>
        /// The rest of <see cref="CallX87(Lifter, Helper, ulong, Slot, Slot, Slot)"/>: waiting errors came before the operand was accessed.
        /// </summary>
        public void OperateX87(Helper helper, ulong immediate, Slot dst = default, Slot b = default, Slot c = default)
        {
            lifter.Call(helper, dst, b: b, c: c, immediate: immediate);
            lifter.Ir.Move(Slots.Fip, lifter.Pc);
            if (lifter.Instruction.OpCount > 0 && lifter.IsMemory(0))
                lifter.Ir.Move(Slots.Fdp, lifter.Address(0));
        }

        /// <summary>The ten bytes of a memory operand as a pair.</summary>
        public Slot LoadTenBytes()
        {
            var address = lifter.Address(0);
            return lifter.Pair(lifter.Ir.Load(8, address), lifter.Ir.Load(2, address, displacement: 8));
        }

        /// <summary>
        /// Stores what a helper makes of st(0): the destination is tried first, since the helper pops, and its old bytes are given to the
        /// helper, which answers with them when nothing is to be stored.
        /// </summary>
        public void StoreX87(Helper helper, X87Form form)
        {
            lifter.TrapWaitingError();
            int size = lifter.Size(0);
            var address = lifter.Address(0);
            lifter.Ir.ProbeWrite(size, address);
            var old = lifter.Ir.Load(size, address);
            var value = lifter.Ir.Temporary();
            lifter.OperateX87(helper, form.Immediate, value, c: old);
            lifter.Ir.Store(size, value, address);
        }

        /// <summary>As <see cref="StoreX87"/> for ten bytes.</summary>
        public void StoreTenBytes(Helper helper)
        {
            lifter.TrapWaitingError();
            var address = lifter.Address(0);
            lifter.Ir.ProbeWrite(8, address);
            lifter.Ir.ProbeWrite(2, address, 8);
            var old = lifter.LoadTenBytes();
            var value = lifter.Ir.Temporary128();
            lifter.OperateX87(helper, 0, value, c: old);
            lifter.Ir.Store(8, value, address);
            lifter.Ir.Store(2, Lifter.High(value), address, displacement: 8);
        }
    }
}
