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
        public void CallX87(Helper helper, X87Form form = default, Slot dst = default, Slot b = default) =>
            lifter.CallX87(helper, form.Immediate, dst, b);

        /// <inheritdoc cref="CallX87(Lifter, Helper, X87Form, Slot, Slot)"/>
        public void CallX87(Helper helper, ulong immediate, Slot dst = default, Slot b = default)
        {
            lifter.TrapWaitingError();
            lifter.OperateX87(helper, immediate, dst, b: b);
        }

        /// <summary>
        /// The rest of <see cref="CallX87(Lifter, Helper, ulong, Slot, Slot)"/>: waiting errors came before the operand was accessed.
        /// </summary>
        public void OperateX87(Helper helper, ulong immediate, Slot dst = default, Slot a = default, Slot b = default)
        {
            lifter.Call(helper, dst, a, b, immediate: immediate);
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

        /// <summary>Calls a helper that stores what it makes of st(0): whether memory is accessed at all depends on that.</summary>
        public void StoreX87(Helper helper, X87Form form = default)
        {
            lifter.TrapWaitingError();
            lifter.OperateX87(helper, form.Immediate, a: lifter.Address(0));
        }
    }
}
