using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// F2XM1, FYL2X, FYL2XP1 and FPATAN: correctly rounded, whatever the precision control says, and inexact throughout. Processors of Intel
/// and AMD differ from them, and from each other, in the last bit of about one result in thirty. Operands for which the manual gives
/// no result give that of AMD's.
/// </summary>
internal static class X87Transcendental
{
    /// <summary>st(0) becomes 2^st(0) − 1.</summary>
    public static int F2xm1(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var result = unit.Require(0) ? PowerOfTwoMinus1(unit.Read(0), ref unit.Environment) : FloatValue.Indefinite;
        return X87Arithmetic.Settle(ref unit, 0, result, 0);
    }

    /// <summary>st(1) becomes st(1) × log2 st(0), and st(0) is popped.</summary>
    public static int Fyl2x(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var result = unit.Require(0) & unit.Require(1) ? Logarithm(unit.Read(0), unit.Read(1), ref unit.Environment) : FloatValue.Indefinite;
        return X87Arithmetic.Settle(ref unit, 1, result, 1);
    }

    /// <summary>st(1) becomes st(1) × log2(st(0) + 1), and st(0) is popped.</summary>
    public static int Fyl2xp1(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var result = unit.Require(0) & unit.Require(1) ? LogarithmOf1Plus(unit.Read(0), unit.Read(1), ref unit.Environment) : FloatValue.Indefinite;
        return X87Arithmetic.Settle(ref unit, 1, result, 1);
    }

    /// <summary>st(1) becomes the angle of the point (st(0), st(1)), and st(0) is popped.</summary>
    public static int Fpatan(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var result = unit.Require(0) & unit.Require(1) ? Angle(unit.Read(0), unit.Read(1), ref unit.Environment) : FloatValue.Indefinite;
        return X87Arithmetic.Settle(ref unit, 1, result, 1);
    }

    /// <summary>A function's value as the register keeps it.</summary>
    public static FloatValue Round(in WideFloat value, ref FloatEnvironment environment)
    {
        var result = FloatRounder.Round(value.Negative, value.Exponent, value.Significand, FloatFormat.Extended, ref environment);
        environment.Raise(FloatExceptions.Inexact);
        return result;
    }

    private static FloatValue PowerOfTwoMinus1(in FloatValue x, ref FloatEnvironment environment)
    {
        if (x.Class >= FloatClass.NaN)
            return environment.Propagate(x, x);
        environment.NoteDenormals(x, x);
        if (x.Class == FloatClass.Infinity)
            return x.Negative ? FloatValue.OfInteger(-1) : x;
        if (x.Class == FloatClass.Zero)
            return x;
        return IsAbove1(x) ? OutOfRange(x, ref environment) : Round(WideFunctions.PowerOfTwoMinus1(WideFloat.Of(x)), ref environment);
    }

    private static FloatValue Logarithm(in FloatValue x, in FloatValue y, ref FloatEnvironment environment)
    {
        if (x.Class >= FloatClass.NaN || y.Class >= FloatClass.NaN)
            return environment.Propagate(x, y);
        if (x.Class == FloatClass.Zero)
            return LogarithmOf0(y, ref environment);
        bool isOne = x.Class == FloatClass.Finite && x.Exponent == 0 && x.Significand == FloatValue.IntegerBit;
        bool isZeroTimesInfinity = isOne ? y.Class == FloatClass.Infinity : x.Class == FloatClass.Infinity && y.Class == FloatClass.Zero;
        if (x.Negative || isZeroTimesInfinity)
            return environment.Invalid();
        environment.NoteDenormals(x, y);
        bool negative = y.Negative != (x.Class == FloatClass.Finite && x.Exponent < 0);
        if (x.Class == FloatClass.Infinity || y.Class == FloatClass.Infinity)
            return FloatValue.Infinite(negative);
        if (isOne || y.Class == FloatClass.Zero)
            return FloatValue.Zero(negative);
        return Round(WideFloat.Of(y) * WideFunctions.Log2(WideFloat.Of(x)), ref environment);
    }

    private static FloatValue LogarithmOf0(in FloatValue y, ref FloatEnvironment environment)
    {
        if (y.Class == FloatClass.Zero)
            return environment.Invalid();
        if (y.Class == FloatClass.Finite)
            environment.Raise(FloatExceptions.DivideByZero);
        return FloatValue.Infinite(!y.Negative);
    }

    private static FloatValue LogarithmOf1Plus(in FloatValue x, in FloatValue y, ref FloatEnvironment environment)
    {
        if (x.Class >= FloatClass.NaN || y.Class >= FloatClass.NaN)
            return environment.Propagate(x, y);
        bool isZeroTimesInfinity = x.Class == FloatClass.Zero && y.Class == FloatClass.Infinity ||
            x.Class == FloatClass.Infinity && y.Class == FloatClass.Zero;
        if (isZeroTimesInfinity || (x.Class == FloatClass.Infinity && x.Negative))
            return environment.Invalid();
        environment.NoteDenormals(x, y);
        bool negative = x.Negative != y.Negative;
        if (x.Class == FloatClass.Infinity || y.Class == FloatClass.Infinity)
            return FloatValue.Infinite(negative);
        if (x.Class == FloatClass.Zero || y.Class == FloatClass.Zero)
            return FloatValue.Zero(negative);
        if (x.Negative && x.Exponent >= 0)
            return OutOfRange(x, ref environment);
        return Round(WideFloat.Of(y) * WideFunctions.Log2Of1Plus(WideFloat.Of(x)), ref environment);
    }

    private static FloatValue Angle(in FloatValue x, in FloatValue y, ref FloatEnvironment environment)
    {
        if (x.Class >= FloatClass.NaN || y.Class >= FloatClass.NaN)
            return environment.Propagate(x, y);
        environment.NoteDenormals(x, y);
        bool isSpecial = x.Class != FloatClass.Finite || y.Class != FloatClass.Finite;
        if (!isSpecial)
            return Round(WideFunctions.Angle(WideFloat.Of(y), WideFloat.Of(x)), ref environment);
        int eighths = EighthTurns(x, y);
        if (eighths == 0)
            return FloatValue.Zero(y.Negative);
        var angle = WideFunctions.EighthTurns(eighths);
        return Round(y.Negative ? -angle : angle, ref environment);
    }

    /// <summary>The angle from the axis when a coordinate is zero or infinite, without y's sign (Intel SDM volume 2, table 3-30).</summary>
    private static int EighthTurns(in FloatValue x, in FloatValue y)
    {
        if (y.Class == FloatClass.Infinity && x.Class == FloatClass.Infinity)
            return x.Negative ? 3 : 1;
        bool isUpright = y.Class == FloatClass.Infinity || (x.Class == FloatClass.Zero && y.Class != FloatClass.Zero);
        return isUpright ? 2 : x.Negative ? 4 : 0;
    }

    private static bool IsAbove1(in FloatValue x) => x.Exponent > 0 || (x.Exponent == 0 && x.Significand > FloatValue.IntegerBit);

    /// <summary>The operand itself, as AMD's processors answer.</summary>
    private static FloatValue OutOfRange(in FloatValue operand, ref FloatEnvironment environment)
    {
        environment.Raise(FloatExceptions.Inexact);
        return operand;
    }
}
