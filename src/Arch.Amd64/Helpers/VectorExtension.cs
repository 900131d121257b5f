using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>Integer instructions of SSE4.1 and SSE4.2 by name: <c>dst</c> = f(a, b, c), all pairs of slots.</summary>
internal static class VectorExtension
{
    public static int Pcmpeqq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Equals(cpu.Vector<ulong>(a), cpu.Vector<ulong>(b)));

    public static int Pcmpgtq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.GreaterThan(cpu.Vector<long>(a), cpu.Vector<long>(b)));

    public static int Packusdw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.NarrowWithSaturation(NotNegative(cpu.Vector<int>(a)), NotNegative(cpu.Vector<int>(b))));

    public static int Pmulld(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<uint>(a) * cpu.Vector<uint>(b));

    public static int Pmuldq(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<int>(a), cpu.Vector<int>(b));
        return cpu.SetVector(dst, Vector128.Create((long)x[0] * y[0], (long)x[2] * y[2]));
    }

    public static int Pminsb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Min(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static int Pmaxsb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Max(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static int Pminsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Min(cpu.Vector<int>(a), cpu.Vector<int>(b)));

    public static int Pmaxsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Max(cpu.Vector<int>(a), cpu.Vector<int>(b)));

    public static int Pminuw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Min(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static int Pmaxuw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Max(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static int Pminud(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Min(cpu.Vector<uint>(a), cpu.Vector<uint>(b)));

    public static int Pmaxud(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Max(cpu.Vector<uint>(a), cpu.Vector<uint>(b)));

    public static int Pmovsxbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<sbyte>(b)));

    public static int Pmovzxbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<byte>(b)));

    public static int Pmovsxwd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<short>(b)));

    public static int Pmovzxwd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<ushort>(b)));

    public static int Pmovsxdq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<int>(b)));

    public static int Pmovzxdq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<uint>(b)));

    public static int Pmovsxbd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(Vector128.WidenLower(cpu.Vector<sbyte>(b))));

    public static int Pmovzxbd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(Vector128.WidenLower(cpu.Vector<byte>(b))));

    public static int Pmovsxwq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(Vector128.WidenLower(cpu.Vector<short>(b))));

    public static int Pmovzxwq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(Vector128.WidenLower(cpu.Vector<ushort>(b))));

    public static int Pmovsxbq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(Vector128.WidenLower(Vector128.WidenLower(cpu.Vector<sbyte>(b)))));

    public static int Pmovzxbq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(Vector128.WidenLower(Vector128.WidenLower(cpu.Vector<byte>(b)))));

    /// <summary>Lanes of b where c's sign is set, otherwise of a.</summary>
    public static int Pblendvb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Chosen<sbyte>(cpu, a, b, c));

    public static int Blendvps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Chosen<int>(cpu, a, b, c));

    public static int Blendvpd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Chosen<long>(cpu, a, b, c));

    private static Vector128<T> Chosen<T>(Cpu cpu, int a, int b, int c) =>
        Vector128.ConditionalSelect(Vector128.LessThan(cpu.Vector<T>(c), Vector128<T>.Zero), cpu.Vector<T>(b), cpu.Vector<T>(a));

    private static Vector128<uint> NotNegative(Vector128<int> value) => Vector128.Max(value, Vector128<int>.Zero).AsUInt32();
}
