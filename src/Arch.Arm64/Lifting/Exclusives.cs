using Arch.Arm64.Decoding;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>
/// Load-exclusive and store-exclusive, load-acquire and store-release. One guest instruction runs at a time, so that order needs nothing.
/// Of stores between a load-exclusive and its store-exclusive, those of other threads have closed the monitor; a store of the thread's own
/// (where the manual leaves the choice) shows by the value.
/// </summary>
internal static class Exclusives
{
    [Encoding("size 001000010 xxxxx o0 xxxxx Rn Rt", "LDXR, LDAXR")]
    public static void Load(Lifter lifter)
    {
        int bytes = 1 << lifter.Size;
        var address = AlignedAddress(lifter, bytes);
        var value = lifter.Ir.Load(bytes, address);
        Mark(lifter, address, value, Slot.Zero);
        lifter.WriteX(lifter.Rt, value);
    }

    [Encoding("1 x 001000011 xxxxx o0 Rt2 Rn Rt", "LDXP, LDAXP")]
    public static void LoadPair(Lifter lifter)
    {
        var ir = lifter.Ir;
        if (lifter.Size == 2)
        {
            var both = ir.Load(8, AlignedAddress(lifter, 8));
            Mark(lifter, Lifter.XOrSp(lifter.Rn), both, Slot.Zero);
            lifter.WriteW(lifter.Rt, both);
            lifter.WriteX(lifter.Rt2, ir.ShiftRight(both, 32));
            return;
        }
        var pair = ir.Load128(AlignedAddress(lifter, 16));
        Mark(lifter, Lifter.XOrSp(lifter.Rn), pair, Lifter.High(pair));
        lifter.WriteX(lifter.Rt, pair);
        lifter.WriteX(lifter.Rt2, Lifter.High(pair));
    }

    [Encoding("size 001000000 Rs o0 xxxxx Rn Rt", "STXR, STLXR")]
    public static void Store(Lifter lifter)
    {
        int bytes = 1 << lifter.Size;
        var address = Probed(lifter, bytes);
        Check(lifter, lifter.Ir.Load(bytes, address), Slot.Zero, address, out var failed, out var value);
        Finish(lifter, failed);
        lifter.Ir.Store(bytes, value, address);
    }

    [Encoding("1 x 001000001 Rs o0 Rt2 Rn Rt", "STXP, STLXP")]
    public static void StorePair(Lifter lifter)
    {
        var ir = lifter.Ir;
        int bytes = lifter.Size == 2 ? 8 : 16;
        var address = Probed(lifter, bytes);
        var second = ir.Unary(IrOpcode.Move, Lifter.X(lifter.Rt2));
        if (bytes == 8)
        {
            Check(lifter, ir.Load(8, address), Slot.Zero, address, out var wordsFailed, out var first);
            var both = ir.Or(ir.Unary(IrOpcode.ZeroExtend32, first), ir.ShiftLeft(second, 32));
            Finish(lifter, wordsFailed);
            ir.Store(8, both, address);
            return;
        }
        var present = ir.Load128(address);
        Check(lifter, present, Lifter.High(present), address, out var failed, out var value);
        var pair = ir.Temporary128();
        ir.Move(pair, value);
        ir.Move(Lifter.High(pair), second);
        Finish(lifter, failed);
        ir.Store128(pair, address);
    }

    [Encoding("size 001000110 xxxxx 1 xxxxx Rn Rt", "LDAR")]
    public static void LoadAcquire(Lifter lifter)
    {
        int bytes = 1 << lifter.Size;
        lifter.WriteX(lifter.Rt, lifter.Ir.Load(bytes, AlignedAddress(lifter, bytes)));
    }

    [Encoding("size 001000100 xxxxx 1 xxxxx Rn Rt", "STLR")]
    public static void StoreRelease(Lifter lifter)
    {
        int bytes = 1 << lifter.Size;
        lifter.Ir.Store(bytes, Lifter.X(lifter.Rt), AlignedAddress(lifter, bytes));
    }

    private static Slot AlignedAddress(Lifter lifter, int bytes)
    {
        var address = lifter.BaseAddress();
        lifter.RequireAlignment(address, bytes);
        return address;
    }

    // The address in a temporary, for the status register may be the base register.
    private static Slot Probed(Lifter lifter, int bytes)
    {
        var address = lifter.Ir.Unary(IrOpcode.Move, AlignedAddress(lifter, bytes));
        lifter.Ir.ProbeWrite(bytes, address);
        return address;
    }

    private static void Mark(Lifter lifter, Slot address, Slot low, Slot high)
    {
        lifter.Ir.Move(Slots.ExclusiveAddress, address);
        lifter.Ir.Move(Slots.ExclusiveValue, low);
        lifter.Ir.Move(Lifter.High(Slots.ExclusiveValue), high);
        lifter.Ir.Move(Slots.Exclusive, 1);
    }

    /// <summary>Whether the monitor says no, and the value of Rt, which the status register may be too.</summary>
    private static void Check(Lifter lifter, Slot low, Slot high, Slot address, out Slot failed, out Slot value)
    {
        var ir = lifter.Ir;
        var changed = ir.Or(ir.Xor(low, Slots.ExclusiveValue), ir.Xor(high, Lifter.High(Slots.ExclusiveValue)));
        var differs = ir.Or(changed, ir.Xor(address, Slots.ExclusiveAddress));
        failed = ir.Or(ir.NotEqual(differs, 0), ir.Xor(Slots.Exclusive, 1));
        value = ir.Unary(IrOpcode.Move, Lifter.X(lifter.Rt));
    }

    /// <summary>Closes the monitor and tells the program; a failed store ends here, with nothing stored.</summary>
    private static void Finish(Lifter lifter, Slot failed)
    {
        lifter.Ir.Move(Slots.Exclusive, 0);
        lifter.WriteX(lifter.Rs, failed);
        lifter.Ir.GotoIf(failed, lifter.Next);
    }
}
