using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

/// <summary>Elements of vectors put in another order.</summary>
internal static class ElementOrder
{
    /// <summary>The low halves of the elements of both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> Narrowed<TNarrow, TWide>(Vector128<TWide> low, Vector128<TWide> high) =>
        Unsafe.SizeOf<TNarrow>() == 1 ? Vector128.Narrow(low.AsUInt16(), high.AsUInt16()).As<byte, TNarrow>()
        : Unsafe.SizeOf<TNarrow>() == 2 ? Vector128.Narrow(low.AsUInt32(), high.AsUInt32()).As<ushort, TNarrow>()
        : Vector128.Narrow(low.AsUInt64(), high.AsUInt64()).As<uint, TNarrow>();

    /// <summary>The even and the odd elements of a, then of b; of their low halves unless whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<T> Even, Vector128<T> Odd) Deinterleaved<T>(Vector128<T> a, Vector128<T> b, bool isWhole)
    {
        if (Unsafe.SizeOf<T>() == 8)
            return (LowHalves(a, b), Vector128.Create(a.AsUInt64()[1], b.AsUInt64()[1]).As<ulong, T>());
        if (!isWhole)
            a = b = LowHalves(a, b);
        return (EvenOf(a, b), EvenOf(ElementsDown(a), ElementsDown(b)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> EvenOf<T>(Vector128<T> a, Vector128<T> b) =>
        Unsafe.SizeOf<T>() == 1 ? Narrowed<T, ushort>(a.As<T, ushort>(), b.As<T, ushort>())
        : Unsafe.SizeOf<T>() == 2 ? Narrowed<T, uint>(a.As<T, uint>(), b.As<T, uint>())
        : Narrowed<T, ulong>(a.As<T, ulong>(), b.As<T, ulong>());

    /// <summary>Elements of the low halves, alternating.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Interleaved<T>(Vector128<T> a, Vector128<T> b) =>
        Unsafe.SizeOf<T>() == 8 ? LowHalves(a, b)
        : Unsafe.SizeOf<T>() == 1 ? (Vector128.WidenLower(a.AsByte()) | (Vector128.WidenLower(b.AsByte()) << 8)).As<ushort, T>()
        : Unsafe.SizeOf<T>() == 2 ? (Vector128.WidenLower(a.AsUInt16()) | (Vector128.WidenLower(b.AsUInt16()) << 16)).As<uint, T>()
        : (Vector128.WidenLower(a.AsUInt32()) | (Vector128.WidenLower(b.AsUInt32()) << 32)).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> EvenElements<T>() =>
        Unsafe.SizeOf<T>() == 1 ? Vector128.Create((ushort)0x00ff).As<ushort, T>()
        : Unsafe.SizeOf<T>() == 2 ? Vector128.Create(0x0000_ffffu).As<uint, T>()
        : Vector128.Create(0x0000_0000_ffff_fffful).As<ulong, T>();

    /// <summary>Odd elements to the places of even ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ElementsDown<T>(Vector128<T> a) =>
        Unsafe.SizeOf<T>() == 1 ? (a.AsUInt16() >>> 8).As<ushort, T>()
        : Unsafe.SizeOf<T>() == 2 ? (a.AsUInt32() >>> 16).As<uint, T>()
        : (a.AsUInt64() >>> 32).As<ulong, T>();

    /// <summary>Even elements to the places of odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ElementsUp<T>(Vector128<T> a) =>
        Unsafe.SizeOf<T>() == 1 ? (a.AsUInt16() << 8).As<ushort, T>()
        : Unsafe.SizeOf<T>() == 2 ? (a.AsUInt32() << 16).As<uint, T>()
        : (a.AsUInt64() << 32).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Swapped<T>(Vector128<T> a) => Vector128.Shuffle(a.AsUInt64(), Vector128.Create(1ul, 0)).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> LowHalves<T>(Vector128<T> a, Vector128<T> b) =>
        Vector128.Create(a.AsUInt64().GetLower(), b.AsUInt64().GetLower()).As<ulong, T>();
}
