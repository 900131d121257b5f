using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>The instructions of SSSE3 by name: <c>dst</c> = f(a, b, immediate), all pairs of slots.</summary>
internal static class VectorSupplement
{
    /// <summary>An index with its top bit set, which is beyond all lanes, gives 0.</summary>
    public static int Pshufb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Shuffle(cpu.Vector<byte>(a), cpu.Vector<byte>(b) & Vector128.Create((byte)0x8f)));

    public static int Phaddw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Add(Evens(cpu, a, b), Odds(cpu, a, b)));

    public static int Phaddsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.AddSaturate(Evens(cpu, a, b), Odds(cpu, a, b)));

    public static int Phsubw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Subtract(Evens(cpu, a, b), Odds(cpu, a, b)));

    public static int Phsubsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.SubtractSaturate(Evens(cpu, a, b), Odds(cpu, a, b)));

    public static int Phaddd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, EvenDoublewords(cpu, a, b) + OddDoublewords(cpu, a, b));

    public static int Phsubd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, EvenDoublewords(cpu, a, b) - OddDoublewords(cpu, a, b));

    public static int Psignb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Signed(cpu.Vector<sbyte>(a), cpu.Vector<sbyte>(b)));

    public static int Psignw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Signed(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static int Psignd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Signed(cpu.Vector<int>(a), cpu.Vector<int>(b)));

    public static int Pabsb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Abs(cpu.Vector<sbyte>(b)));

    public static int Pabsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Abs(cpu.Vector<short>(b)));

    public static int Pabsd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Abs(cpu.Vector<int>(b)));

    /// <summary>Unsigned bytes of a times signed bytes of b, neighbours added and saturated.</summary>
    public static int Pmaddubsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<ushort>(a), cpu.Vector<short>(b));
        var even = (x & Vector128.Create((ushort)0xff)).AsInt16() * ((y << 8) >> 8);
        var odd = (x >> 8).AsInt16() * (y >> 8);
        return cpu.SetVector(dst, Vector128.AddSaturate(even, odd));
    }

    /// <summary>Bits 15–30 of the products, rounded.</summary>
    public static int Pmulhrsw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<short>(a), cpu.Vector<short>(b));
        var low = Rounded(Vector128.WidenLower(x) * Vector128.WidenLower(y));
        var high = Rounded(Vector128.WidenUpper(x) * Vector128.WidenUpper(y));
        return cpu.SetVector(dst, Vector128.Narrow(low, high));
    }

    /// <summary>Sixteen bytes of a above b, from byte number immediate on.</summary>
    public static int Palignr(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<byte> joined = stackalloc byte[48];
        joined.Clear();
        cpu.Vector<byte>(b).CopyTo(joined);
        cpu.Vector<byte>(a).CopyTo(joined[16..]);
        return cpu.SetVector(dst, Vector128.Create<byte>(joined.Slice((int)Math.Min(immediate, 32), 16)));
    }

    private static Vector128<int> Rounded(Vector128<int> product) => ((product >> 14) + Vector128<int>.One) >> 1;

    private static Vector128<T> Signed<T>(Vector128<T> value, Vector128<T> sign) =>
        Vector128.ConditionalSelect(Vector128.LessThan(sign, Vector128<T>.Zero), -value, value) & ~Vector128.Equals(sign, Vector128<T>.Zero);

    private static Vector128<short> Evens(Cpu cpu, int a, int b) => Vector128.Narrow(cpu.Vector<int>(a), cpu.Vector<int>(b));

    private static Vector128<short> Odds(Cpu cpu, int a, int b) => Vector128.Narrow(cpu.Vector<int>(a) >> 16, cpu.Vector<int>(b) >> 16);

    private static Vector128<int> EvenDoublewords(Cpu cpu, int a, int b) => Vector128.Narrow(cpu.Vector<long>(a), cpu.Vector<long>(b));

    private static Vector128<int> OddDoublewords(Cpu cpu, int a, int b) => Vector128.Narrow(cpu.Vector<long>(a) >> 32, cpu.Vector<long>(b) >> 32);
}
