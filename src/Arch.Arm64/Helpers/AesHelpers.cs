using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>The steps of AES (FIPS 197) on a state of 16 bytes, column by column.</summary>
internal static class AesHelpers
{
    private static readonly byte[] Box = MakeBox(), InverseBox = Invert(Box);

    /// <summary>AddRoundKey, SubBytes, ShiftRows.</summary>
    public static int Encrypt(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Substitute(cpu, dst, a, Box, 1);

    /// <summary>AddRoundKey, InvShiftRows, InvSubBytes.</summary>
    public static int Decrypt(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Substitute(cpu, dst, a, InverseBox, 3);

    public static int MixColumns(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Mix(cpu, dst, a, [2, 3, 1, 1]);

    public static int InverseMixColumns(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Mix(cpu, dst, a, [14, 11, 13, 9]);

    // Row r is taken from r times as many columns further on.
    private static int Substitute(Cpu cpu, int dst, int a, byte[] box, int columns)
    {
        var (state, key, result) = (Vector.Of(cpu, dst), Vector.Of(cpu, a), default(Vector));
        var mixed = new Vector(state.Low ^ key.Low, state.High ^ key.High);
        for (int i = 0; i < 16; i++)
        {
            int row = i & 3, column = (i >> 2) + columns * row & 3;
            result.Set(i, 0, box[mixed.Get(4 * column + row, 0)]);
        }
        result.Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    private static int Mix(Cpu cpu, int dst, int a, ReadOnlySpan<byte> factors)
    {
        var (state, result) = (Vector.Of(cpu, a), default(Vector));
        for (int i = 0; i < 16; i++)
        {
            byte sum = 0;
            for (int row = 0; row < 4; row++)
                sum ^= Product((byte)state.Get((i & ~3) + row, 0), factors[row - i & 3]);
            result.Set(i, 0, sum);
        }
        result.Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    /// <summary>The product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.</summary>
    private static byte Product(byte a, byte b)
    {
        int product = 0, factor = a;
        for (; b != 0; b >>= 1)
        {
            product ^= (b & 1) != 0 ? factor : 0;
            factor = (factor << 1) ^ ((factor & 0x80) != 0 ? 0x11b : 0);
        }
        return (byte)product;
    }

    // The inverse of each byte (3 generates the field, so that 3^(255−n) inverts 3^n), then an affine map.
    private static byte[] MakeBox()
    {
        var powers = new byte[256];
        powers[0] = 1;
        for (int n = 1; n < 256; n++)
            powers[n] = Product(powers[n - 1], 3);
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
