using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// RCPPS and RSQRTPS. Processors differ in their last bits within a relative error of 1.5 × 2^−12; here the answer is the exact one cut to
/// 13 bits, the same on every host. Denormal operands are zeros, denormal results are flushed, no exception is raised.
/// </summary>
internal static class SseApproximation
{
    private const uint Kept = 0xffff_f800;
    private const uint QuietBit = 1U << 22;

    public static int Rcpss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => SetLow(cpu, dst, Reciprocal((uint)cpu.File[b]));

    public static int Rsqrtss(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => SetLow(cpu, dst, ReciprocalRoot((uint)cpu.File[b]));

    public static int Rcpps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var source = cpu.Vector<uint>(b);
        return cpu.SetVector(dst, Vector128.Create(Reciprocal(source[0]), Reciprocal(source[1]), Reciprocal(source[2]), Reciprocal(source[3])));
    }

    public static int Rsqrtps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var source = cpu.Vector<uint>(b);
        return cpu.SetVector(dst, Vector128.Create(
            ReciprocalRoot(source[0]), ReciprocalRoot(source[1]), ReciprocalRoot(source[2]), ReciprocalRoot(source[3])));
    }

    private static uint Reciprocal(uint bits)
    {
        var value = Operand(bits);
        if (value.IsNaN)
            return bits | QuietBit;
        uint sign = bits & 0x8000_0000;
        if (value.Class != FloatClass.Finite)
            return sign | (value.Class == FloatClass.Zero ? 0x7f80_0000u : 0);
        float result = (float)(1.0 / BitConverter.UInt32BitsToSingle(bits));
        return float.IsNormal(result) ? BitConverter.SingleToUInt32Bits(result) & Kept : sign;
    }

    private static uint ReciprocalRoot(uint bits)
    {
        var value = Operand(bits);
        if (value.IsNaN)
            return bits | QuietBit;
        if (value.Class == FloatClass.Zero)
            return bits & 0x8000_0000 | 0x7f80_0000;
        if (value.Negative)
            return 0xffc0_0000;
        if (value.Class == FloatClass.Infinity)
            return 0;
        return BitConverter.SingleToUInt32Bits((float)(1.0 / Math.Sqrt(BitConverter.UInt32BitsToSingle(bits)))) & Kept;
    }

    private static FloatValue Operand(uint bits)
    {
        var value = FloatFormat.Single.Unpack(bits);
        return value.IsDenormal ? FloatValue.Zero(value.Negative) : value;
    }

    private static int SetLow(Cpu cpu, int dst, uint single)
    {
        cpu.File[dst] = (cpu.File[dst] & ~(ulong)uint.MaxValue) | single;
        return InstructionSet.NoTrap;
    }
}
