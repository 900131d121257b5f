namespace Arch.Amd64.Helpers;

/// <summary>
/// Elementary functions to some 120 bits, by power series after bringing the argument near to 0. Rounded to 64 bits they are the correctly
/// rounded results, but for about one argument in 2^55.
/// </summary>
internal static class WideFunctions
{
    /// <summary>Terms after which the series of sine, cosine and 2^x − 1 are exact for arguments up to π/4, and to ln 2.</summary>
    private const int TrigonometricTerms = 18, ExponentialTerms = 34;

    /// <summary>Terms of the inverse series, for squares of arguments up to 0.03.</summary>
    private const int InverseTerms = 26;

    private const int Eighths = 8;

    private static readonly WideFloat
        Pi = new(false, 1, new UInt128(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1)),
        Ln2 = new(false, -1, new UInt128(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af)),
        TwiceLog2E = new(false, 1, new UInt128(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88));

    /// <summary>√2, above which logarithms take half the number.</summary>
    private static readonly UInt128 RootOf2 = new(0xb504f333f9de6484, 0x597d89b3754abe9f);

    /// <summary>
    /// π/2 as processors have it for reducing arguments: 66 bits of it, in units of 2^−66 (Intel SDM volume 1, 8.3.8). Those of AMD do the
    /// same.
    /// </summary>
    private static readonly UInt128 HalfPi66 = new(0x6, 0x487ed5110b4611a6);

    /// <summary>Arc tangents of 0/8 to 8/8.</summary>
    private static readonly WideFloat[] ArcTangents = MakeArcTangents();

    /// <summary>
    /// The rest of a finite argument below 2^63 by the processor's π/2, at most half of that, and the lowest two bits of the quotient,
    /// rounded to nearest.
    /// </summary>
    public static (WideFloat Remainder, int Quadrant) Reduce(in FloatValue argument)
    {
        if (argument.Exponent < -1)
            return (WideFloat.Of(argument), 0);
        UInt128 rest = argument.Significand;
        int quadrant = 0;
        // In units of 2^−66: the last of the significand's 64 bits is worth 2^(exponent − 63).
        for (int shift = argument.Exponent + 3; shift > 0; shift--)
        {
            rest <<= 1;
            quadrant <<= 1;
            if (rest < HalfPi66)
                continue;
            rest -= HalfPi66;
            quadrant++;
        }
        bool beyond = rest << 1 > HalfPi66;
        if (beyond)
            rest = HalfPi66 - rest;
        quadrant += beyond ? 1 : 0;
        // Mirrored, a negative argument goes backwards through the quadrants.
        return (WideFloat.Of(argument.Negative != beyond, 127 - 66, rest), (argument.Negative ? -quadrant : quadrant) & 3);
    }

    public static WideFloat Sine(in WideFloat rest, int quadrant)
    {
        var value = (quadrant & 1) != 0 ? CosineSeries(rest) : rest * SineSeries(rest);
        return (quadrant & 2) != 0 ? -value : value;
    }

    public static WideFloat Cosine(in WideFloat rest, int quadrant) => Sine(rest, quadrant + 1);

    /// <summary>
    /// For the smallest angles sine and cosine, both just below their limits, would cancel: two terms of the series suffice.
    /// </summary>
    public static WideFloat Tangent(in WideFloat rest, int quadrant) => rest.Exponent < -40 && (quadrant & 1) == 0
        ? rest * (WideFloat.One + rest * rest / 3)
        : Sine(rest, quadrant) / Cosine(rest, quadrant);

    /// <summary>2^x − 1 for |x| ≤ 1.</summary>
    public static WideFloat PowerOfTwoMinus1(in WideFloat x)
    {
        var t = x * Ln2;
        var sum = WideFloat.One;
        for (int term = ExponentialTerms; term > 1; term--)
            sum = WideFloat.One + t * sum / term;
        return t * sum;
    }

