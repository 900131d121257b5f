using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The arithmetic instructions of SSE and SSE2, by name: <c>dst</c> = a op b, vectors being pairs of slots. Square roots are of b.
/// Flags and traps are those of <see cref="SseArithmetic"/>.
/// </summary>
internal static class SseFloat
{
    public static int Addss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarSingle<SseAddition>(cpu, dst, a, b);

    public static int Addsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarDouble<SseAddition>(cpu, dst, a, b);

    public static int Addps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseAddition>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Addpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseAddition>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Subss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarSingle<SseSubtraction>(cpu, dst, a, b);

    public static int Subsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarDouble<SseSubtraction>(cpu, dst, a, b);

    public static int Subps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseSubtraction>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Subpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseSubtraction>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Mulss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarSingle<SseMultiplication>(cpu, dst, a, b);

    public static int Mulsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarDouble<SseMultiplication>(cpu, dst, a, b);

    public static int Mulps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseMultiplication>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Mulpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseMultiplication>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Divss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarSingle<SseDivision>(cpu, dst, a, b);

    public static int Divsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarDouble<SseDivision>(cpu, dst, a, b);

    public static int Divps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseDivision>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Divpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseDivision>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Sqrtss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarSingle<SseSquareRoot>(cpu, dst, a, b);

    public static int Sqrtsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarDouble<SseSquareRoot>(cpu, dst, a, b);

    public static int Sqrtps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseSquareRoot>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Sqrtpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseSquareRoot>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Minss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarSingle<SseMinimum>(cpu, dst, a, b);

    public static int Minsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarDouble<SseMinimum>(cpu, dst, a, b);

    public static int Minps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseMinimum>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Minpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseMinimum>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Maxss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarSingle<SseMaximum>(cpu, dst, a, b);

    public static int Maxsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.ScalarDouble<SseMaximum>(cpu, dst, a, b);

    public static int Maxps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseMaximum>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));

    public static int Maxpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseMaximum>(cpu, dst, cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));
}
