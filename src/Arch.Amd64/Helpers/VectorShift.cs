using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// Shifts of SSE2 by name: <c>dst</c> = a shifted by the 64-bit number in slot b plus the immediate (one of which is 0). A count past the
/// lane's width leaves zeros, or copies of the sign.
/// </summary>
internal static class VectorShift
{
    public static int Psllw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Count(cpu, b, immediate, 16) is var n and < 16 ? cpu.Vector<ushort>(a) << n : default);

    public static int Pslld(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Count(cpu, b, immediate, 32) is var n and < 32 ? cpu.Vector<uint>(a) << n : default);

    public static int Psllq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Count(cpu, b, immediate, 64) is var n and < 64 ? cpu.Vector<ulong>(a) << n : default);

    public static int Psrlw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Count(cpu, b, immediate, 16) is var n and < 16 ? cpu.Vector<ushort>(a) >>> n : default);

    public static int Psrld(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Count(cpu, b, immediate, 32) is var n and < 32 ? cpu.Vector<uint>(a) >>> n : default);

    public static int Psrlq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Count(cpu, b, immediate, 64) is var n and < 64 ? cpu.Vector<ulong>(a) >>> n : default);

    public static int Psraw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<short>(a) >> Count(cpu, b, immediate, 15));

    public static int Psrad(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<int>(a) >> Count(cpu, b, immediate, 31));

    private static int Count(Cpu cpu, int slot, ulong immediate, ulong limit) => (int)Math.Min(cpu.File[slot] + immediate, limit);
}
