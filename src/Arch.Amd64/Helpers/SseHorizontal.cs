using System.Runtime.Intrinsics;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// Floating-point arithmetic of SSE3 and SSE4.1 across and between lanes, and rounding to integers. Flags and traps are those of
/// <see cref="SseArithmetic"/>.
/// </summary>
internal static class SseHorizontal
{
    public static int Haddpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseAddition>(cpu, dst, Lows(cpu, a, b), Highs(cpu, a, b));

    public static int Hsubpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedDouble<SseSubtraction>(cpu, dst, Lows(cpu, a, b), Highs(cpu, a, b));

    public static int Haddps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseAddition>(cpu, dst, Evens(cpu, a, b), Odds(cpu, a, b));

    public static int Hsubps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        SseArithmetic.PackedSingle<SseSubtraction>(cpu, dst, Evens(cpu, a, b), Odds(cpu, a, b));

    /// <summary>The even lane is subtracted, the odd one added.</summary>
    public static int Addsubpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong low = SseArithmetic.Exact<SseSubtraction>(cpu.File[a], cpu.File[b], FloatFormat.Double, ref environment);
        ulong high = SseArithmetic.Exact<SseAddition>(cpu.File[a + 1], cpu.File[b + 1], FloatFormat.Double, ref environment);
        return SseArithmetic.Finish(cpu, dst, Vector128.Create(low, high), environment);
    }

    /// <inheritdoc cref="Addsubpd"/>
    public static int Addsubps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        var (x, y) = (cpu.Vector<uint>(a), cpu.Vector<uint>(b));
        var result = Vector128<uint>.Zero;
        for (int lane = 0; lane < 4; lane += 2)
        {
            uint difference = (uint)SseArithmetic.Exact<SseSubtraction>(x[lane], y[lane], FloatFormat.Single, ref environment);
            uint sum = (uint)SseArithmetic.Exact<SseAddition>(x[lane + 1], y[lane + 1], FloatFormat.Single, ref environment);
            result = result.WithElement(lane, difference).WithElement(lane + 1, sum);
        }
        return SseArithmetic.Finish(cpu, dst, result.AsUInt64(), environment);
    }

    /// <summary>
    /// Products of the lanes that bits 4–5 of the immediate choose, summed into the lanes that bits 0–1 choose. Of two NaNs each lane gets
    /// its own product, as on Intel's processors.
    /// </summary>
    public static int Dppd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong low = Product(cpu.File[a], cpu.File[b], immediate >> 4, FloatFormat.Double, ref environment);
        ulong high = Product(cpu.File[a + 1], cpu.File[b + 1], immediate >> 5, FloatFormat.Double, ref environment);
        if (!TryEndStage(cpu, ref environment))
            return Traps.SimdFloatingPoint;
        ulong first = SseArithmetic.Exact<SseAddition>(low, high, FloatFormat.Double, ref environment);
        ulong second = SseArithmetic.Exact<SseAddition>(high, low, FloatFormat.Double, ref environment);
        return SseArithmetic.Finish(
            cpu, dst, Vector128.Create((immediate & 1) != 0 ? first : 0, (immediate & 2) != 0 ? second : 0), environment);
    }

    /// <summary>
    /// Products of the lanes that bits 4–7 of the immediate choose, summed in pairs into the lanes that bits 0–3 choose. Of several NaNs the
    /// first wins: in each lane its neighbour's product comes first, then its own pair, as on Intel's processors.
    /// </summary>
    public static int Dpps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        var (x, y) = (cpu.Vector<uint>(a), cpu.Vector<uint>(b));
        Span<ulong> products = stackalloc ulong[4];
        for (int lane = 0; lane < 4; lane++)
            products[lane] = Product(x[lane], y[lane], immediate >> (4 + lane), FloatFormat.Single, ref environment);
        if (!TryEndStage(cpu, ref environment))
            return Traps.SimdFloatingPoint;
        Span<ulong> pairs = stackalloc ulong[4];
        for (int lane = 0; lane < 4; lane++)
            pairs[lane] = SseArithmetic.Exact<SseAddition>(products[lane ^ 1], products[lane], FloatFormat.Single, ref environment);
        if (!TryEndStage(cpu, ref environment))
            return Traps.SimdFloatingPoint;
        var result = Vector128<uint>.Zero;
        for (int lane = 0; lane < 4; lane++)
        {
            ulong sum = SseArithmetic.Exact<SseAddition>(pairs[lane], pairs[lane ^ 2], FloatFormat.Single, ref environment);
            result = result.WithElement(lane, (immediate >> lane & 1) != 0 ? (uint)sum : 0);
        }
        return SseArithmetic.Finish(cpu, dst, result.AsUInt64(), environment);
    }

    public static int Roundss(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = Rounded((uint)cpu.File[b], immediate, FloatFormat.Single, ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        cpu.File[dst] = (cpu.File[dst] & ~(ulong)uint.MaxValue) | result;
        return InstructionSet.NoTrap;
    }

    public static int Roundsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = Rounded(cpu.File[b], immediate, FloatFormat.Double, ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        cpu.File[dst] = result;
        return InstructionSet.NoTrap;
    }

    public static int Roundps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        var source = cpu.Vector<uint>(b);
        var result = Vector128<uint>.Zero;
        for (int lane = 0; lane < 4; lane++)
            result = result.WithElement(lane, (uint)Rounded(source[lane], immediate, FloatFormat.Single, ref environment));
        return SseArithmetic.Finish(cpu, dst, result.AsUInt64(), environment);
    }

    public static int Roundpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong low = Rounded(cpu.File[b], immediate, FloatFormat.Double, ref environment);
        ulong high = Rounded(cpu.File[b + 1], immediate, FloatFormat.Double, ref environment);
        return SseArithmetic.Finish(cpu, dst, Vector128.Create(low, high), environment);
    }

    /// <summary>Bits 0–1 of the immediate round unless bit 2 asks MXCSR; bit 3 keeps the inexact exception away.</summary>
    private static ulong Rounded(ulong bits, ulong immediate, FloatFormat format, ref FloatEnvironment environment)
    {
        var rounding = (immediate & 4) != 0 ? environment.Rounding : (FloatRounding)(immediate & 3);
        bool quietly = (immediate & 8) != 0;
        return format.Pack(FloatArithmetic.RoundToIntegral(environment.Unpack(bits, format), rounding, quietly, ref environment));
    }

    /// <summary>+0 and no exception where the lane is not chosen.</summary>
    private static ulong Product(ulong a, ulong b, ulong chosen, FloatFormat format, ref FloatEnvironment environment) =>
        (chosen & 1) != 0 ? SseArithmetic.Exact<SseMultiplication>(a, b, format, ref environment) : 0;

    /// <summary>The products trap before they are summed, the sums of pairs before those are.</summary>
    private static bool TryEndStage(Cpu cpu, ref FloatEnvironment environment)
    {
        bool done = SseArithmetic.TryCommit(cpu, environment);
        environment.Raised = FloatExceptions.None;
        return done;
    }

    private static Vector128<ulong> Lows(Cpu cpu, int a, int b) => Vector128.Create(cpu.File[a], cpu.File[b]);

    private static Vector128<ulong> Highs(Cpu cpu, int a, int b) => Vector128.Create(cpu.File[a + 1], cpu.File[b + 1]);

    private static Vector128<ulong> Evens(Cpu cpu, int a, int b) =>
        Vector128.Narrow(cpu.Vector<ulong>(a), cpu.Vector<ulong>(b)).AsUInt64();

    private static Vector128<ulong> Odds(Cpu cpu, int a, int b) =>
        Vector128.Narrow(cpu.Vector<ulong>(a) >> 32, cpu.Vector<ulong>(b) >> 32).AsUInt64();
}
