using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>x87 signs, constants and the stack itself. The immediate is an <see cref="X87Form"/> or as said.</summary>
internal static class X87Stack
{
    // 64 bits and the next 64 of log2 10, log2 e, π, log10 2 and ln 2.
    private static readonly (int Exponent, UInt128 Significand)[] Constants =
    [
        (0, new UInt128(0x8000000000000000, 0)),
        (1, new UInt128(0xd49a784bcd1b8afe, 0x492bf6ff4dafdb4c)),
        (0, new UInt128(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88)),
        (1, new UInt128(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1)),
        (-2, new UInt128(0x9a209a84fbcff798, 0x8f8959ac0b7c9178)),
        (-1, new UInt128(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af)),
    ];

    /// <summary>Pushes the constant of D9 E8+immediate: 1, log2 10, log2 e, π, log10 2, ln 2, 0; rounded, but never inexact.</summary>
    public static int FldConstant(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        var value = FloatValue.Zero(false);
        if ((int)immediate < Constants.Length)
        {
            var (exponent, significand) = Constants[(int)immediate];
            var rounding = new FloatEnvironment { Rounding = unit.Environment.Rounding };
            value = FloatRounder.Round(false, exponent, significand, FloatFormat.Extended, ref rounding);
        }
        unit.Push(X87Extended.Of(value));
        return unit.Finish();
    }

    /// <summary>Inverts the sign of st(0), whatever it is.</summary>
    public static int Fchs(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Sign(cpu, 0xffff, 0x8000);

    /// <summary>Clears the sign of st(0), whatever it is.</summary>
    public static int Fabs(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Sign(cpu, 0x7fff, 0);

    /// <summary>Moves the top of the stack by the immediate.</summary>
    public static int Rotate(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var unit = new X87Unit(cpu);
        unit.Rotate((int)immediate);
        return unit.Finish();
    }

    /// <summary>Marks st(Destination) empty, then pops as often as the form says.</summary>
    public static int Ffree(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var form = X87Form.Of(immediate);
        var unit = new X87Unit(cpu);
        unit.Free(form.Destination);
        unit.Pop(form.Pops);
        return unit.Finish();
    }

    private static int Sign(Cpu cpu, int keep, int invert)
    {
        var unit = new X87Unit(cpu);
        var value = unit.Require(0) ? unit.Raw(0) : X87Extended.Indefinite;
        if (unit.IsStopped)
            return unit.Finish();
        bool there = !unit.IsEmpty(0);
        unit.Write(0, there ? value with { SignAndExponent = (ushort)(value.SignAndExponent & keep ^ invert) } : value);
        return unit.Finish();
    }
}
