using System.Runtime.Intrinsics;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>CMPPS and its like, COMISS and UCOMISS. Flags and traps are those of <see cref="SseArithmetic"/>.</summary>
internal static class SseComparison
{
    /// <summary>How two numbers lie to each other; several together make a predicate.</summary>
    [Flags]
    private enum Relation
    {
        Less = 1,
        Equal = 2,
        Greater = 4,
        Unordered = 8,
    }

    // By the low three bits of the immediate: EQ LT LE UNORD NEQ NLT NLE ORD (Intel SDM volume 2, CMPPD, table 3-1).
    private static ReadOnlySpan<byte> Predicates => [2, 1, 3, 8, 13, 14, 12, 7];

    // LT, LE and their negations find a quiet NaN invalid.
    private static bool Signals(ulong predicate) => (predicate & 3) is 1 or 2;

    public static int Cmpss(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong mask = Lane((uint)cpu.File[a], (uint)cpu.File[b], immediate, FloatFormat.Single, ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        cpu.File[dst] = (cpu.File[dst] & ~(ulong)uint.MaxValue) | (uint)mask;
        return InstructionSet.NoTrap;
    }

    public static int Cmpsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong mask = Lane(cpu.File[a], cpu.File[b], immediate, FloatFormat.Double, ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        cpu.File[dst] = mask;
        return InstructionSet.NoTrap;
    }

    public static int Cmpps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        var (x, y) = (cpu.Vector<uint>(a), cpu.Vector<uint>(b));
        var mask = Vector128<uint>.Zero;
        for (int lane = 0; lane < 4; lane++)
            mask = mask.WithElement(lane, (uint)Lane(x[lane], y[lane], immediate, FloatFormat.Single, ref environment));
        return SseArithmetic.Finish(cpu, dst, mask.AsUInt64(), environment);
    }

    public static int Cmppd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        ulong low = Lane(cpu.File[a], cpu.File[b], immediate, FloatFormat.Double, ref environment);
        ulong high = Lane(cpu.File[a + 1], cpu.File[b + 1], immediate, FloatFormat.Double, ref environment);
        return SseArithmetic.Finish(cpu, dst, Vector128.Create(low, high), environment);
    }

    /// <summary><c>dst</c> = CF, PF and ZF at their places in RFLAGS; so the other three.</summary>
    public static int Comiss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Compare(cpu, dst, (uint)cpu.File[a], (uint)cpu.File[b], FloatFormat.Single, signaling: true);

    public static int Ucomiss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Compare(cpu, dst, (uint)cpu.File[a], (uint)cpu.File[b], FloatFormat.Single, signaling: false);

    public static int Comisd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Compare(cpu, dst, cpu.File[a], cpu.File[b], FloatFormat.Double, signaling: true);

    public static int Ucomisd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Compare(cpu, dst, cpu.File[a], cpu.File[b], FloatFormat.Double, signaling: false);

    private static int Compare(Cpu cpu, int dst, ulong a, ulong b, FloatFormat format, bool signaling)
    {
        var environment = FloatEnvironment.OfMxcsr((uint)cpu[Slots.Mxcsr]);
        var relation = Relate(a, b, format, signaling, ref environment);
        if (!SseArithmetic.TryCommit(cpu, environment))
            return Traps.SimdFloatingPoint;
        cpu.File[dst] = FlagsOf(relation);
        return InstructionSet.NoTrap;
    }

    // ZF 0x40, PF 4, CF 1 (Intel SDM volume 2, COMISD).
    private static ulong FlagsOf(Relation relation) => relation switch
    {
        Relation.Unordered => 0x45,
        Relation.Less => 1,
        Relation.Equal => 0x40,
        _ => 0,
    };

    /// <summary>All ones where the predicate holds.</summary>
    private static ulong Lane(ulong a, ulong b, ulong predicate, FloatFormat format, ref FloatEnvironment environment)
    {
        var relation = Relate(a, b, format, Signals(predicate), ref environment);
        return (Predicates[(int)predicate & 7] & (int)relation) != 0 ? ulong.MaxValue : 0;
    }

    private static Relation Relate(ulong a, ulong b, FloatFormat format, bool signaling, ref FloatEnvironment environment)
    {
        // Single numbers compare as the doubles they become; a signaling NaN or a denormal takes the long way.
        double x = format == FloatFormat.Double ? BitConverter.UInt64BitsToDouble(a) : BitConverter.UInt32BitsToSingle((uint)a);
        double y = format == FloatFormat.Double ? BitConverter.UInt64BitsToDouble(b) : BitConverter.UInt32BitsToSingle((uint)b);
        if (SseRange.IsOrdinary(a, format) && SseRange.IsOrdinary(b, format))
            return x < y ? Relation.Less : x == y ? Relation.Equal : Relation.Greater;
        var left = environment.Unpack(a, format);
        var right = environment.Unpack(b, format);
        if (left.IsNaN || right.IsNaN)
        {
            if (signaling || left.IsSignaling || right.IsSignaling)
                environment.Raise(FloatExceptions.Invalid);
            return Relation.Unordered;
        }
        environment.NoteDenormals(left, right);
        int order = FloatArithmetic.Compare(left, right);
        return order < 0 ? Relation.Less : order == 0 ? Relation.Equal : Relation.Greater;
    }
}
