using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// FSIN, FCOS, FSINCOS and FPTAN: the correctly rounded functions of the argument reduced by the processor's 66 bits of π, inexact
/// throughout. Processors of Intel and AMD differ from them, and from each other, in the last bit of about one result in fifty.
/// </summary>
internal static class X87Trigonometry
{
    /// <summary>Arguments from 2^63 on are not looked at: C2 tells (Intel SDM volume 1, 8.3.8).</summary>
    private const int LimitExponent = 63;

    public static int Fsin(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => One(cpu, cosine: false);

    public static int Fcos(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => One(cpu, cosine: true);

    /// <summary>st(0) becomes its sine, whose rounding C1 tells of, and its cosine is pushed.</summary>
    public static int Fsincos(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var (sine, cosine) = (FloatValue.Indefinite, FloatValue.Indefinite);
        if (unit.Require(0) & unit.RequireRoom())
        {
            var argument = unit.Read(0);
            if (IsOutOfRange(argument))
                return Refuse(ref unit);
            cosine = Function(argument, cosine: true, ref unit.Environment);
            sine = Function(argument, cosine: false, ref unit.Environment);
        }
        return Settle(ref unit, sine, cosine);
    }

    /// <summary>st(0) becomes its tangent, and 1 is pushed.</summary>
    public static int Fptan(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var (tangent, one) = (FloatValue.Indefinite, FloatValue.Indefinite);
        if (unit.Require(0) & unit.RequireRoom())
        {
            var argument = unit.Read(0);
            if (IsOutOfRange(argument))
                return Refuse(ref unit);
            tangent = Tangent(argument, ref unit.Environment);
            one = tangent.IsNaN ? tangent : FloatValue.OfInteger(1);
        }
        return Settle(ref unit, tangent, one);
    }

    private static int One(Cpu cpu, bool cosine)
    {
        var unit = new X87Unit(cpu);
        var result = FloatValue.Indefinite;
        if (unit.Require(0))
        {
            var argument = unit.Read(0);
            if (IsOutOfRange(argument))
                return Refuse(ref unit);
            result = Function(argument, cosine, ref unit.Environment);
        }
        unit.ClearCondition(X87Unit.C2);
        return X87Arithmetic.Settle(ref unit, 0, result, 0);
    }

    private static bool IsOutOfRange(in FloatValue argument) => argument.Class == FloatClass.Finite && argument.Exponent >= LimitExponent;

    /// <summary>The operand stays, and C2 says so.</summary>
    private static int Refuse(ref X87Unit unit)
    {
        unit.SetCondition(X87Unit.C2);
        return unit.Finish();
    }

    private static int Settle(ref X87Unit unit, in FloatValue first, in FloatValue pushed)
    {
        unit.ClearCondition(X87Unit.C2);
        if (unit.IsStopped)
            return unit.Finish();
        unit.Write(0, first);
        unit.NoteRounding();
        unit.Push(X87Extended.Of(pushed));
        return unit.Finish();
    }

    private static FloatValue Function(in FloatValue argument, bool cosine, ref FloatEnvironment environment)
    {
        if (Special(argument, ref environment) is { } special)
            return cosine && special.Class == FloatClass.Zero ? FloatValue.OfInteger(1) : special;
        var (rest, quadrant) = WideFunctions.Reduce(argument);
        return X87Transcendental.Round(cosine ? WideFunctions.Cosine(rest, quadrant) : WideFunctions.Sine(rest, quadrant), ref environment);
    }

    private static FloatValue Tangent(in FloatValue argument, ref FloatEnvironment environment)
    {
        if (Special(argument, ref environment) is { } special)
            return special;
        var (rest, quadrant) = WideFunctions.Reduce(argument);
        return X87Transcendental.Round(WideFunctions.Tangent(rest, quadrant), ref environment);
    }

    /// <summary>What is no finite number other than 0: NaNs, infinities (invalid), zeros.</summary>
    private static FloatValue? Special(in FloatValue argument, ref FloatEnvironment environment)
    {
        if (argument.Class >= FloatClass.NaN)
            return environment.Propagate(argument, argument);
        if (argument.Class == FloatClass.Infinity)
            return environment.Invalid();
        environment.NoteDenormals(argument, argument);
        return argument.Class == FloatClass.Zero ? argument : null;
    }
}
