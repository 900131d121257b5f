using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// The everyday cases of floating-point arithmetic, for translations: rounding to nearest, denormals kept, nothing raised that is not
/// raised already, no NaN. A scalar is a vector of which one element counts.
/// </summary>
internal static class FloatInlines
{
    private static readonly Dictionary<LaneOperation, Type> Operations = new()
    {
        [LaneOperation.FloatAdd] = typeof(FloatAddition),
        [LaneOperation.FloatSubtract] = typeof(FloatSubtraction),
        [LaneOperation.FloatMultiply] = typeof(FloatMultiplication),
        [LaneOperation.FloatNegatedMultiply] = typeof(FloatNegatedMultiplication),
        [LaneOperation.FloatDivide] = typeof(FloatDivision),
        [LaneOperation.FloatSquareRoot] = typeof(FloatSquareRoot),
        [LaneOperation.FloatMaximum] = typeof(FloatComparison<FloatMaximum>),
        [LaneOperation.FloatMinimum] = typeof(FloatComparison<FloatMinimum>),
        [LaneOperation.FloatMaximumNumber] = typeof(FloatComparison<FloatMaximum>),
        [LaneOperation.FloatMinimumNumber] = typeof(FloatComparison<FloatMinimum>),
        [LaneOperation.FloatEqual] = typeof(FloatComparison<FloatEquality>),
        [LaneOperation.FloatGreaterThan] = typeof(FloatComparison<FloatGreater>),
        [LaneOperation.FloatGreaterOrEqual] = typeof(FloatComparison<FloatGreaterOrEqual>),
        [LaneOperation.FloatLessThan] = typeof(FloatComparison<FloatLess>),
        [LaneOperation.FloatLessOrEqual] = typeof(FloatComparison<FloatLessOrEqual>),
        [LaneOperation.FloatMultiplyAdd] = typeof(FloatMultiplyAddition),
        [LaneOperation.FloatMultiplySubtract] = typeof(FloatMultiplySubtraction),
    };

    /// <summary>Of a helper of <see cref="LaneHelpers"/>.</summary>
    public static InlineHelper? Lanes(string helper, in LaneShape shape)
    {
        if (helper is not (nameof(LaneHelpers.Same) or nameof(LaneHelpers.SameWithZero) or nameof(LaneHelpers.Pairwise)))
            return null;
        var type = TypeOf(shape.Size);
        bool clearsHigh = shape.Count << shape.Size < 16;
        if (shape.Operation is LaneOperation.FloatAbsolute or LaneOperation.FloatNegate)
            return new InlineHelper(Method(shape.Operation.ToString(), type), ClearsHigh: clearsHigh);
        if (shape.Operation == LaneOperation.FloatRound)
            return Rounding(shape, type, clearsHigh);
        if (shape.Operation is LaneOperation.FloatToInteger or LaneOperation.FloatFromInteger)
            return ConversionInlines.Lanes(shape, clearsHigh);
        if (!Operations.TryGetValue(shape.Operation, out var operation))
            return null;
        string form = shape.Operation is LaneOperation.FloatMultiplyAdd or LaneOperation.FloatMultiplySubtract ? "Accumulated"
            : helper switch { nameof(LaneHelpers.SameWithZero) => "Unary", nameof(LaneHelpers.Pairwise) => "Pairwise", _ => "Binary" };
        string element = shape.Index >= 0 ? "ByElement" : "";
        return new InlineHelper(
            Method(form + element, operation, type), Method($"Is{form}{element}Certain", operation, type), ClearsHigh: clearsHigh);
    }

    /// <summary>Of a helper of <see cref="FloatHelpers"/>, whose immediate begins with the size.</summary>
    public static InlineHelper? Scalar(string helper, ulong immediate)
    {
        var type = TypeOf((int)immediate & 15);
        return helper == nameof(FloatHelpers.Fused)
            ? new InlineHelper(Method(nameof(Fused), type), Method(nameof(IsFusedCertain), type), ClearsHigh: true)
            : new InlineHelper(Method(helper, type), Method($"Is{helper}Certain", type));
    }

