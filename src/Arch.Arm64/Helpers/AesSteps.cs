using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

/// <summary>
/// The steps of AES (FIPS 197) on a state of 16 bytes, column by column, for hosts that have no instructions for them.
/// </summary>
internal static class AesSteps
{
    private static readonly byte[] Box = MakeBox(), InverseBox = Invert(Box);

    // Row r is taken from r columns further on, or back.
    private static Vector128<byte> Shifted => Vector128.Create((byte)0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);

    private static Vector128<byte> ShiftedBack => Vector128.Create((byte)0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3);

    /// <summary>ShiftRows, SubBytes.</summary>
    public static Vector128<byte> Substituted(Vector128<byte> state) => Looked(Vector128.Shuffle(state, Shifted), Box);

    /// <summary>InvShiftRows, InvSubBytes.</summary>
    public static Vector128<byte> SubstitutedBack(Vector128<byte> state) => Looked(Vector128.Shuffle(state, ShiftedBack), InverseBox);

    /// <summary>MixColumns: 2, 3, 1 and 1 times the bytes of a column from each one's own on.</summary>
    public static Vector128<byte> Mixed(Vector128<byte> state) =>
        Doubled(state ^ Turned(state, 8)) ^ Turned(state, 8) ^ Turned(state, 16) ^ Turned(state, 24);

    /// <summary>InvMixColumns: 14, 11, 13 and 9 times, which is MixColumns after 5, 0, 4 and 0.</summary>
    public static Vector128<byte> MixedBack(Vector128<byte> state) => Mixed(state ^ Doubled(Doubled(state ^ Turned(state, 16))));

    // Bytes of each column from a number of bits further on.
    private static Vector128<byte> Turned(Vector128<byte> state, int bits)
    {
        var columns = state.AsUInt32();
        return ((columns >>> bits) | (columns << (32 - bits))).AsByte();
    }

    // Twice each byte in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
    private static Vector128<byte> Doubled(Vector128<byte> state) =>
        (state << 1) ^ (Vector128.LessThan(state.AsSByte(), Vector128<sbyte>.Zero).AsByte() & Vector128.Create((byte)0x1b));

    private static Vector128<byte> Looked(Vector128<byte> state, byte[] box)
    {
        Span<byte> bytes = stackalloc byte[Vector128<byte>.Count];
        state.CopyTo(bytes);
        foreach (ref byte value in bytes)
            value = box[value];
        return Vector128.Create<byte>(bytes);
    }

    // The inverse of each byte (3 generates the field, so that 3^(255−n) inverts 3^n), then an affine map.
    private static byte[] MakeBox()
    {
        var powers = new byte[256];
        powers[0] = 1;
        for (int n = 1; n < 256; n++)
        {
            int last = powers[n - 1];
            powers[n] = (byte)(last ^ (last << 1) ^ (last >= 0x80 ? 0x11b : 0));
        }
        var box = new byte[256];
        box[0] = 0x63;
        for (int n = 0; n < 255; n++)
        {
            uint inverse = powers[(255 - n) % 255], sum = inverse * 0x0101;
            box[powers[n]] = (byte)(inverse ^ (sum << 1 >> 8) ^ (sum << 2 >> 8) ^ (sum << 3 >> 8) ^ (sum << 4 >> 8) ^ 0x63);
        }
        return box;
    }

    private static byte[] Invert(byte[] box)
    {
        var inverse = new byte[256];
        for (int i = 0; i < 256; i++)
            inverse[box[i]] = (byte)i;
        return inverse;
    }
}