    /// <summary>The binary logarithm of a positive number; exact for powers of two.</summary>
    public static WideFloat Log2(in WideFloat x)
    {
        bool halved = x.Significand > RootOf2;
        int exponent = x.Exponent + (halved ? 1 : 0);
        var near1 = x with { Exponent = halved ? -1 : 0 };
        var distance = near1 - WideFloat.One;
        return distance.IsZero ? WideFloat.Of(exponent) : WideFloat.Of(exponent) + LogarithmOfRatio(distance, near1 + WideFloat.One);
    }

    /// <summary>The binary logarithm of 1 + x, for x &gt; −1 and not 0.</summary>
    public static WideFloat Log2Of1Plus(in WideFloat x) =>
        x.Exponent < -2 ? LogarithmOfRatio(x, WideFloat.Of(2) + x) : Log2(WideFloat.One + x);

    /// <summary>
    /// The angle of the point (<paramref name="x"/>, <paramref name="y"/>), neither being zero: from −π to π, with the sign of y.
    /// </summary>
    public static WideFloat Angle(in WideFloat y, in WideFloat x)
    {
        var (height, width) = (y with { Negative = false }, x with { Negative = false });
        bool steep = WideFloat.CompareMagnitudes(height, width) > 0;
        var angle = steep ? QuarterTurns(1) - ArcTangent(width / height) : ArcTangent(height / width);
        if (x.Negative)
            angle = QuarterTurns(2) - angle;
        return y.Negative ? -angle : angle;
    }

    /// <summary>π/4 × <paramref name="count"/>.</summary>
    public static WideFloat EighthTurns(int count) => WideFloat.Of(count) * Pi with { Exponent = Pi.Exponent - 2 };

    private static WideFloat QuarterTurns(int count) => EighthTurns(2 * count);

    /// <summary>log2((1 + z) / (1 − z)) for z = numerator/denominator: twice the area tangent.</summary>
    private static WideFloat LogarithmOfRatio(in WideFloat numerator, in WideFloat denominator)
    {
        var z = numerator / denominator;
        return z * InverseSeries(z * z) * TwiceLog2E;
    }

    /// <summary>Of 0 &lt; t ≤ 1.</summary>
    private static WideFloat ArcTangent(in WideFloat t)
    {
        int eighths = t.Exponent < -5 ? 0 : (int)(t.Significand >> 120 >> -t.Exponent) + 8 >> 4;
        if (eighths == 0)
            return SmallArcTangent(t);
        // tan(a − b) = (tan a − tan b) / (1 + tan a tan b)
        var near = WideFloat.Of(eighths) / Eighths;
        return ArcTangents[eighths] + SmallArcTangent((t - near) / (WideFloat.One + t * near));
    }

    private static WideFloat SmallArcTangent(in WideFloat z) => z * InverseSeries(-(z * z));

    private static WideFloat[] MakeArcTangents()
    {
        var table = new WideFloat[Eighths + 1];
        for (int i = 1; i <= Eighths; i++)
            table[i] = table[i - 1] + SmallArcTangent(WideFloat.Of(Eighths) / WideFloat.Of(Eighths * Eighths + i * (i - 1)));
        return table;
    }

    /// <summary>1 − x²/3! + x⁴/5! − …</summary>
    private static WideFloat SineSeries(in WideFloat x)
    {
        var (square, sum) = (x * x, WideFloat.One);
        for (int term = TrigonometricTerms; term > 0; term--)
            sum = WideFloat.One - square * sum / (2 * term * (2 * term + 1));
        return sum;
    }

    /// <summary>1 − x²/2! + x⁴/4! − …</summary>
    private static WideFloat CosineSeries(in WideFloat x)
    {
        var (square, sum) = (x * x, WideFloat.One);
        for (int term = TrigonometricTerms; term > 0; term--)
            sum = WideFloat.One - square * sum / ((2 * term - 1) * 2 * term);
        return sum;
    }

    /// <summary>1 + s/3 + s²/5 + …</summary>
    private static WideFloat InverseSeries(in WideFloat s)
    {
        var sum = WideFloat.One / (2 * InverseTerms + 1);
        for (int term = InverseTerms - 1; term >= 0; term--)
            sum = WideFloat.One / (2 * term + 1) + s * sum;
        return sum;
    }
}
