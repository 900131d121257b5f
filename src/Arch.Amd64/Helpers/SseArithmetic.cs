using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// Carries an <see cref="ISseOperation"/> through registers: one lane or all, first as the host does it, then exactly. The helpers that
/// use it write <c>dst</c>, the slot after it when packed, and the exception flags of MXCSR; these also when the exception traps.
/// </summary>
internal static class SseArithmetic
{
    private const uint Flags = (uint)FloatExceptions.All;
    private const uint InexactFlag = (uint)FloatExceptions.Inexact;

    /// <summary>MXCSR without its flags when the host does the same: all masked, to nearest, denormals kept.</summary>
    private const uint HostLike = 0x1f80;

    /// <summary>Only the low double; the register's high half stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ScalarDouble<T>(Cpu cpu, int dst, int a, int b)
        where T : struct, ISseOperation
    {
        uint mxcsr = (uint)cpu[Slots.Mxcsr];
        if (!TryHost<T>(mxcsr, cpu.File[a], cpu.File[b], out ulong result))
        {
            var environment = FloatEnvironment.OfMxcsr(mxcsr);
            result = Exact<T>(cpu.File[a], cpu.File[b], FloatFormat.Double, ref environment);
            if (!TryCommit(cpu, environment))
                return Traps.SimdFloatingPoint;
        }
        cpu.File[dst] = result;
        return InstructionSet.NoTrap;
    }

    /// <summary>Only the low single; the other 96 bits stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ScalarSingle<T>(Cpu cpu, int dst, int a, int b)
        where T : struct, ISseOperation
    {
        uint mxcsr = (uint)cpu[Slots.Mxcsr];
        if (!TryHost<T>(mxcsr, (uint)cpu.File[a], (uint)cpu.File[b], out uint result))
        {
            var environment = FloatEnvironment.OfMxcsr(mxcsr);
            result = (uint)Exact<T>((uint)cpu.File[a], (uint)cpu.File[b], FloatFormat.Single, ref environment);
            if (!TryCommit(cpu, environment))
                return Traps.SimdFloatingPoint;
        }
        cpu.File[dst] = (cpu.File[dst] & ~(ulong)uint.MaxValue) | result;
        return InstructionSet.NoTrap;
    }

    public static int PackedDouble<T>(Cpu cpu, int dst, Vector128<ulong> a, Vector128<ulong> b)
        where T : struct, ISseOperation
    {
        uint mxcsr = (uint)cpu[Slots.Mxcsr];
        if (TryHost<T>(mxcsr, a[0], b[0], out ulong low) & TryHost<T>(mxcsr, a[1], b[1], out ulong high))
            return cpu.SetVector(dst, Vector128.Create(low, high));
        var environment = FloatEnvironment.OfMxcsr(mxcsr);
        low = Exact<T>(a[0], b[0], FloatFormat.Double, ref environment);
        high = Exact<T>(a[1], b[1], FloatFormat.Double, ref environment);
        return Finish(cpu, dst, Vector128.Create(low, high), environment);
    }

    public static int PackedSingle<T>(Cpu cpu, int dst, Vector128<ulong> a, Vector128<ulong> b)
        where T : struct, ISseOperation
    {
        uint mxcsr = (uint)cpu[Slots.Mxcsr];
        if (TryHostPair<T>(mxcsr, a[0], b[0], out ulong low) & TryHostPair<T>(mxcsr, a[1], b[1], out ulong high))
            return cpu.SetVector(dst, Vector128.Create(low, high));
        var environment = FloatEnvironment.OfMxcsr(mxcsr);
        low = ExactPair<T>(a[0], b[0], ref environment);
        high = ExactPair<T>(a[1], b[1], ref environment);
        return Finish(cpu, dst, Vector128.Create(low, high), environment);
    }

    /// <summary>The end of a packed operation: flags, then the result or the trap.</summary>
    public static int Finish(Cpu cpu, int dst, Vector128<ulong> result, in FloatEnvironment environment) =>
        TryCommit(cpu, environment) ? cpu.SetVector(dst, result) : Traps.SimdFloatingPoint;

    /// <summary>
    /// Adds the exceptions raised to MXCSR. One that must trap leaves its own flag there for the handler, and if it was seen before the
    /// computation, none that only the computation could have raised.
    /// </summary>
    /// <returns>False when an unmasked exception was raised: #XM, and the destination stays.</returns>
    public static bool TryCommit(Cpu cpu, in FloatEnvironment environment)
    {
        var raised = environment.Raised;
        if ((environment.Unmasked & FloatExceptions.BeforeComputation) != 0)
            raised &= FloatExceptions.BeforeComputation;
        cpu[Slots.Mxcsr] |= (uint)raised;
        return environment.Unmasked == FloatExceptions.None;
    }

    /// <summary>One lane with every bit and flag right.</summary>
    public static ulong Exact<T>(ulong a, ulong b, FloatFormat format, ref FloatEnvironment environment)
        where T : struct, ISseOperation =>
        format.Pack(T.Exact(environment.Unpack(a, format), environment.Unpack(b, format), format, ref environment));

    private static ulong ExactPair<T>(ulong a, ulong b, ref FloatEnvironment environment)
        where T : struct, ISseOperation =>
        Exact<T>((uint)a, (uint)b, FloatFormat.Single, ref environment) |
        (Exact<T>(a >> 32, b >> 32, FloatFormat.Single, ref environment) << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryHost<T>(uint mxcsr, ulong aBits, ulong bBits, out ulong result)
        where T : struct, ISseOperation
    {
        double a = BitConverter.UInt64BitsToDouble(aBits), b = BitConverter.UInt64BitsToDouble(bBits);
        double value = T.Compute(a, b);
        result = BitConverter.DoubleToUInt64Bits(value);
        return (mxcsr & ~Flags) == HostLike && SseRange.IsOrdinary(a) && SseRange.IsOrdinary(b) &&
            T.IsCertain(a, b, value, (mxcsr & InexactFlag) != 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryHost<T>(uint mxcsr, uint aBits, uint bBits, out uint result)
        where T : struct, ISseOperation
    {
        float a = BitConverter.UInt32BitsToSingle(aBits), b = BitConverter.UInt32BitsToSingle(bBits);
        float value = T.Compute(a, b);
        result = BitConverter.SingleToUInt32Bits(value);
        return (mxcsr & ~Flags) == HostLike && SseRange.IsOrdinary(a) && SseRange.IsOrdinary(b) &&
            T.IsCertain(a, b, value, (mxcsr & InexactFlag) != 0);
    }

    private static bool TryHostPair<T>(uint mxcsr, ulong a, ulong b, out ulong result)
        where T : struct, ISseOperation
    {
        bool certain = TryHost<T>(mxcsr, (uint)a, (uint)b, out uint low) & TryHost<T>(mxcsr, (uint)(a >> 32), (uint)(b >> 32), out uint high);
        result = low | ((ulong)high << 32);
        return certain;
    }
}
