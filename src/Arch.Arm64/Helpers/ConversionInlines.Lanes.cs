using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

// Conversions of whole vectors, and of scalars in vector registers: between integers and floating point of one width, and between formats.
internal static partial class ConversionInlines
{
    /// <summary>FCVTZS, FCVTZU, SCVTF and UCVTF, none with fraction bits; null of others.</summary>
    public static InlineHelper? Lanes(in LaneShape shape, bool clearsHigh)
    {
        bool isDouble = shape.Size == 3, truncates = shape.Operation == LaneOperation.FloatToInteger;
        // One single is not worth it.
        if (shape.Amount != (truncates ? Truncation << 8 : 0) || shape.Count << shape.Size < 8)
            return null;
        string name = truncates
            ? isDouble ? nameof(TruncatedDoubles) : nameof(TruncatedSingles)
            : isDouble ? nameof(DoublesOf) : nameof(SinglesOf);
        return new InlineHelper(Method(name), Method($"Is{name}Certain"), ClearsHigh: clearsHigh);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> TruncatedDoubles(Vector128<double> a, ulong immediate) =>
        IsUnsigned(immediate) ? Vector128.ConvertToUInt64(a) : Vector128.ConvertToInt64(a).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTruncatedDoublesCertain(Vector128<double> a, ulong status, ulong immediate)
    {
        var isWithin = Vector128.LessThan(a, Vector128.Create((double)(1L << 62))) &
            Vector128.GreaterThan(a, Vector128.Create(IsUnsigned(immediate) ? -1 : (double)-(1L << 62)));
        return FloatInlines.IsPlain(status) &&
            Covers(FloatInlines.IsInexactSeen(status) ? isWithin : isWithin & Vector128.Equals(a, Vector128.Truncate(a)), immediate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> TruncatedSingles(Vector128<float> a, ulong immediate) =>
        IsUnsigned(immediate) ? Vector128.ConvertToUInt32(a) : Vector128.ConvertToInt32(a).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTruncatedSinglesCertain(Vector128<float> a, ulong status, ulong immediate)
    {
        var isWithin = Vector128.LessThan(a, Vector128.Create((float)(1 << 30))) &
            Vector128.GreaterThan(a, Vector128.Create(IsUnsigned(immediate) ? -1 : (float)-(1 << 30)));
        return FloatInlines.IsPlain(status) &&
            Covers(FloatInlines.IsInexactSeen(status) ? isWithin : isWithin & Vector128.Equals(a, Vector128.Truncate(a)), immediate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> DoublesOf(Vector128<long> a, ulong immediate) => Vector128.ConvertToDouble(a);

    // Unsigned numbers must be positive as signed ones, too.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDoublesOfCertain(Vector128<long> a, ulong status, ulong immediate)
    {
        if (FloatInlines.IsPlain(status) && FloatInlines.IsInexactSeen(status) && !IsUnsigned(immediate))
            return true;
        var isWithin = Vector128.LessThanOrEqual(a, Vector128.Create(1L << 53)) &
            Vector128.GreaterThanOrEqual(a, Vector128.Create(IsUnsigned(immediate) ? 0 : -(1L << 53)));
        return Covers(isWithin, immediate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SinglesOf(Vector128<int> a, ulong immediate) => Vector128.ConvertToSingle(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSinglesOfCertain(Vector128<int> a, ulong status, ulong immediate)
    {
        if (FloatInlines.IsPlain(status) && FloatInlines.IsInexactSeen(status) && !IsUnsigned(immediate))
            return true;
        var isWithin = Vector128.LessThanOrEqual(a, Vector128.Create(1 << 24)) &
            Vector128.GreaterThanOrEqual(a, Vector128.Create(IsUnsigned(immediate) ? 0 : -(1 << 24)));
        return Covers(isWithin, immediate);
    }

    // Whether all elements that count are true.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Covers<T>(Vector128<T> truth, ulong shape) => (shape >> 12 & 31) << (int)(shape >> 8 & 15) == 16
        ? truth.AsUInt64() == Vector128<ulong>.AllBitsSet
        : truth.AsUInt64()[0] == ulong.MaxValue;
}
