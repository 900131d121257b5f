using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The everyday cases of <see cref="DivisionHelpers"/>, for translations: a dividend of 32 or 64 bits, extended, and a quotient that fits.
/// </summary>
internal static class DivisionInline
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Unsigned(ulong a, ulong c, ulong immediate)
    {
        if (immediate == 4)
            return c == 0 ? default : Vector128.Create((uint)a / (uint)c, (ulong)((uint)a % (uint)c));
        return c == 0 ? default : Vector128.Create(a / c, a % c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnsignedCertain(ulong b, ulong c, ulong immediate) =>
        c != 0 && (immediate == 4 ? (uint)b == 0 : immediate == 8 && b == 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Signed(ulong a, ulong c, ulong immediate)
    {
        if (immediate == 4)
            return c + 1 <= 1 || (uint)c == uint.MaxValue ? default : Vector128.Create((ulong)((int)a / (int)c), (ulong)((int)a % (int)c));
        return c + 1 <= 1 ? default : Vector128.Create((ulong)((long)a / (long)c), (ulong)((long)a % (long)c));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSignedCertain(ulong a, ulong b, ulong c, ulong immediate) =>
        c + 1 > 1 && (immediate == 4
            ? (uint)c != uint.MaxValue && (int)b == (int)a >> 31
            : immediate == 8 && b == (ulong)((long)a >> 63));
}
