using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// Shifts of SSE2 by name: <c>dst</c> = a shifted by the 64-bit number in slot b plus the immediate (one of which is 0). A count past the
/// lane's width leaves zeros, or copies of the sign.
/// </summary>
internal static class VectorShift
{
    public static int Psllw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psllw(cpu.Vector<ushort>(a), cpu.File[b], immediate));

    public static Vector128<ushort> Psllw(Vector128<ushort> a, ulong b, ulong immediate) =>
        Count(b, immediate, 16) is var n and < 16 ? a << n : default;

    public static int Pslld(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pslld(cpu.Vector<uint>(a), cpu.File[b], immediate));

    public static Vector128<uint> Pslld(Vector128<uint> a, ulong b, ulong immediate) =>
        Count(b, immediate, 32) is var n and < 32 ? a << n : default;

    public static int Psllq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psllq(cpu.Vector<ulong>(a), cpu.File[b], immediate));

    public static Vector128<ulong> Psllq(Vector128<ulong> a, ulong b, ulong immediate) =>
        Count(b, immediate, 64) is var n and < 64 ? a << n : default;

    public static int Psrlw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psrlw(cpu.Vector<ushort>(a), cpu.File[b], immediate));

    public static Vector128<ushort> Psrlw(Vector128<ushort> a, ulong b, ulong immediate) =>
        Count(b, immediate, 16) is var n and < 16 ? a >>> n : default;

    public static int Psrld(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psrld(cpu.Vector<uint>(a), cpu.File[b], immediate));

    public static Vector128<uint> Psrld(Vector128<uint> a, ulong b, ulong immediate) =>
        Count(b, immediate, 32) is var n and < 32 ? a >>> n : default;

    public static int Psrlq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psrlq(cpu.Vector<ulong>(a), cpu.File[b], immediate));

    public static Vector128<ulong> Psrlq(Vector128<ulong> a, ulong b, ulong immediate) =>
        Count(b, immediate, 64) is var n and < 64 ? a >>> n : default;

    public static int Psraw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psraw(cpu.Vector<short>(a), cpu.File[b], immediate));

    public static Vector128<short> Psraw(Vector128<short> a, ulong b, ulong immediate) =>
        a >> Count(b, immediate, 15);

    public static int Psrad(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psrad(cpu.Vector<int>(a), cpu.File[b], immediate));

    public static Vector128<int> Psrad(Vector128<int> a, ulong b, ulong immediate) =>
        a >> Count(b, immediate, 31);

    private static int Count(ulong b, ulong immediate, ulong limit) => (int)Math.Min(b + immediate, limit);
}
