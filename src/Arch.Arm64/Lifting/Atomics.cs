using Arch.Arm64.Decoding;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>The atomic instructions of Armv8.1 (FEAT_LSE).</summary>
internal static class Atomics
{
    [Encoding("size 111000 A R 1 Rs 0 opc3 00 Rn Rt", "LDADD, LDCLR, LDEOR, LDSET, LDSMAX, LDSMIN, LDUMAX, LDUMIN")]
    public static void LoadOperate(Lifter lifter)
    {
        int bytes = 1 << lifter.Size;
        var old = Begin(lifter, bytes, out var address);
        Finish(lifter, bytes, address, old, Result(lifter, bytes, old, Lifter.X(lifter.Rs)));
    }

    [Encoding("size 111000 A R 1 Rs 1 000 00 Rn Rt", "SWP")]
    public static void Swap(Lifter lifter)
    {
        int bytes = 1 << lifter.Size;
        var old = Begin(lifter, bytes, out var address);
        Finish(lifter, bytes, address, old, Lifter.X(lifter.Rs));
    }

    /// <summary>Memory is written in either case, with its old value when the comparison fails (the manual leaves that open).</summary>
    [Encoding("size 0010001 L 1 Rs o0 11111 Rn Rt", "CAS")]
    public static void CompareAndSwap(Lifter lifter)
    {
        var ir = lifter.Ir;
        int bytes = 1 << lifter.Size;
        var old = Begin(lifter, bytes, out var address);
        var equal = ir.Equal(old, lifter.ZeroExtend(Lifter.X(lifter.Rs), bytes));
        ir.Store(bytes, ir.Select(equal, Lifter.X(lifter.Rt), old), address);
        lifter.WriteX(lifter.Rs, old);
    }

    [Encoding("0 x 0010000 L 1 Rs o0 11111 Rn Rt", "CASP")]
    public static void CompareAndSwapPair(Lifter lifter)
    {
        if (((lifter.Rs | lifter.Rt) & 1) != 0)
            lifter.Reject();
        else if (lifter.IsSet(30))
            SwapDoublewords(lifter);
        else
            SwapWords(lifter);
    }

    private static void SwapWords(Lifter lifter)
    {
        var ir = lifter.Ir;
        var old = Begin(lifter, 8, out var address);
        var equal = ir.Equal(old, Words(lifter, lifter.Rs));
        ir.Store(8, ir.Select(equal, Words(lifter, lifter.Rt), old), address);
        lifter.WriteW(lifter.Rs, old);
        lifter.WriteX(lifter.Rs + 1, ir.ShiftRight(old, 32));
    }

    private static void SwapDoublewords(Lifter lifter)
    {
        var ir = lifter.Ir;
        var address = lifter.BaseAddress();
        lifter.RequireAlignment(address, 16);
        ir.ProbeWrite(16, address);
        var old = ir.Load128(address);
        var differs = ir.Or(ir.Xor(old, Lifter.X(lifter.Rs)), ir.Xor(Lifter.High(old), Lifter.X(lifter.Rs + 1)));
        var stored = ir.Temporary128();
        ir.Move(stored, ir.Select(differs, old, Lifter.X(lifter.Rt)));
        ir.Move(Lifter.High(stored), ir.Select(differs, Lifter.High(old), Lifter.X(lifter.Rt + 1)));
        ir.Store128(stored, address);
        lifter.WriteX(lifter.Rs, old);
        lifter.WriteX(lifter.Rs + 1, Lifter.High(old));
    }

    private static Slot Words(Lifter lifter, int register) =>
        lifter.Ir.Or(lifter.Ir.Unary(IrOpcode.ZeroExtend32, Lifter.X(register)), lifter.Ir.ShiftLeft(Lifter.X(register + 1), 32));

    /// <summary>The old value at an address that can be written.</summary>
    private static Slot Begin(Lifter lifter, int bytes, out Slot address)
    {
        address = lifter.BaseAddress();
        lifter.RequireAlignment(address, bytes);
        lifter.Ir.ProbeWrite(bytes, address);
        return lifter.Ir.Load(bytes, address);
    }

    private static void Finish(Lifter lifter, int bytes, Slot address, Slot old, Slot result)
    {
        lifter.Ir.Store(bytes, result, address);
        lifter.WriteX(lifter.Rt, old);
    }

    private static Slot Result(Lifter lifter, int bytes, Slot old, Slot operand)
    {
        var ir = lifter.Ir;
        int operation = lifter.Field(12, 3);
        switch (operation)
        {
            case 0: return ir.Add(old, operand);
            case 1: return ir.And(old, ir.Unary(IrOpcode.Not, operand));
            case 2: return ir.Xor(old, operand);
            case 3: return ir.Or(old, operand);
        }
        bool isSigned = operation < 6, wantsLess = (operation & 1) != 0;
        var (a, b) = isSigned
            ? (lifter.SignExtend(old, bytes), lifter.SignExtend(operand, bytes))
            : (old, lifter.ZeroExtend(operand, bytes));
        var less = ir.Binary(isSigned ? IrOpcode.LessSigned : IrOpcode.LessUnsigned, a, b);
        return wantsLess ? ir.Select(less, a, b) : ir.Select(less, b, a);
    }
}
