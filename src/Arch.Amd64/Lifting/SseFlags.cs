using Arch.Amd64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>RFLAGS from the results of floating-point comparisons and vector tests.</summary>
internal static class SseFlags
{
    extension(Lifter lifter)
    {
        /// <summary>CF, PF and ZF from a value that has them at their places in RFLAGS; OF, SF and AF become 0.</summary>
        public void SetComparisonFlags(Slot flags)
        {
            var ir = lifter.Ir;
            ir.Move(Slots.CF, ir.And(flags, 1));
            ir.Move(Slots.PF, ir.And(ir.ShiftRight(flags, 2), 1));
            ir.Move(Slots.ZF, ir.And(ir.ShiftRight(flags, 6), 1));
            ir.Move(Slots.OF, 0);
            ir.Move(Slots.SF, 0);
            ir.Move(Slots.AF, 0);
        }
    }
}
