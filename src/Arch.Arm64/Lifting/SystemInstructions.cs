using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>System registers that EL0 may use or FreeBSD emulates for it, and cache maintenance.</summary>
internal static class SystemInstructions
{
    /// <summary>DCZID_EL0.BS: DC ZVA clears 2^4 words.</summary>
    private const int ZeroBlockWords = 4, ZeroBlockBytes = 4 << ZeroBlockWords;

    [Encoding("110101010011 o0 op1 CRn CRm op2 Rt", "MRS")]
    public static void Read(Lifter lifter)
    {
        var ir = lifter.Ir;
        switch (SystemRegister.Of(lifter.Word))
        {
            case SystemRegister.NZCV:
                var upper = ir.Or(ir.ShiftLeft(Slots.N, 31), ir.ShiftLeft(Slots.Z, 30));
                lifter.WriteX(lifter.Rt, ir.Or(upper, ir.Or(ir.ShiftLeft(Slots.C, 29), ir.ShiftLeft(Slots.V, 28))));
                break;
            case SystemRegister.FPCR:
                lifter.WriteX(lifter.Rt, ir.And(Slots.FloatStatus, FloatControl.FpcrMask));
                break;
            case SystemRegister.FPSR:
                lifter.WriteX(lifter.Rt, ir.And(Slots.FloatStatus, FloatControl.FpsrMask));
                break;
            case SystemRegister.TPIDR_EL0:
                lifter.WriteX(lifter.Rt, Slots.TpidrEl0);
                break;
            case SystemRegister.TPIDRRO_EL0:
                lifter.WriteX(lifter.Rt, Slots.TpidrroEl0);
                break;
            case SystemRegister.CNTVCT_EL0:
                var counter = ir.Temporary();
                lifter.Call(CounterHelpers.Read, counter);
                lifter.WriteX(lifter.Rt, counter);
                break;
            case var register when SystemRegister.TryConstant(register, out ulong value):
                lifter.WriteX(lifter.Rt, ir.Constant(value));
                break;
            default:
                Refuse(lifter, writes: false);
                break;
        }
    }

    [Encoding("110101010001 o0 op1 CRn CRm op2 Rt", "MSR (register)")]
    public static void Write(Lifter lifter)
    {
        var ir = lifter.Ir;
        var value = Lifter.X(lifter.Rt);
        switch (SystemRegister.Of(lifter.Word))
        {
            case SystemRegister.NZCV:
                ir.Move(Slots.N, ir.And(ir.ShiftRight(value, 31), 1));
                ir.Move(Slots.Z, ir.And(ir.ShiftRight(value, 30), 1));
                ir.Move(Slots.C, ir.And(ir.ShiftRight(value, 29), 1));
                ir.Move(Slots.V, ir.And(ir.ShiftRight(value, 28), 1));
                break;
            case SystemRegister.FPCR:
                WriteFloatStatus(ir, value, FloatControl.FpcrMask);
                break;
            case SystemRegister.FPSR:
                WriteFloatStatus(ir, value, FloatControl.FpsrMask);
                break;
            case SystemRegister.TPIDR_EL0:
                ir.Move(Slots.TpidrEl0, value);
                break;
            default:
                Refuse(lifter, writes: true);
                break;
        }
    }

    [Encoding("1101010100000 op1 0100 CRm op2 11111", "MSR (immediate)")]
    public static void WriteImmediate(Lifter lifter)
    {
        // DAIFSet and DAIFClr; the others have no meaning at EL0.
        if (lifter.Field(16, 3) == 3 && lifter.Field(5, 3) is 6 or 7)
            lifter.Ir.Trap(Traps.SystemRegister, lifter.Pc);
        else
            lifter.Reject();
    }

    /// <summary>
    /// SYS, of which EL0 has the cache maintenance by address. Caches are coherent, so that only the access right is looked at.
    /// </summary>
    [Encoding("1101010100001 op1 CRn CRm op2 Rt", "SYS")]
    public static void Maintain(Lifter lifter)
    {
        const int zero = 0x3741, instruction = 0x3751, clean = 0x37a1, cleanToUnification = 0x37b1, cleanInvalidate = 0x37e1;
        switch ((lifter.Field(16, 3) << 12) | (lifter.Field(12, 4) << 8) | (lifter.Field(8, 4) << 4) | lifter.Field(5, 3))
        {
            case zero:
                ClearBlock(lifter);
                break;
            case instruction:
                break;
            case clean or cleanToUnification or cleanInvalidate:
                lifter.Ir.Load(1, Lifter.X(lifter.Rt));
                break;
            default:
                lifter.Reject();
                break;
        }
    }

    private static void WriteFloatStatus(IrBuilder ir, Slot value, ulong mask) =>
        ir.Move(Slots.FloatStatus, ir.Or(ir.And(Slots.FloatStatus, ~mask), ir.And(value, mask)));

    private static void ClearBlock(Lifter lifter)
    {
        var ir = lifter.Ir;
        var zeros = ir.Temporary128();
        ir.Move(zeros, Slot.Zero);
        ir.Move(Lifter.High(zeros), Slot.Zero);
        var block = ir.And(Lifter.X(lifter.Rt), ~(ulong)(ZeroBlockBytes - 1));
        ir.ProbeWrite(ZeroBlockBytes, block);
        for (ulong offset = 0; offset < ZeroBlockBytes; offset += 16)
            ir.Store128(zeros, block, offset);
    }

    // What is EL0's if only the kernel would allow it traps otherwise than what EL0 never has.
    private static void Refuse(Lifter lifter, bool writes)
    {
        if (SystemRegister.IsTrapped(SystemRegister.Of(lifter.Word), writes))
            lifter.Ir.Trap(Traps.SystemRegister, lifter.Pc);
        else
            lifter.Reject();
    }
}
