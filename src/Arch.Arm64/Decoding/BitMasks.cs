using System.Numerics;

namespace Arch.Arm64.Decoding;

/// <summary>DecodeBitMasks of the manual's pseudocode: the constants of the logical instructions.</summary>
internal static class BitMasks
{
    /// <summary>The immediate that N, immr and imms describe; false when they describe none of <paramref name="bits"/> bits.</summary>
    public static bool TryDecode(int n, int imms, int immr, int bits, out ulong mask)
    {
        mask = 0;
        int combined = (n << 6) | (~imms & 0x3f);
        int length = 31 - BitOperations.LeadingZeroCount((uint)combined);
        if (length < 1 || 1 << length > bits)
            return false;
        int levels = (1 << length) - 1;
        int ones = imms & levels, rotation = immr & levels;
        if (ones == levels)
            return false;
        int element = levels + 1;
        ulong pattern = Ones(ones + 1);
        if (rotation != 0)
            pattern = ((pattern >> rotation) | (pattern << (element - rotation))) & Ones(element);
        for (int position = 0; position < bits; position += element)
            mask |= pattern << position;
        return true;
    }

    /// <summary>The lowest <paramref name="count"/> bits set.</summary>
    public static ulong Ones(int count) => count >= 64 ? ulong.MaxValue : (1UL << count) - 1;
}
