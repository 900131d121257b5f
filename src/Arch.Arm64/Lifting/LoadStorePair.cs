using Arch.Arm64.Decoding;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Loads and stores of two general registers. Either all of the bytes can be accessed or nothing is done.</summary>
internal static class LoadStorePair
{
    [Encoding("opc 1010000 L imm7 Rt2 Rn Rt", "LDNP, STNP")]
    public static void NonTemporal(Lifter lifter)
    {
        if (IsSigned(lifter))
            lifter.Reject();
        else
            Offset(lifter);
    }

    [Encoding("opc 1010010 L imm7 Rt2 Rn Rt", "LDP, STP, LDPSW (signed offset)")]
    public static void Offset(Lifter lifter) => Transfer(lifter, isPostIndex: false, writesBack: false);

    [Encoding("opc 1010001 L imm7 Rt2 Rn Rt", "LDP, STP, LDPSW (post-index)")]
    public static void PostIndex(Lifter lifter) => Transfer(lifter, isPostIndex: true, writesBack: true);

    [Encoding("opc 1010011 L imm7 Rt2 Rn Rt", "LDP, STP, LDPSW (pre-index)")]
    public static void PreIndex(Lifter lifter) => Transfer(lifter, isPostIndex: false, writesBack: true);

    private static bool IsSigned(Lifter lifter) => lifter.Field(30, 2) == 1;

    private static void Transfer(Lifter lifter, bool isPostIndex, bool writesBack)
    {
        int opc = lifter.Field(30, 2);
        bool loads = lifter.IsSet(22);
        if (opc == 3 || (IsSigned(lifter) && !loads))
        {
            lifter.Reject();
            return;
        }
        ulong offset = (ulong)(lifter.Imm7 << (opc == 2 ? 3 : 2));
        var address = lifter.BaseAddress();
        ulong displacement = isPostIndex ? 0 : offset;
        if (!loads)
            Store(lifter, opc == 2 ? 8 : 4, address, displacement);
        else if (opc == 2)
            LoadDoublewords(lifter, address, displacement, isInPlace: !writesBack);
        else
            LoadWords(lifter, address, displacement);
        if (writesBack)
            lifter.WriteBack(offset);
    }

    private static void Store(Lifter lifter, int bytes, Slot address, ulong displacement)
    {
        var ir = lifter.Ir;
        var (first, second) = (Lifter.X(lifter.Rt), Lifter.X(lifter.Rt2));
        if (bytes == 8)
        {
            ir.Store128(Pair(lifter, first, second), address, displacement);
            return;
        }
        ir.ProbeWrite(2 * bytes, address, displacement);
        ir.Store(bytes, first, address, default, displacement);
        ir.Store(bytes, second, address, default, displacement + (ulong)bytes);
    }

    private static void LoadDoublewords(Lifter lifter, Slot address, ulong displacement, bool isInPlace)
    {
        var ir = lifter.Ir;
        var (first, second) = (Lifter.X(lifter.Rt), Lifter.X(lifter.Rt2));
        if (isInPlace && AreNeighbours(first, second))
        {
            ir.Append(new IrInstruction(IrOpcode.Load128, 16, first, address, default, default, displacement));
            return;
        }
        var pair = ir.Load128(address, displacement);
        lifter.WriteX(lifter.Rt, pair);
        lifter.WriteX(lifter.Rt2, Lifter.High(pair));
    }

    private static void LoadWords(Lifter lifter, Slot address, ulong displacement)
    {
        var ir = lifter.Ir;
        var both = ir.Load(8, address, default, displacement);
        if (IsSigned(lifter))
        {
            lifter.WriteX(lifter.Rt, ir.Unary(IrOpcode.SignExtend32, both));
            lifter.WriteX(lifter.Rt2, ir.Binary(IrOpcode.ShiftRightSigned, both, 32));
        }
        else
        {
            lifter.WriteW(lifter.Rt, both);
            lifter.WriteX(lifter.Rt2, ir.ShiftRight(both, 32));
        }
    }

    private static Slot Pair(Lifter lifter, Slot first, Slot second)
    {
        if (AreNeighbours(first, second))
            return first;
        var pair = lifter.Ir.Temporary128();
        lifter.Ir.Move(pair, first);
        lifter.Ir.Move(Lifter.High(pair), second);
        return pair;
    }

    // Their slots lie side by side; the zero register's does not count.
    private static bool AreNeighbours(Slot first, Slot second) => second.Index == first.Index + 1 && first.Index >= Slots.General(0).Index;
}
