using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

// Four rounds of SHA-1 and of SHA-256 (FIPS 180-4), a word after the other.
internal static partial class CryptoInlines
{
    private interface IRoundFunction
    {
        static abstract uint Of(uint x, uint y, uint z);
    }

    private readonly struct Choice : IRoundFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static uint Of(uint x, uint y, uint z) => ((y ^ z) & x) ^ z;
    }

    private readonly struct Parity : IRoundFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static uint Of(uint x, uint y, uint z) => x ^ y ^ z;
    }

    private readonly struct Majority : IRoundFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static uint Of(uint x, uint y, uint z) => (x & y) | ((x | y) & z);
    }

    private static Vector128<uint> Sha1<TFunction>(Vector128<uint> state, uint e, Vector128<uint> schedule)
        where TFunction : struct, IRoundFunction
    {
        uint a = state[0], b = state[1], c = state[2], d = state[3];
        for (int i = 0; i < 4; i++)
        {
            uint next = BitOperations.RotateLeft(a, 5) + TFunction.Of(b, c, d) + e + schedule.GetElement(i);
            (a, b, c, d, e) = (next, a, BitOperations.RotateLeft(b, 30), c, d);
        }
        return Vector128.Create(a, b, c, d);
    }

    // The words a to d of the state, then e to h.
    private static (Vector128<uint> Upper, Vector128<uint> Lower) Sha256(
        Vector128<uint> upper, Vector128<uint> lower, Vector128<uint> schedule)
    {
        uint a = upper[0], b = upper[1], c = upper[2], d = upper[3], e = lower[0], f = lower[1], g = lower[2], h = lower[3];
        for (int i = 0; i < 4; i++)
        {
            uint sumOfE = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint sumOfA = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint t = h + sumOfE + Choice.Of(e, f, g) + schedule.GetElement(i);
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t, c, b, a, t + sumOfA + Majority.Of(a, b, c));
        }
        return (Vector128.Create(a, b, c, d), Vector128.Create(e, f, g, h));
    }
}
