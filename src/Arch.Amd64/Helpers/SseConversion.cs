using System.Runtime.Intrinsics;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The conversions of SSE and SSE2: <c>dst</c> = converted b. Those to a scalar replace only its bits, those to an integer register give it
/// zero-extended. Flags and traps are those of <see cref="SseArithmetic"/>.
/// </summary>
internal static class SseConversion
{
    public static int Cvtsi2ss32(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        OfInteger(cpu, dst, (int)cpu.File[b], FloatFormat.Single);

    public static int Cvtsi2ss64(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        OfInteger(cpu, dst, (long)cpu.File[b], FloatFormat.Single);

    public static int Cvtsi2sd32(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = BitConverter.DoubleToUInt64Bits((int)cpu.File[b]);
        return InstructionSet.NoTrap;
    }

    public static int Cvtsi2sd64(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        OfInteger(cpu, dst, (long)cpu.File[b], FloatFormat.Double);

    public static int Cvtss2si32(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        ToInteger(cpu, dst, (uint)cpu.File[b], FloatFormat.Single, 32, truncate: false);

    public static int Cvtss2si64(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        ToInteger(cpu, dst, (uint)cpu.File[b], FloatFormat.Single, 64, truncate: false);

    public static int Cvtsd2si32(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        ToInteger(cpu, dst, cpu.File[b], FloatFormat.Double, 32, truncate: false);

    public static int Cvtsd2si64(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        ToInteger(cpu, dst, cpu.File[b], FloatFormat.Double, 64, truncate: false);

    public static int Cvttss2si32(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        ToInteger(cpu, dst, (uint)cpu.File[b], FloatFormat.Single, 32, truncate: true);

    public static int Cvttss2si64(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        ToInteger(cpu, dst, (uint)cpu.File[b], FloatFormat.Single, 64, truncate: true);

    public static int Cvttsd2si32(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        ToInteger(cpu, dst, cpu.File[b], FloatFormat.Double, 32, truncate: true);

    public static int Cvttsd2si64(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        ToInteger(cpu, dst, cpu.File[b], FloatFormat.Double, 64, truncate: true);

    public static int Cvtss2sd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = Widen(cpu.File[b], ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        cpu.File[dst] = result;
        return InstructionSet.NoTrap;
    }

    public static int Cvtsd2ss(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = Narrow(cpu.File[b], ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        SetLowSingle(cpu, dst, result);
        return InstructionSet.NoTrap;
    }

    public static int Cvtps2pd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong source = cpu.File[b];
        var result = Vector128.Create(Widen((uint)source, ref environment), Widen(source >> 32, ref environment));
        return SseArithmetic.Finish(cpu, dst, result, environment);
    }

    public static int Cvtpd2ps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = Narrow(cpu.File[b], ref environment) | (Narrow(cpu.File[b + 1], ref environment) << 32);
        return SseArithmetic.Finish(cpu, dst, Vector128.CreateScalar(result), environment);
    }

    public static int Cvtdq2pd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong source = cpu.File[b];
        return cpu.SetVector(dst, Vector128.Create((double)(int)source, (int)(source >> 32)));
    }

    public static int Cvtdq2ps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        var source = cpu.Vector<int>(b);
        var result = Vector128<uint>.Zero;
        for (int lane = 0; lane < 4; lane++)
            result = result.WithElement(lane, (uint)OfInteger(source[lane], FloatFormat.Single, ref environment));
        return SseArithmetic.Finish(cpu, dst, result.AsUInt64(), environment);
    }

    public static int Cvtps2dq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => SinglesToIntegers(cpu, dst, b, truncate: false);

    public static int Cvttps2dq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => SinglesToIntegers(cpu, dst, b, truncate: true);

    public static int Cvtpd2dq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => DoublesToIntegers(cpu, dst, b, truncate: false);

    public static int Cvttpd2dq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => DoublesToIntegers(cpu, dst, b, truncate: true);

    private static int OfInteger(Cpu cpu, int dst, long value, FloatFormat format)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = OfInteger(value, format, ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        if (format == FloatFormat.Single)
            SetLowSingle(cpu, dst, result);
        else
            cpu.File[dst] = result;
        return InstructionSet.NoTrap;
    }

    private static int ToInteger(Cpu cpu, int dst, ulong bits, FloatFormat format, int size, bool truncate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = ToInteger(bits, format, size, truncate, ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        cpu.File[dst] = result;
        return InstructionSet.NoTrap;
    }

    private static int SinglesToIntegers(Cpu cpu, int dst, int b, bool truncate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        var source = cpu.Vector<uint>(b);
        var result = Vector128<uint>.Zero;
        for (int lane = 0; lane < 4; lane++)
            result = result.WithElement(lane, (uint)ToInteger(source[lane], FloatFormat.Single, 32, truncate, ref environment));
        return SseArithmetic.Finish(cpu, dst, result.AsUInt64(), environment);
    }

    private static int DoublesToIntegers(Cpu cpu, int dst, int b, bool truncate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong result = ToInteger(cpu.File[b], FloatFormat.Double, 32, truncate, ref environment) |
            (ToInteger(cpu.File[b + 1], FloatFormat.Double, 32, truncate, ref environment) << 32);
        return SseArithmetic.Finish(cpu, dst, Vector128.CreateScalar(result), environment);
    }

    private static void SetLowSingle(Cpu cpu, int dst, ulong single) =>
        cpu.File[dst] = (cpu.File[dst] & ~(ulong)uint.MaxValue) | single;

    /// <summary>An integer in a format.</summary>
    internal static ulong OfInteger(long value, FloatFormat format, ref FloatEnvironment environment)
    {
        if (format == FloatFormat.Double && Math.Abs((double)value) < 1L << 53)
            return BitConverter.DoubleToUInt64Bits(value);
        if (format == FloatFormat.Single && Math.Abs((double)value) < 1 << 24)
            return BitConverter.SingleToUInt32Bits(value);
        return format.Pack(FloatRounder.Round(FloatValue.OfInteger(value), format, ref environment));
    }

    /// <summary>An integer of 32 or 64 bits, zero-extended.</summary>
    internal static ulong ToInteger(ulong bits, FloatFormat format, int size, bool truncate, ref FloatEnvironment environment)
    {
        double value = format == FloatFormat.Double ? BitConverter.UInt64BitsToDouble(bits) : BitConverter.UInt32BitsToSingle((uint)bits);
        bool plain = Math.Abs(value) < 1 << 30 && (!environment.DenormalsAreZero || SseRange.IsOrdinary(bits, format));
        if (plain && (truncate || environment.Rounding == FloatRounding.Nearest))
        {
            int whole = (int)(truncate ? value : Math.Round(value, MidpointRounding.ToEven));
            if (whole != value)
                environment.Raise(FloatExceptions.Inexact);
            return size == 32 ? (uint)whole : (ulong)whole;
        }
        var rounding = truncate ? FloatRounding.TowardZero : environment.Rounding;
        ulong result = FloatArithmetic.ToInteger(environment.Unpack(bits, format), size, rounding, ref environment);
        return size == 32 ? (uint)result : result;
    }

    private static ulong Widen(ulong single, ref FloatEnvironment environment)
    {
        float number = BitConverter.UInt32BitsToSingle((uint)single);
        if (SseRange.IsOrdinary(number))
            return BitConverter.DoubleToUInt64Bits(number);
        var value = environment.Unpack((uint)single, FloatFormat.Single);
        return FloatFormat.Double.Pack(Convert(value, FloatFormat.Double, ref environment));
    }

    private static ulong Narrow(ulong bits, ref FloatEnvironment environment)
    {
        double number = BitConverter.UInt64BitsToDouble(bits);
        float single = (float)number;
        if (environment.Rounding == FloatRounding.Nearest && SseRange.IsNormal(single))
        {
            if (single != number)
                environment.Raise(FloatExceptions.Inexact);
            return BitConverter.SingleToUInt32Bits(single);
        }
        var value = environment.Unpack(bits, FloatFormat.Double);
        return FloatFormat.Single.Pack(Convert(value, FloatFormat.Single, ref environment));
    }

    private static FloatValue Convert(in FloatValue value, FloatFormat format, ref FloatEnvironment environment)
    {
        if (value.IsNaN)
            return environment.Propagate(value, value);
        environment.NoteDenormals(value, value);
        return FloatRounder.Round(value, format, ref environment);
    }
}
