namespace Arch.Arm64.Decoding;

/// <summary>AdvSIMDExpandImm and VFPExpandImm of the manual's pseudocode: constants of eight bits spread over 64.</summary>
internal static class VectorConstants
{
    /// <summary>Without the inversion of MVNI and BIC.</summary>
    public static ulong Expand(int cmode, bool op, ulong imm8)
    {
        switch (cmode >> 1)
        {
            case < 4:
                return Twice(imm8 << (8 * (cmode >> 1)));
            case 4 or 5:
                return Twice(Twice16(imm8 << (8 * (cmode >> 1 & 1))));
            case 6:
                return Twice((cmode & 1) == 0 ? imm8 << 8 | 0xff : imm8 << 16 | 0xffff);
        }
        if ((cmode & 1) != 0)
            return op ? Float(imm8, 64, 11) : Twice(Float(imm8, 32, 8));
        return op ? EachBit(imm8) : imm8 * 0x0101_0101_0101_0101;
    }

    /// <summary>VFPExpandImm: sign, three bits of exponent, four of fraction.</summary>
    public static ulong Float(ulong imm8, int bits, int exponentBits)
    {
        int fractionBits = bits - 1 - exponentBits;
        ulong high = imm8 >> 6 & 1;
        ulong repeated = high != 0 ? (1UL << (exponentBits - 3)) - 1 : 0;
        ulong exponent = (high ^ 1) << (exponentBits - 1) | repeated << 2 | (imm8 >> 4 & 3);
        return (imm8 >> 7) << (bits - 1) | exponent << fractionBits | (imm8 & 15) << (fractionBits - 4);
    }

    private static ulong Twice(ulong word) => word | word << 32;

    private static ulong Twice16(ulong halfword) => halfword | halfword << 16;

    private static ulong EachBit(ulong imm8)
    {
        ulong result = 0;
        for (int bit = 0; bit < 8; bit++)
            result |= (imm8 >> bit & 1) != 0 ? 0xffUL << (8 * bit) : 0;
        return result;
    }
}