    private static InlineHelper? Rounding(in LaneShape shape, Type type, bool clearsHigh) =>
        (FloatRounding)((shape.Amount >> 8) - 1) == FloatRounding.TieAway
        ? null
        : new InlineHelper(Method(nameof(Rounded), type), Method(nameof(IsRoundedCertain), type), ClearsHigh: clearsHigh);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Binary<TOperation, T>(Vector128<T> a, Vector128<T> b, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        Cut(TOperation.Compute(default, a, b), immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBinaryCertain<TOperation, T>(Vector128<T> a, Vector128<T> b, Vector128<T> result, ulong status, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        IsCertain<TOperation, T>(default, a, b, result, status, immediate);

    /// <summary>Of neighbours in a, then in b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Pairwise<TOperation, T>(Vector128<T> a, Vector128<T> b, ulong immediate)
        where TOperation : struct, IFloatOperation
    {
        var (first, second) = Neighbours(a, b, immediate);
        return Cut(TOperation.Compute(default, first, second), immediate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPairwiseCertain<TOperation, T>(Vector128<T> a, Vector128<T> b, Vector128<T> result, ulong status, ulong immediate)
        where TOperation : struct, IFloatOperation
    {
        var (first, second) = Neighbours(a, b, immediate);
        return IsCertain<TOperation, T>(default, first, second, result, status, immediate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Unary<TOperation, T>(Vector128<T> a, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        Cut(TOperation.Compute(default, a, default), immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnaryCertain<TOperation, T>(Vector128<T> a, Vector128<T> result, ulong status, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        IsCertain<TOperation, T>(default, a, default, result, status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> BinaryByElement<TOperation, T>(Vector128<T> a, Vector128<T> b, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        Cut(TOperation.Compute(default, a, Element(b, immediate)), immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBinaryByElementCertain<TOperation, T>(
        Vector128<T> a, Vector128<T> b, Vector128<T> result, ulong status, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        IsCertain<TOperation, T>(default, a, Element(b, immediate), result, status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Accumulated<TOperation, T>(Vector128<T> dst, Vector128<T> a, Vector128<T> b, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        Cut(TOperation.Compute(dst, a, b), immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAccumulatedCertain<TOperation, T>(
        Vector128<T> dst, Vector128<T> a, Vector128<T> b, Vector128<T> result, ulong status, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        IsCertain<TOperation, T>(dst, a, b, result, status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AccumulatedByElement<TOperation, T>(Vector128<T> dst, Vector128<T> a, Vector128<T> b, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        Cut(TOperation.Compute(dst, a, Element(b, immediate)), immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAccumulatedByElementCertain<TOperation, T>(
        Vector128<T> dst, Vector128<T> a, Vector128<T> b, Vector128<T> result, ulong status, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        IsCertain<TOperation, T>(dst, a, Element(b, immediate), result, status, immediate);

    /// <summary>As <see cref="FloatHelpers.Fused"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Fused<T>(Vector128<T> a, Vector128<T> b, Vector128<T> c, ulong immediate) =>
        Cut(FloatMultiplyAddition.Compute(Signed(c, immediate, 4), Signed(a, immediate, 5), b), OneOf(immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFusedCertain<T>(
        Vector128<T> a, Vector128<T> b, Vector128<T> c, Vector128<T> result, ulong status, ulong immediate) =>
        IsCertain<FloatMultiplyAddition, T>(Signed(c, immediate, 4), Signed(a, immediate, 5), b, result, status, OneOf(immediate));

    /// <summary>As <see cref="FloatHelpers.Compare"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compare<T>(Vector128<T> a, Vector128<T> b)
    {
        if (typeof(T) == typeof(double))
            return a.AsDouble()[0] < b.AsDouble()[0] ? 8UL : a.AsDouble()[0] == b.AsDouble()[0] ? 6UL : 2;
        return a.AsSingle()[0] < b.AsSingle()[0] ? 8UL : a.AsSingle()[0] == b.AsSingle()[0] ? 6UL : 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCompareCertain<T>(Vector128<T> a, Vector128<T> b, ulong status)
    {
        bool isOrdered = typeof(T) == typeof(double)
            ? a.AsDouble()[0] <= b.AsDouble()[0] || a.AsDouble()[0] > b.AsDouble()[0]
            : a.AsSingle()[0] <= b.AsSingle()[0] || a.AsSingle()[0] > b.AsSingle()[0];
        return isOrdered && IsPlain(status);
    }

    /// <summary>As <see cref="FloatHelpers.ConditionalCompare"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ConditionalCompare<T>(Vector128<T> a, Vector128<T> b, ulong c, ulong immediate) =>
        c != 0 ? Compare(a, b) : immediate >> 8 & 15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsConditionalCompareCertain<T>(Vector128<T> a, Vector128<T> b, ulong c, ulong status) =>
        c == 0 || IsCompareCertain(a, b, status);

    /// <summary>To an integral value, by the mode in the shape or to nearest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Rounded<T>(Vector128<T> a, ulong immediate)
    {
        int mode = (int)(immediate >> 40) - 1;
        if (typeof(T) == typeof(double))
            return RoundedDoubles(a.AsDouble(), mode).As<double, T>();
        return Cut(RoundedSingles(a.AsSingle(), mode).As<float, T>(), immediate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsRoundedCertain<T>(Vector128<T> a, ulong status, ulong immediate) =>
        IsPlain(status) && Covers(Vector128.Equals(a, a), immediate);

    public static Vector128<T> FloatAbsolute<T>(Vector128<T> a, ulong immediate) => Cut(Vector128.Abs(a), immediate);

    public static Vector128<T> FloatNegate<T>(Vector128<T> a, ulong immediate) => Cut(-a, immediate);

    /// <summary>FPCR asks for nothing that the host does not do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPlain(ulong status) => (status & (FloatControl.RoundingMask | FloatControl.FlushToZero)) == 0;

    /// <summary>Another inexact result makes no difference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsInexactSeen(ulong status) => (status & FloatControl.Inexact) != 0;

    /// <summary>A scalar of four bytes clears those after it in its half, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Cut<T>(Vector128<T> result, ulong immediate) =>
        BytesOf(immediate) == 4 ? (result.AsUInt32() & Vector128.CreateScalar(uint.MaxValue)).As<uint, T>() : result;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsCertain<TOperation, T>(
        Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result, ulong status, ulong immediate)
        where TOperation : struct, IFloatOperation =>
        IsPlain(status) && (IsInexactSeen(status)
            ? Covers(TOperation.IsRight(d, a, b, result), immediate)
            : Covers(TOperation.IsExact(d, a, b, result), immediate));

    /// <summary>Whether all elements that count are true.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Covers<T>(Vector128<T> truth, ulong immediate) => BytesOf(immediate) switch
    {
        4 => truth.AsUInt32()[0] != 0,
        8 => truth.AsUInt64()[0] == ulong.MaxValue,
        _ => truth.AsUInt64() == Vector128<ulong>.AllBitsSet,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<T> First, Vector128<T> Second) Neighbours<T>(Vector128<T> a, Vector128<T> b, ulong immediate) =>
        ElementOrder.Deinterleaved(a, b, BytesOf(immediate) == 16);

    // Bytes of the elements that count, of a LaneShape.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BytesOf(ulong shape) => (int)(shape >> 12 & 31) << (int)(shape >> 8 & 15);

    // The LaneShape of one element of the size that immediate begins with.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong OneOf(ulong immediate) => (immediate & 15) << 8 | 1 << 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Element<T>(Vector128<T> vector, ulong shape) =>
        Vector128.Create(vector.GetElement((int)(shape >> 20 & 31) - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Signed<T>(Vector128<T> value, ulong immediate, int bit) => (immediate >> bit & 1) != 0 ? -value : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> RoundedDoubles(Vector128<double> a, int mode) => mode switch
    {
        (int)FloatRounding.Up => Vector128.Ceiling(a),
        (int)FloatRounding.Down => Vector128.Floor(a),
        (int)FloatRounding.TowardZero => Vector128.Truncate(a),
        _ => Vector128.Round(a),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> RoundedSingles(Vector128<float> a, int mode) => mode switch
    {
        (int)FloatRounding.Up => Vector128.Ceiling(a),
        (int)FloatRounding.Down => Vector128.Floor(a),
        (int)FloatRounding.TowardZero => Vector128.Truncate(a),
        _ => Vector128.Round(a),
    };

    private static Type TypeOf(int size) => size == 3 ? typeof(double) : typeof(float);

    private static MethodInfo Method(string name, params Type[] arguments) =>
        typeof(FloatInlines).GetMethod(name, BindingFlags.Static | BindingFlags.Public)!.MakeGenericMethod(arguments);
}
