using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>Integer arithmetic of SSE2 by name: <c>dst</c> = a op b, all pairs of slots.</summary>
internal static class VectorInteger
{
    public static int Paddb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<byte>(a) + cpu.Vector<byte>(b));

    public static int Paddw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<ushort>(a) + cpu.Vector<ushort>(b));

    public static int Paddd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<uint>(a) + cpu.Vector<uint>(b));

    public static int Psubb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<byte>(a) - cpu.Vector<byte>(b));

    public static int Psubw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<ushort>(a) - cpu.Vector<ushort>(b));

    public static int Psubd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<uint>(a) - cpu.Vector<uint>(b));

    public static int Paddsb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.AddSaturate(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static int Paddsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.AddSaturate(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static int Paddusb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.AddSaturate(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static int Paddusw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.AddSaturate(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static int Psubsb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.SubtractSaturate(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static int Psubsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.SubtractSaturate(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static int Psubusb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.SubtractSaturate(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static int Psubusw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.SubtractSaturate(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static int Pmullw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, cpu.Vector<ushort>(a) * cpu.Vector<ushort>(b));

    public static int Pmulhw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<short>(a), cpu.Vector<short>(b));
        var low = (Vector128.WidenLower(x) * Vector128.WidenLower(y)) >> 16;
        var high = (Vector128.WidenUpper(x) * Vector128.WidenUpper(y)) >> 16;
        return cpu.SetVector(dst, Vector128.Narrow(low, high));
    }

    public static int Pmulhuw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<ushort>(a), cpu.Vector<ushort>(b));
        var low = (Vector128.WidenLower(x) * Vector128.WidenLower(y)) >> 16;
        var high = (Vector128.WidenUpper(x) * Vector128.WidenUpper(y)) >> 16;
        return cpu.SetVector(dst, Vector128.Narrow(low, high));
    }

    public static int Pmuludq(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var mask = Vector128.Create((ulong)uint.MaxValue);
        return cpu.SetVector(dst, (cpu.Vector<ulong>(a) & mask) * (cpu.Vector<ulong>(b) & mask));
    }

    public static int Pmaddwd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<int>(a), cpu.Vector<int>(b));
        return cpu.SetVector(dst, ((x << 16) >> 16) * ((y << 16) >> 16) + (x >> 16) * (y >> 16));
    }

    public static int Pavgb(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<byte>(a), cpu.Vector<byte>(b));
        // The rounded mean without a carry: x | y is what both have plus what either has, of which half is too much.
        return cpu.SetVector(dst, (x | y) - ((x ^ y) >> 1));
    }

    public static int Pavgw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<ushort>(a), cpu.Vector<ushort>(b));
        return cpu.SetVector(dst, (x | y) - ((x ^ y) >> 1));
    }

    public static int Psadbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<byte>(a), cpu.Vector<byte>(b));
        var difference = Vector128.Max(x, y) - Vector128.Min(x, y);
        ulong low = Vector128.Sum(Vector128.WidenLower(difference)), high = Vector128.Sum(Vector128.WidenUpper(difference));
        return cpu.SetVector(dst, Vector128.Create(low, high));
    }

    public static int Pminub(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Min(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static int Pmaxub(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Max(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static int Pminsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Min(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static int Pmaxsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Max(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static int Pcmpeqb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Equals(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static int Pcmpeqw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Equals(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static int Pcmpeqd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Equals(cpu.Vector<uint>(a), cpu.Vector<uint>(b)));

    public static int Pcmpgtb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.GreaterThan(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static int Pcmpgtw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.GreaterThan(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static int Pcmpgtd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.GreaterThan(cpu.Vector<int>(a), cpu.Vector<int>(b)));
}
