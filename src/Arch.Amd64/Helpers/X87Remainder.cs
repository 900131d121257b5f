using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>FPREM and FPREM1: exact remainders, at most 63 bits of the quotient at a time (Intel SDM volume 2, FPREM).</summary>
internal static class X87Remainder
{
    /// <summary>The quotient cut to an integer.</summary>
    public static int Fprem(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Apply(cpu, nearest: false);

    /// <summary>The quotient rounded to the nearest integer.</summary>
    public static int Fprem1(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Apply(cpu, nearest: true);

    private static int Apply(Cpu cpu, bool nearest)
    {
        var unit = new X87Unit(cpu);
        uint conditions = 0;
        var result = FloatValue.Indefinite;
        if (unit.Require(0) & unit.Require(1))
        {
            var (dividend, divisor) = (unit.Read(0), unit.Read(1));
            result = Special(dividend, divisor, ref unit.Environment) ?? Finite(dividend, divisor, nearest, ref unit.Environment, out conditions);
        }
        // A NaN, or an exception that stops it, says that it is no partial remainder, and leaves the quotient's bits as they were.
        if (result.IsNaN || unit.IsStopped)
            unit.ClearCondition(X87Unit.C2);
        else
            unit.SetConditions(conditions);
        return X87Arithmetic.Settle(ref unit, 0, result, 0);
    }

    /// <summary>The result when an operand is no finite number other than 0; null for the others.</summary>
    private static FloatValue? Special(in FloatValue dividend, in FloatValue divisor, ref FloatEnvironment environment)
    {
        if (dividend.Class >= FloatClass.NaN || divisor.Class >= FloatClass.NaN)
            return environment.Propagate(dividend, divisor);
        if (dividend.Class == FloatClass.Infinity || divisor.Class == FloatClass.Zero)
            return environment.Invalid();
        environment.NoteDenormals(dividend, divisor);
        return dividend.Class == FloatClass.Finite && divisor.Class == FloatClass.Finite ? null : dividend;
    }

    private static FloatValue Finite(
        in FloatValue dividend, in FloatValue divisor, bool nearest, ref FloatEnvironment environment, out uint conditions)
    {
        int distance = dividend.Exponent - divisor.Exponent;
        conditions = 0;
        if (distance < -1 || (distance < 0 && !nearest))
            return FloatRounder.Round(dividend, FloatFormat.Extended, ref environment);
        // A partial remainder takes the exponents 32 to 63 nearer to each other.
        bool partial = distance >= 64;
        int step = partial ? distance & 31 | 32 : distance;
        var (quotient, rest, unit) = Divide(dividend.Significand, divisor.Significand, step);
        bool negative = dividend.Negative;
        if (nearest && !partial && RoundsUp(quotient, rest, unit))
        {
            quotient++;
            rest = unit - rest;
            negative = !negative;
        }
        conditions = partial ? X87Unit.C2 : Conditions((uint)quotient);
        if (rest == 0)
            return FloatValue.Zero(dividend.Negative);
        int shift = (int)UInt128.LeadingZeroCount(rest);
        int exponent = (partial ? dividend.Exponent - step : Math.Min(divisor.Exponent, dividend.Exponent)) + 64 - shift;
        return FloatRounder.Round(negative, exponent, rest << shift, FloatFormat.Extended, ref environment);
    }

    /// <summary>
    /// dividend × 2^step by divisor; one step back (−1) the divisor is doubled instead, and is the unit that the rest is less than.
    /// </summary>
    private static (UInt128 Quotient, UInt128 Remainder, UInt128 Unit) Divide(ulong dividend, ulong divisor, int step)
    {
        if (step < 0)
            return (0, dividend, (UInt128)divisor << 1);
        var (quotient, rest) = UInt128.DivRem((UInt128)dividend << step, divisor);
        return (quotient, rest, divisor);
    }

    private static bool RoundsUp(UInt128 quotient, UInt128 rest, UInt128 unit)
    {
        var twice = rest << 1;
        return twice > unit || (twice == unit && (quotient & 1) != 0);
    }

    /// <summary>The quotient's low bits: bit 2 in C0, bit 1 in C3, bit 0 in C1.</summary>
    private static uint Conditions(uint quotient) =>
        ((quotient & 4) != 0 ? X87Unit.C0 : 0) | ((quotient & 2) != 0 ? X87Unit.C3 : 0) | ((quotient & 1) != 0 ? X87Unit.C1 : 0);
}
