using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>AES, SHA-1, SHA-256 and PMULL as functions of vectors, which <see cref="CryptoHelpers"/> calls by the same names.</summary>
internal static partial class CryptoInlines
{
    /// <summary>Of a helper of <see cref="CryptoHelpers"/>.</summary>
    public static InlineHelper Of(string helper) =>
        new(typeof(CryptoInlines).GetMethod(helper, BindingFlags.Static | BindingFlags.Public)!);

    /// <summary>AESE: AddRoundKey, ShiftRows, SubBytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> AesEncrypt(Vector128<byte> dst, Vector128<byte> a) => Aes.IsSupported
        ? Aes.EncryptLast(dst ^ a, Vector128<byte>.Zero)
        : AesSteps.Substituted(dst ^ a);

    /// <summary>AESD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> AesDecrypt(Vector128<byte> dst, Vector128<byte> a) => Aes.IsSupported
        ? Aes.DecryptLast(dst ^ a, Vector128<byte>.Zero)
        : AesSteps.SubstitutedBack(dst ^ a);

    /// <summary>AESMC. The host mixes only what it has substituted: the inverse of that goes before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> AesMixColumns(Vector128<byte> a) => Aes.IsSupported
        ? Aes.Encrypt(Aes.DecryptLast(a, Vector128<byte>.Zero), Vector128<byte>.Zero)
        : AesSteps.Mixed(a);

    /// <summary>AESIMC.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> AesInverseMixColumns(Vector128<byte> a) => Aes.IsSupported
        ? Aes.InverseMixColumns(a)
        : AesSteps.MixedBack(a);

    /// <summary>PMULL of doublewords: the 128-bit product of polynomials over {0, 1}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> PolynomialMultiplyLong(ulong a, ulong b) => Pclmulqdq.IsSupported
        ? Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(a), Vector128.CreateScalar(b), 0)
        : Product(a, b);

    /// <summary>The same on any host.</summary>
    public static Vector128<ulong> Product(ulong a, ulong b)
    {
        UInt128 factor = a, product = 0;
        for (; b != 0; b >>= 1, factor <<= 1)
            product ^= (b & 1) != 0 ? factor : 0;
        return Vector128.Create((ulong)product, (ulong)(product >> 64));
    }

    public static Vector128<uint> Sha1Choose(Vector128<uint> dst, ulong a, Vector128<uint> b) => Sha1<Choice>(dst, (uint)a, b);

    public static Vector128<uint> Sha1Parity(Vector128<uint> dst, ulong a, Vector128<uint> b) => Sha1<Parity>(dst, (uint)a, b);

    public static Vector128<uint> Sha1Majority(Vector128<uint> dst, ulong a, Vector128<uint> b) => Sha1<Majority>(dst, (uint)a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Sha1Rotate(ulong a) => Vector128.CreateScalar(BitOperations.RotateLeft((uint)a, 30));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Sha1Schedule0(Vector128<uint> dst, Vector128<uint> a, Vector128<uint> b) =>
        Vector128.Create(dst.GetUpper(), a.GetLower()) ^ dst ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Sha1Schedule1(Vector128<uint> dst, Vector128<uint> a)
    {
        var rotated = RotatedRight(dst ^ Vector128.Shuffle(a, Vector128.Create(1u, 2, 3, 4)), 31);
        // The last word needs the first one's result.
        return rotated ^ Vector128.Create(0, 0, 0, BitOperations.RotateLeft(rotated[0], 1));
    }

    public static Vector128<uint> Sha256Hash(Vector128<uint> dst, Vector128<uint> a, Vector128<uint> b) => Sha256(dst, a, b).Upper;

    public static Vector128<uint> Sha256Hash2(Vector128<uint> dst, Vector128<uint> a, Vector128<uint> b) => Sha256(a, dst, b).Lower;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Sha256Schedule0(Vector128<uint> dst, Vector128<uint> a)
    {
        var next = Joined(dst, a);
        return dst + (RotatedRight(next, 7) ^ RotatedRight(next, 18) ^ (next >>> 3));
    }

    // A place beyond the vector gives 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Sha256Schedule1(Vector128<uint> dst, Vector128<uint> a, Vector128<uint> b)
    {
        var sum = dst + Joined(a, b);
        // The two upper words need the results of the lower.
        var low = sum + Late(Vector128.Shuffle(b, Vector128.Create(2u, 3, 4, 4)));
        var high = sum + Late(Vector128.Shuffle(low, Vector128.Create(4u, 4, 0, 1)));
        return Vector128.Create(low.GetLower(), high.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Late(Vector128<uint> early) => RotatedRight(early, 17) ^ RotatedRight(early, 19) ^ (early >>> 10);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RotatedRight(Vector128<uint> value, int bits) => (value >>> bits) | (value << (32 - bits));

    // The words of a from the second on, and the first of b.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Joined(Vector128<uint> a, Vector128<uint> b) =>
        Vector128.Shuffle(a, Vector128.Create(1u, 2, 3, 4)) | Vector128.Shuffle(b, Vector128.Create(4u, 4, 4, 0));
}
