using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The conversions between floating-point numbers and the integers of an MMX register, into one slot. Flags and traps are those of
/// <see cref="SseArithmetic"/>; where one raises #XM, the processor is in the MMX state already, on Intel's and AMD's alike.
/// </summary>
internal static class MmxConversion
{
    /// <summary>
    /// Two integers to the low two singles; the high half of the register stays. Immediate 1 means that they are in an MMX register, not in
    /// memory, which leaves the x87 alone.
    /// </summary>
    public static int Cvtpi2ps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong source = cpu.File[b];
        ulong result = SseConversion.OfInteger((int)source, FloatFormat.Single, ref environment) |
            (SseConversion.OfInteger((int)(source >> 32), FloatFormat.Single, ref environment) << 32);
        return Finish(cpu, dst, result, environment, entersMmxState: immediate != 0);
    }

    /// <summary>The low two singles to two integers.</summary>
    public static int Cvtps2pi(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => OfSingles(cpu, dst, b, truncate: false);

    /// <inheritdoc cref="Cvtps2pi"/>
    public static int Cvttps2pi(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => OfSingles(cpu, dst, b, truncate: true);

    /// <summary>Two doubles to two integers.</summary>
    public static int Cvtpd2pi(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => OfDoubles(cpu, dst, b, truncate: false);

    /// <inheritdoc cref="Cvtpd2pi"/>
    public static int Cvttpd2pi(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => OfDoubles(cpu, dst, b, truncate: true);

    private static int OfSingles(Cpu cpu, int dst, int b, bool truncate) =>
        OfTwo(cpu, dst, (uint)cpu.File[b], cpu.File[b] >> 32, FloatFormat.Single, truncate);

    private static int OfDoubles(Cpu cpu, int dst, int b, bool truncate) =>
        OfTwo(cpu, dst, cpu.File[b], cpu.File[b + 1], FloatFormat.Double, truncate);

    private static int OfTwo(Cpu cpu, int dst, ulong low, ulong high, FloatFormat format, bool truncate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = SseConversion.ToInteger(low, format, 32, truncate, ref environment) |
            (SseConversion.ToInteger(high, format, 32, truncate, ref environment) << 32);
        return Finish(cpu, dst, result, environment, entersMmxState: true);
    }

    private static int Finish(Cpu cpu, int dst, ulong result, in FloatEnvironment environment, bool entersMmxState)
    {
        if (!SseArithmetic.TryCommit(cpu, environment))
        {
            if (entersMmxState)
                X87Unit.EnterMmxState(cpu);
            return Traps.SimdFloatingPoint;
        }
        cpu.File[dst] = result;
        return InstructionSet.NoTrap;
    }
}
