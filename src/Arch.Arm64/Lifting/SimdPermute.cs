using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Elements put in another order: permutations, extraction from pairs, table lookups.</summary>
internal static class SimdPermute
{
    [Encoding("0 Q 001110 size 0 Rm 000110 Rn Rd", "UZP1")]
    [Encoding("0 Q 001110 size 0 Rm 010110 Rn Rd", "UZP2")]
    public static void Unzip(Lifter lifter) => Permute(lifter, PermuteHelpers.Unzip);

    [Encoding("0 Q 001110 size 0 Rm 001010 Rn Rd", "TRN1")]
    [Encoding("0 Q 001110 size 0 Rm 011010 Rn Rd", "TRN2")]
    public static void Transpose(Lifter lifter) => Permute(lifter, PermuteHelpers.Transpose);

    [Encoding("0 Q 001110 size 0 Rm 001110 Rn Rd", "ZIP1")]
    [Encoding("0 Q 001110 size 0 Rm 011110 Rn Rd", "ZIP2")]
    public static void Zip(Lifter lifter) => Permute(lifter, PermuteHelpers.Zip);

    [Encoding("0 Q 101110 00 0 Rm 0 imm4 0 Rn Rd", "EXT")]
    public static void Extract(Lifter lifter)
    {
        int position = lifter.Field(11, 4);
        if (!lifter.Q && position >= 8)
            lifter.Reject();
        else
            lifter.Call(PermuteHelpers.Extract, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(lifter.Rm), default,
                (uint)position | (lifter.Q ? 1UL << 8 : 0));
    }

    [Encoding("0 Q 001110 00 0 Rm 0 len 000 Rn Rd", "TBL")]
    [Encoding("0 Q 001110 00 0 Rm 0 len 100 Rn Rd", "TBX")]
    public static void Lookup(Lifter lifter)
    {
        var (ir, indices, destination) = (lifter.Ir, Lifter.V(lifter.Rm), Lifter.V(lifter.Rd));
        int registers = lifter.Field(13, 2) + 1;
        bool keeps = lifter.IsSet(12);
        if (registers <= 2)
        {
            LookUp(lifter, destination, indices, 0, registers, keeps);
            return;
        }
        // Two registers after the other: what the first do not have, the others may. Any of them may be the destination.
        var result = ir.Temporary128();
        ir.Move(result, destination);
        ir.Move(Lifter.High(result), Lifter.High(destination));
        LookUp(lifter, result, indices, 0, 2, keeps);
        LookUp(lifter, result, indices, 2, registers - 2, keeps: true);
        ir.Move(destination, result);
        ir.Move(Lifter.High(destination), Lifter.High(result));
    }

    // Of the table's registers one or two, from one on.
    private static void LookUp(Lifter lifter, Slot destination, Slot indices, int first, int registers, bool keeps)
    {
        var (low, high) = (Lifter.V((lifter.Rn + first) & 31), Lifter.V((lifter.Rn + first + registers - 1) & 31));
        lifter.Call(PermuteHelpers.Lookup, destination, low, indices, high, PermuteHelpers.Table(first, registers, keeps, lifter.Q));
    }

    // Bit 14 tells the second of each kind.
    private static void Permute(Lifter lifter, Helper helper)
    {
        if (lifter.TryCount(lifter.ElementSize, out int count))
            lifter.Call(helper, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(lifter.Rm), default,
                PermuteHelpers.Shape(lifter.ElementSize, count, lifter.IsSet(14) ? 1 : 0));
    }
}
