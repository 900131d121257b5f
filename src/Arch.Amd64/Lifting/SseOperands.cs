using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>
/// Operands of SSE and MMX instructions. An MMX register is the significand of a physical x87 register; here it is a pair of temporaries
/// with zeros above, so that one helper serves both.
/// </summary>
internal static class SseOperands
{
    private const ulong StackTop = 7 << 11, ErrorSummary = 1 << 7;

    extension(Lifter lifter)
    {
        public bool IsMmx(int operand) => lifter.Instruction.GetOpKind(operand) == OpKind.Register && lifter.Instruction.GetOpRegister(operand).IsMM();

        /// <summary>Faults as an access to sixteen bytes that are not aligned does: #GP.</summary>
        public void RequireAlignment(int operand) =>
            lifter.Ir.TrapIf(lifter.Ir.And(lifter.Address(operand), 15), Traps.GeneralProtection);

        /// <summary>
        /// The source of a vector operation: the xmm register's own slots, an aligned load, or for the MMX form a pair with zeros above.
        /// </summary>
        public Slot Source(int operand)
        {
            if (!lifter.IsMemory(operand))
                return lifter.IsMmx(operand) ? lifter.ReadMmx(operand) : lifter.ReadVector(operand);
            int size = lifter.Size(operand);
            if (size < 16)
                return lifter.ZeroExtended(lifter.Load(operand, size));
            lifter.RequireAlignment(operand);
            return lifter.ReadVector(operand);
        }

        /// <summary>The low 2, 4 or 8 bytes of an xmm register or memory: a slot whose bits above that mean nothing.</summary>
        public Slot Scalar(int operand, int size) =>
            lifter.IsMemory(operand) ? lifter.Load(operand, size) : lifter.ReadVector(operand);

        /// <summary>The xmm register's slots.</summary>
        public Slot Xmm(int operand) => Lifter.SlotOf(lifter.Instruction.GetOpRegister(operand));

        /// <summary>The slot of an MMX register: the significand.</summary>
        public Slot Mmx(int operand) => Slots.St(lifter.Instruction.GetOpRegister(operand) - Register.MM0);

        /// <summary>An MMX register as a pair with zeros above.</summary>
        public Slot ReadMmx(int operand) => lifter.ZeroExtended(lifter.Mmx(operand));

        /// <summary>Replaces an MMX register, which makes the x87 register a negative NaN or infinity.</summary>
        public void WriteMmx(int operand, Slot value)
        {
            lifter.Ir.Move(lifter.Mmx(operand), value);
            lifter.Ir.Move(Lifter.High(lifter.Mmx(operand)), 0xffff);
        }

        /// <summary>What every MMX instruction but EMMS does first: an error that waits traps.</summary>
        public void TrapWaitingError() => lifter.Ir.TrapIf(lifter.Ir.And(Slots.Fsw, ErrorSummary), Traps.FloatingPoint);

        /// <summary>What it does last: the stack is full, and its top 0 (Intel SDM volume 1, 9.5.1).</summary>
        public void EnterMmxState()
        {
            lifter.Ir.Into(Slots.Fsw, IrOpcode.And, Slots.Fsw, Slot.Zero, ~StackTop);
            lifter.Ir.Move(Slots.Ftw, 0xff);
        }

        /// <summary>A new pair of temporaries with the given halves.</summary>
        public Slot Pair(Slot low, Slot high)
        {
            var pair = lifter.Ir.Temporary128();
            lifter.Ir.Move(pair, low);
            lifter.Ir.Move(Lifter.High(pair), high);
            return pair;
        }

        public Slot ZeroExtended(Slot low) => lifter.Pair(low, Slot.Zero);

        /// <summary>operand 0 = helper(operand 0, operand 1): packed, either register file.</summary>
        public void Packed(Helper helper, ulong immediate = 0)
        {
            if (!lifter.IsMmx(0))
            {
                var destination = lifter.Xmm(0);
                lifter.Call(helper, destination, destination, lifter.Source(1), immediate: immediate);
                return;
            }
            lifter.TrapWaitingError();
            var (first, second) = (lifter.ReadMmx(0), lifter.Source(1));
            lifter.Call(helper, first, first, second, immediate: immediate);
            lifter.WriteMmx(0, first);
            lifter.EnterMmxState();
        }

        /// <summary>
        /// As <see cref="Packed"/> for helpers whose low results are made from all of the first operand: the MMX form has its two operands
        /// in one vector.
        /// </summary>
        public void PackedAcross(Helper helper)
        {
            if (!lifter.IsMmx(0))
            {
                lifter.Packed(helper);
                return;
            }
            lifter.TrapWaitingError();
            var both = lifter.Pair(lifter.Mmx(0), lifter.Source(1));
            lifter.Call(helper, both, both, both);
            lifter.WriteMmx(0, both);
            lifter.EnterMmxState();
        }

        /// <summary>operand 0 = op(operand 0, operand 1), each half by itself.</summary>
        public void Halves(IrOpcode op)
        {
            if (!lifter.IsMmx(0))
            {
                var (destination, source) = (lifter.Xmm(0), lifter.Source(1));
                lifter.Ir.Into(destination, op, destination, source);
                lifter.Ir.Into(Lifter.High(destination), op, Lifter.High(destination), Lifter.High(source));
                return;
            }
            lifter.TrapWaitingError();
            lifter.WriteMmx(0, lifter.Ir.Binary(op, lifter.Mmx(0), lifter.Source(1)));
            lifter.EnterMmxState();
        }

        /// <summary>operand 0 = helper(operand 0, low <paramref name="size"/> bytes of operand 1): one lane.</summary>
        public void ScalarOperation(Helper helper, int size, ulong immediate = 0) =>
            lifter.Call(helper, lifter.Xmm(0), lifter.Xmm(0), lifter.Scalar(1, size), immediate: immediate);
    }
}
