using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// Integer arithmetic of SSE2 by name: <c>dst</c> = a op b, all pairs of slots, and what that is as a function of vectors.
/// </summary>
internal static class VectorInteger
{
    public static int Paddb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Paddb(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<byte> Paddb(Vector128<byte> a, Vector128<byte> b) => a + b;

    public static int Paddw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Paddw(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<ushort> Paddw(Vector128<ushort> a, Vector128<ushort> b) => a + b;

    public static int Paddd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Paddd(cpu.Vector<uint>(a), cpu.Vector<uint>(b)));

    public static Vector128<uint> Paddd(Vector128<uint> a, Vector128<uint> b) => a + b;

    public static int Psubb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psubb(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<byte> Psubb(Vector128<byte> a, Vector128<byte> b) => a - b;

    public static int Psubw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psubw(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<ushort> Psubw(Vector128<ushort> a, Vector128<ushort> b) => a - b;

    public static int Psubd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psubd(cpu.Vector<uint>(a), cpu.Vector<uint>(b)));

    public static Vector128<uint> Psubd(Vector128<uint> a, Vector128<uint> b) => a - b;

    public static int Paddsb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Paddsb(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static Vector128<sbyte> Paddsb(Vector128<sbyte> a, Vector128<sbyte> b) => Vector128.AddSaturate(a, b);

    public static int Paddsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Paddsw(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static Vector128<short> Paddsw(Vector128<short> a, Vector128<short> b) => Vector128.AddSaturate(a, b);

    public static int Paddusb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Paddusb(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<byte> Paddusb(Vector128<byte> a, Vector128<byte> b) => Vector128.AddSaturate(a, b);

    public static int Paddusw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Paddusw(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<ushort> Paddusw(Vector128<ushort> a, Vector128<ushort> b) => Vector128.AddSaturate(a, b);

    public static int Psubsb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psubsb(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static Vector128<sbyte> Psubsb(Vector128<sbyte> a, Vector128<sbyte> b) => Vector128.SubtractSaturate(a, b);

    public static int Psubsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psubsw(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static Vector128<short> Psubsw(Vector128<short> a, Vector128<short> b) => Vector128.SubtractSaturate(a, b);

    public static int Psubusb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psubusb(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<byte> Psubusb(Vector128<byte> a, Vector128<byte> b) => Vector128.SubtractSaturate(a, b);

    public static int Psubusw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psubusw(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<ushort> Psubusw(Vector128<ushort> a, Vector128<ushort> b) => Vector128.SubtractSaturate(a, b);

    public static int Pmullw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pmullw(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<ushort> Pmullw(Vector128<ushort> a, Vector128<ushort> b) => a * b;

    public static int Pmulhw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pmulhw(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static Vector128<short> Pmulhw(Vector128<short> a, Vector128<short> b)
    {
        var low = (Vector128.WidenLower(a) * Vector128.WidenLower(b)) >> 16;
        var high = (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)) >> 16;
        return Vector128.Narrow(low, high);
    }

    public static int Pmulhuw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pmulhuw(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<ushort> Pmulhuw(Vector128<ushort> a, Vector128<ushort> b)
    {
        var low = (Vector128.WidenLower(a) * Vector128.WidenLower(b)) >> 16;
        var high = (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)) >> 16;
        return Vector128.Narrow(low, high);
    }

    public static int Pmuludq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pmuludq(cpu.Vector<ulong>(a), cpu.Vector<ulong>(b)));

    public static Vector128<ulong> Pmuludq(Vector128<ulong> a, Vector128<ulong> b)
    {
        var mask = Vector128.Create((ulong)uint.MaxValue);
        return (a & mask) * (b & mask);
    }

    public static int Pmaddwd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pmaddwd(cpu.Vector<int>(a), cpu.Vector<int>(b)));

    public static Vector128<int> Pmaddwd(Vector128<int> a, Vector128<int> b) => ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);

    public static int Pavgb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pavgb(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    // The rounded mean without a carry: a | b is what both have plus what either has, of which half is too much.
    public static Vector128<byte> Pavgb(Vector128<byte> a, Vector128<byte> b) => (a | b) - ((a ^ b) >> 1);

    public static int Pavgw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pavgw(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<ushort> Pavgw(Vector128<ushort> a, Vector128<ushort> b) => (a | b) - ((a ^ b) >> 1);

    public static int Psadbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Psadbw(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<ulong> Psadbw(Vector128<byte> a, Vector128<byte> b)
    {
        var difference = Vector128.Max(a, b) - Vector128.Min(a, b);
        ulong low = Vector128.Sum(Vector128.WidenLower(difference)), high = Vector128.Sum(Vector128.WidenUpper(difference));
        return Vector128.Create(low, high);
    }

    public static int Pminub(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pminub(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<byte> Pminub(Vector128<byte> a, Vector128<byte> b) => Vector128.Min(a, b);

    public static int Pmaxub(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pmaxub(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<byte> Pmaxub(Vector128<byte> a, Vector128<byte> b) => Vector128.Max(a, b);

    public static int Pminsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pminsw(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static Vector128<short> Pminsw(Vector128<short> a, Vector128<short> b) => Vector128.Min(a, b);

    public static int Pmaxsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pmaxsw(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static Vector128<short> Pmaxsw(Vector128<short> a, Vector128<short> b) => Vector128.Max(a, b);

    public static int Pcmpeqb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pcmpeqb(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<byte> Pcmpeqb(Vector128<byte> a, Vector128<byte> b) => Vector128.Equals(a, b);

    public static int Pcmpeqw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pcmpeqw(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<ushort> Pcmpeqw(Vector128<ushort> a, Vector128<ushort> b) => Vector128.Equals(a, b);

    public static int Pcmpeqd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pcmpeqd(cpu.Vector<uint>(a), cpu.Vector<uint>(b)));

    public static Vector128<uint> Pcmpeqd(Vector128<uint> a, Vector128<uint> b) => Vector128.Equals(a, b);

    public static int Pcmpgtb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pcmpgtb(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static Vector128<sbyte> Pcmpgtb(Vector128<sbyte> a, Vector128<sbyte> b) => Vector128.GreaterThan(a, b);

    public static int Pcmpgtw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pcmpgtw(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static Vector128<short> Pcmpgtw(Vector128<short> a, Vector128<short> b) => Vector128.GreaterThan(a, b);

    public static int Pcmpgtd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pcmpgtd(cpu.Vector<int>(a), cpu.Vector<int>(b)));

    public static Vector128<int> Pcmpgtd(Vector128<int> a, Vector128<int> b) => Vector128.GreaterThan(a, b);
}
