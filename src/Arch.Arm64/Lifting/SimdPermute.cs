using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;

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
    public static void Lookup(Lifter lifter) =>
        lifter.Call(PermuteHelpers.Lookup, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(lifter.Rm), default,
            (uint)lifter.Rn | (uint)lifter.Field(13, 2) << 8 | (lifter.IsSet(12) ? 1UL << 12 : 0) | (lifter.Q ? 1UL << 13 : 0));

    // Bit 14 tells the second of each kind.
    private static void Permute(Lifter lifter, TraceKernel.Machine.Execution.Helper helper)
    {
        if (lifter.TryCount(lifter.ElementSize, out int count))
            lifter.Call(helper, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(lifter.Rm), default,
                (uint)lifter.ElementSize | (uint)count << 4 | (lifter.IsSet(14) ? 1UL << 12 : 0));
    }
}
