using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

/// <summary>Where in the range of their format the elements of a vector of <c>double</c> or <c>float</c> lie.</summary>
internal static class FloatRange
{
    /// <summary>Neither infinite nor a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsFinite<T>(Vector128<T> value) =>
        Vector128.LessThanOrEqual(Vector128.Abs(value), Limit<T>(double.MaxValue, float.MaxValue));

    /// <summary>Finite and at least twice the smallest normal number: no result that rounding brought there was tiny.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsNormal<T>(Vector128<T> value) =>
        IsFinite(value) & Vector128.GreaterThanOrEqual(Vector128.Abs(value), Limit<T>(4.4501477170144028e-308, 2.3509887e-38f));

    /// <summary>
    /// Large enough that the error of rounding to it is no denormal number, so that a fused multiply-add finds it exactly.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> HasExactRemainder<T>(Vector128<T> value) =>
        Vector128.GreaterThanOrEqual(Vector128.Abs(value), Limit<T>(1e-280, 1e-30f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsAnyZero<T>(Vector128<T> a, Vector128<T> b) =>
        Vector128.Equals(a, Vector128<T>.Zero) | Vector128.Equals(b, Vector128<T>.Zero);

    /// <summary>Neither is a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AreOrdered<T>(Vector128<T> a, Vector128<T> b) => Vector128.Equals(a, a) & Vector128.Equals(b, b);

    /// <summary>a × b + c, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd<T>(Vector128<T> a, Vector128<T> b, Vector128<T> c) => typeof(T) == typeof(double)
        ? Vector128.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
        : Vector128.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Limit<T>(double ofDouble, float ofSingle) => typeof(T) == typeof(double)
        ? Vector128.Create(ofDouble).As<double, T>()
        : Vector128.Create(ofSingle).As<float, T>();
}
