using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Arch.Amd64.Helpers;

/// <summary>
/// One operation of the SSE floating-point units. <c>IsCertain</c> says that a result of the host, which rounds to nearest, is the whole
/// answer: nothing but the inexact exception was raised, and that only if <c>inexactSeen</c> says it is raised already.
/// Everything doubtful goes to <c>Exact</c>.
/// </summary>
internal interface ISseOperation
{
    static abstract double Compute(double a, double b);

    static abstract float Compute(float a, float b);

    static abstract Vector128<double> Compute(Vector128<double> a, Vector128<double> b);

    /// <summary>The low double alone; the high one stays as in <paramref name="a"/>.</summary>
    static abstract Vector128<double> ComputeLow(Vector128<double> a, double b);

    static abstract bool IsCertain(double a, double b, double result, bool inexactSeen);

    static abstract bool IsCertain(float a, float b, float result, bool inexactSeen);

    static abstract FloatValue Exact(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment);
}

/// <summary>ADDSS and its like.</summary>
internal readonly struct SseAddition : ISseOperation
{
    public static double Compute(double a, double b) => a + b;

    public static float Compute(float a, float b) => a + b;

    public static Vector128<double> Compute(Vector128<double> a, Vector128<double> b) => a + b;

    public static Vector128<double> ComputeLow(Vector128<double> a, double b) =>
        Sse2.IsSupported ? Sse2.AddScalar(a, Vector128.CreateScalarUnsafe(b)) : a.WithElement(0, Compute(a[0], b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(double a, double b, double result, bool inexactSeen) =>
        SseRange.IsOrdinary(result) && (inexactSeen || Error(a, b, result) == 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(float a, float b, float result, bool inexactSeen) =>
        SseRange.IsOrdinary(result) && (inexactSeen || Error(a, b, result) == 0);

    public static FloatValue Exact(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) =>
        FloatArithmetic.Add(a, b, format, ref environment);

    // What rounding lost, itself a floating-point number (D. Knuth, TAOCP 4.2.2, theorem B); NaN when a step overflows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Error(double a, double b, double sum)
    {
        double ofB = sum - a;
        return (a - (sum - ofB)) + (b - ofB);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Error(float a, float b, float sum)
    {
        float ofB = sum - a;
        return (a - (sum - ofB)) + (b - ofB);
    }
}

/// <summary>SUBSS and its like.</summary>
internal readonly struct SseSubtraction : ISseOperation
{
    public static double Compute(double a, double b) => a - b;

    public static float Compute(float a, float b) => a - b;

    public static Vector128<double> Compute(Vector128<double> a, Vector128<double> b) => a - b;

    public static Vector128<double> ComputeLow(Vector128<double> a, double b) =>
        Sse2.IsSupported ? Sse2.SubtractScalar(a, Vector128.CreateScalarUnsafe(b)) : a.WithElement(0, Compute(a[0], b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(double a, double b, double result, bool inexactSeen) =>
        SseAddition.IsCertain(a, -b, result, inexactSeen);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(float a, float b, float result, bool inexactSeen) =>
        SseAddition.IsCertain(a, -b, result, inexactSeen);

    public static FloatValue Exact(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) =>
        FloatArithmetic.Subtract(a, b, format, ref environment);
}

/// <summary>MULSS and its like.</summary>
internal readonly struct SseMultiplication : ISseOperation
{
    public static double Compute(double a, double b) => a * b;

    public static float Compute(float a, float b) => a * b;

    public static Vector128<double> Compute(Vector128<double> a, Vector128<double> b) => a * b;

    public static Vector128<double> ComputeLow(Vector128<double> a, double b) =>
        Sse2.IsSupported ? Sse2.MultiplyScalar(a, Vector128.CreateScalarUnsafe(b)) : a.WithElement(0, Compute(a[0], b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(double a, double b, double result, bool inexactSeen) =>
        (SseRange.IsNormal(result) && (inexactSeen ||
            (SseRange.HasExactRemainder(result) && Math.FusedMultiplyAdd(a, b, -result) == 0))) || a == 0 || b == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(float a, float b, float result, bool inexactSeen) =>
        (SseRange.IsNormal(result) && (inexactSeen || (double)a * b == result)) || a == 0 || b == 0;

    public static FloatValue Exact(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) =>
        FloatArithmetic.Multiply(a, b, format, ref environment);
}

/// <summary>DIVSS and its like.</summary>
internal readonly struct SseDivision : ISseOperation
{
    public static double Compute(double a, double b) => a / b;

    public static float Compute(float a, float b) => a / b;

    public static Vector128<double> Compute(Vector128<double> a, Vector128<double> b) => a / b;

    public static Vector128<double> ComputeLow(Vector128<double> a, double b) =>
        Sse2.IsSupported ? Sse2.DivideScalar(a, Vector128.CreateScalarUnsafe(b)) : a.WithElement(0, Compute(a[0], b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(double a, double b, double result, bool inexactSeen) =>
        (SseRange.IsNormal(result) && (inexactSeen ||
            (SseRange.HasExactRemainder(a) && Math.FusedMultiplyAdd(result, b, -a) == 0))) || (a == 0 && b != 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(float a, float b, float result, bool inexactSeen) =>
        (SseRange.IsNormal(result) && (inexactSeen || (double)result * b == a)) || (a == 0 && b != 0);

    public static FloatValue Exact(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) =>
        FloatArithmetic.Divide(a, b, format, ref environment);
}

/// <summary>SQRTSS and its like: the root of the second operand.</summary>
internal readonly struct SseSquareRoot : ISseOperation
{
    public static double Compute(double a, double b) => Math.Sqrt(b);

    public static float Compute(float a, float b) => MathF.Sqrt(b);

    public static Vector128<double> Compute(Vector128<double> a, Vector128<double> b) => Vector128.Sqrt(b);

    public static Vector128<double> ComputeLow(Vector128<double> a, double b) => a.WithElement(0, Compute(a[0], b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(double a, double b, double result, bool inexactSeen) =>
        b == 0 || (b > 0 && (inexactSeen || (SseRange.HasExactRemainder(b) && Math.FusedMultiplyAdd(result, result, -b) == 0)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(float a, float b, float result, bool inexactSeen) =>
        b == 0 || (b > 0 && (inexactSeen || (double)result * result == b));

    public static FloatValue Exact(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) =>
        FloatArithmetic.SquareRoot(b, format, ref environment);
}

/// <summary>MINSS and its like: the second operand whenever the first is not less, NaNs and zeros included.</summary>
internal readonly struct SseMinimum : ISseOperation
{
    public static double Compute(double a, double b) => a < b ? a : b;

    public static float Compute(float a, float b) => a < b ? a : b;

    public static Vector128<double> Compute(Vector128<double> a, Vector128<double> b) => Vector128.ConditionalSelect(Vector128.LessThan(a, b), a, b);

    public static Vector128<double> ComputeLow(Vector128<double> a, double b) => a.WithElement(0, Compute(a[0], b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(double a, double b, double result, bool inexactSeen) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(float a, float b, float result, bool inexactSeen) => true;

    public static FloatValue Exact(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) =>
        SseRange.AreOrdered(a, b, ref environment) && FloatArithmetic.Compare(a, b) < 0 ? a : b;
}

/// <summary>MAXSS and its like: the second operand whenever the first is not greater, NaNs and zeros included.</summary>
internal readonly struct SseMaximum : ISseOperation
{
    public static double Compute(double a, double b) => a > b ? a : b;

    public static float Compute(float a, float b) => a > b ? a : b;

    public static Vector128<double> Compute(Vector128<double> a, Vector128<double> b) => Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);

    public static Vector128<double> ComputeLow(Vector128<double> a, double b) => a.WithElement(0, Compute(a[0], b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(double a, double b, double result, bool inexactSeen) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCertain(float a, float b, float result, bool inexactSeen) => true;

    public static FloatValue Exact(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) =>
        SseRange.AreOrdered(a, b, ref environment) && FloatArithmetic.Compare(a, b) > 0 ? a : b;
}

