using Arch.Arm64.Registers;

namespace Arch.Arm64.Helpers;

// Comparisons, maxima and minima.
internal partial struct FloatUnit
{
    /// <summary>FPCompare: the flags N, Z, C, V as bits 3 to 0.</summary>
    /// <param name="signals">Quiet NaNs are invalid too.</param>
    public uint Compare(ulong a, ulong b, FloatFormat format, bool signals) => Order(a, b, format, signals) switch
    {
        null => 3,
        0 => 6,
        < 0 => 8,
        _ => 2,
    };

    /// <summary>FPCompareEQ, FPCompareGE and FPCompareGT: whether the order is one of those asked for.</summary>
    public bool IsEqual(ulong a, ulong b, FloatFormat format) => Order(a, b, format, signals: false) == 0;

    public bool IsGreaterOrEqual(ulong a, ulong b, FloatFormat format) => Order(a, b, format, signals: true) >= 0;

    public bool IsGreater(ulong a, ulong b, FloatFormat format) => Order(a, b, format, signals: true) > 0;

    public ulong Maximum(ulong a, ulong b, FloatFormat format) =>
        TryProcessNaNs(a, b, format, out ulong nan) ? nan : Extreme(a, b, format, 1);

    public ulong Minimum(ulong a, ulong b, FloatFormat format) =>
        TryProcessNaNs(a, b, format, out ulong nan) ? nan : Extreme(a, b, format, -1);

    /// <summary>FPMaxNum: a number wins over a quiet NaN.</summary>
    public ulong MaximumNumber(ulong a, ulong b, FloatFormat format)
    {
        PreferNumber(ref a, ref b, format, format.Infinity(true));
        return Maximum(a, b, format);
    }

    /// <summary>FPMinNum.</summary>
    public ulong MinimumNumber(ulong a, ulong b, FloatFormat format)
    {
        PreferNumber(ref a, ref b, format, format.Infinity(false));
        return Minimum(a, b, format);
    }

    private static void PreferNumber(ref ulong a, ref ulong b, FloatFormat format, ulong loser)
    {
        bool isQuietA = format.IsNaN(a) && !format.IsSignaling(a), isQuietB = format.IsNaN(b) && !format.IsSignaling(b);
        if (isQuietA && !format.IsNaN(b))
            a = loser;
        else if (isQuietB && !format.IsNaN(a))
            b = loser;
    }

    // Negative, 0, positive, or null for unordered.
    private int? Order(ulong a, ulong b, FloatFormat format, bool signals)
    {
        if (format.IsNaN(a) || format.IsNaN(b))
        {
            if (signals || format.IsSignaling(a) || format.IsSignaling(b))
                Raise(FloatControl.InvalidOperation);
            if (_flushToZero)
                NoteDenormals(a, b, format);
            return null;
        }
        return Order(Unpack(a, format), Unpack(b, format));
    }

    private static int Order(in Number x, in Number y)
    {
        if (x.IsZero && y.IsZero)
            return 0;
        int magnitude = Magnitude(x).CompareTo(Magnitude(y));
        if (magnitude == 0)
            magnitude = x.Significand.CompareTo(y.Significand);
        if (x.IsZero || y.IsZero || x.IsNegative != y.IsNegative)
            return x.IsZero ? (y.IsNegative ? 1 : -1) : x.IsNegative ? -1 : 1;
        return x.IsNegative ? -magnitude : magnitude;

        static int Magnitude(in Number number) => number.IsInfinite ? int.MaxValue : number.Exponent;
    }

    private ulong Extreme(ulong a, ulong b, FloatFormat format, int wanted)
    {
        var (x, y) = (Unpack(a, format), Unpack(b, format));
        int order = Order(x, y);
        // Of zeros the positive one is greater.
        if (x.IsZero && y.IsZero)
            return format.Zero(wanted > 0 ? x.IsNegative && y.IsNegative : x.IsNegative || y.IsNegative);
        return Round(Math.Sign(order) == wanted ? x : y, format);
    }
}
