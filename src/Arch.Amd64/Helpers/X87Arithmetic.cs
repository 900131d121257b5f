using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// x87 arithmetic. The immediate is an <see cref="X87Form"/>, slot b a memory operand's bits. All helpers of the x87 write its registers,
/// tag and status words, and never trap.
/// </summary>
internal static class X87Arithmetic
{
    private enum Operation
    {
        Add,
        Subtract,
        Multiply,
        Divide,
    }

    public static int Fadd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Apply(cpu, Operation.Add, b, immediate);

    public static int Fsub(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Apply(cpu, Operation.Subtract, b, immediate);

    public static int Fmul(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Apply(cpu, Operation.Multiply, b, immediate);

    public static int Fdiv(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Apply(cpu, Operation.Divide, b, immediate);

    public static int Fsqrt(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var result = unit.Require(0)
            ? FloatArithmetic.SquareRoot(unit.Read(0), unit.Precision, ref unit.Environment)
            : FloatValue.Indefinite;
        return Settle(ref unit, 0, result, 0);
    }

    public static int Frndint(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var result = FloatValue.Indefinite;
        if (unit.Require(0))
        {
            var value = unit.Read(0);
            if (value.Class < FloatClass.NaN)
                unit.Environment.NoteDenormals(value, value);
            result = FloatArithmetic.RoundToIntegral(value, unit.Environment.Rounding, quietly: false, ref unit.Environment);
        }
        return Settle(ref unit, 0, result, 0);
    }

    /// <summary>st(0) × 2^n, n being st(1) cut to an integer.</summary>
    public static int Fscale(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var result = unit.Require(0) & unit.Require(1) ? Scaled(unit.Read(0), unit.Read(1), ref unit.Environment) : FloatValue.Indefinite;
        return Settle(ref unit, 0, result, 0);
    }

    /// <summary>st(0) becomes its exponent as a number, and its significand is pushed.</summary>
    public static int Fxtract(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var (exponent, significand) = (FloatValue.Indefinite, FloatValue.Indefinite);
        // With no room for the significand both results are lost, and the operand is not looked at.
        if (unit.Require(0) && unit.RequireRoom())
            (exponent, significand) = Parts(unit.Read(0), ref unit.Environment);
        if (unit.IsStopped)
            return unit.Finish();
        unit.Write(0, exponent);
        unit.Push(X87Extended.Of(significand));
        return unit.Finish();
    }

    /// <summary>Writes a result, tells of its rounding, pops and ends; nothing of it when the operands stopped the operation.</summary>
    public static int Settle(ref X87Unit unit, int destination, in FloatValue result, int pops)
    {
        if (unit.IsStopped)
            return unit.Finish();
        unit.Write(destination, result);
        unit.NoteRounding();
        unit.Pop(pops);
        return unit.Finish();
    }

    private static int Apply(Cpu cpu, Operation operation, int memory, ulong immediate)
    {
        var form = X87Form.Of(immediate);
        var unit = new X87Unit(cpu);
        bool there = unit.Require(form.Destination) & (form.Source != X87Source.Register || unit.Require(form.Number));
        var result = FloatValue.Indefinite;
        if (there)
        {
            var first = unit.Read(form.Destination);
            var second = form.Source == X87Source.Register ? unit.Read(form.Number) : form.FromMemory(cpu.File[memory]);
            result = form.Reversed
                ? Compute(operation, second, first, unit.Precision, ref unit.Environment)
                : Compute(operation, first, second, unit.Precision, ref unit.Environment);
        }
        return Settle(ref unit, form.Destination, result, form.Pops);
    }

    private static FloatValue Compute(
        Operation operation, in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) => operation switch
    {
        Operation.Add => FloatArithmetic.Add(a, b, format, ref environment),
        Operation.Subtract => FloatArithmetic.Subtract(a, b, format, ref environment),
        Operation.Multiply => FloatArithmetic.Multiply(a, b, format, ref environment),
        _ => FloatArithmetic.Divide(a, b, format, ref environment),
    };

    private static FloatValue Scaled(in FloatValue value, in FloatValue by, ref FloatEnvironment environment)
    {
        if (value.Class >= FloatClass.NaN || by.Class >= FloatClass.NaN)
            return environment.Propagate(value, by);
        if (by.Class == FloatClass.Infinity)
        {
            if (value.Class == (by.Negative ? FloatClass.Infinity : FloatClass.Zero))
                return environment.Invalid();
            environment.NoteDenormals(value, by);
            return by.Negative ? FloatValue.Zero(value.Negative) : FloatValue.Infinite(value.Negative);
        }
        environment.NoteDenormals(value, by);
        if (value.Class != FloatClass.Finite)
            return value;
        // Far beyond the exponents there are, one shift is as good as another.
        const int Limit = 1 << 16;
        bool small = FloatRounder.TryRoundToInteger(by, FloatRounding.TowardZero, out ulong count, out _, out _) && count < Limit;
        int shift = (small ? (int)count : Limit) * (by.Negative ? -1 : 1);
        return FloatRounder.Round(value with { Exponent = value.Exponent + shift }, FloatFormat.Extended, ref environment);
    }

    private static (FloatValue Exponent, FloatValue Significand) Parts(in FloatValue value, ref FloatEnvironment environment)
    {
        if (value.Class >= FloatClass.NaN)
        {
            var nan = environment.Propagate(value, value);
            return (nan, nan);
        }
        environment.NoteDenormals(value, value);
        if (value.Class == FloatClass.Infinity)
            return (FloatValue.Infinite(false), value);
        if (value.Class == FloatClass.Zero)
        {
            environment.Raise(FloatExceptions.DivideByZero);
            return (FloatValue.Infinite(true), value);
        }
        return (FloatValue.OfInteger(value.Exponent), value with { Exponent = 0 });
    }
}
