using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>Shuffles, interleaves and packs of SSE and SSE2 by name: <c>dst</c> = f(a, b, immediate), all pairs of slots.</summary>
internal static class VectorShuffle
{
    public static int Pshufd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Pshufd(cpu.Vector<uint>(b), immediate));

    public static Vector128<uint> Pshufd(Vector128<uint> b, ulong immediate) => Vector128.Shuffle(
        b, Vector128.Create((uint)immediate & 3, (uint)(immediate >> 2) & 3, (uint)(immediate >> 4) & 3, (uint)(immediate >> 6) & 3));

    public static int Pshuflw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Create(Words(cpu.File[b], immediate), cpu.File[b + 1]));

    public static int Pshufhw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.Create(cpu.File[b], Words(cpu.File[b + 1], immediate)));

    /// <summary>The MMX shuffle: one slot.</summary>
    public static int Pshufw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = Words(cpu.File[b], immediate);
        return InstructionSet.NoTrap;
    }

    public static int Shufps(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Shufps(cpu.Vector<uint>(a), cpu.Vector<uint>(b), immediate));

    public static Vector128<uint> Shufps(Vector128<uint> a, Vector128<uint> b, ulong immediate)
    {
        uint first = (uint)immediate & 3, second = (uint)(immediate >> 2) & 3, third = (uint)(immediate >> 4) & 3, fourth = (uint)(immediate >> 6) & 3;
        var low = Vector128.Shuffle(a, Vector128.Create(first, second, first, second));
        var high = Vector128.Shuffle(b, Vector128.Create(third, fourth, third, fourth));
        return Vector128.Create(low.GetLower(), high.GetLower());
    }

    public static int Punpcklbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Punpcklbw(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<ushort> Punpcklbw(Vector128<byte> a, Vector128<byte> b) => Vector128.WidenLower(a) | (Vector128.WidenLower(b) << 8);

    public static int Punpckhbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Punpckhbw(cpu.Vector<byte>(a), cpu.Vector<byte>(b)));

    public static Vector128<ushort> Punpckhbw(Vector128<byte> a, Vector128<byte> b) => Vector128.WidenUpper(a) | (Vector128.WidenUpper(b) << 8);

    public static int Punpcklwd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Punpcklwd(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<uint> Punpcklwd(Vector128<ushort> a, Vector128<ushort> b) => Vector128.WidenLower(a) | (Vector128.WidenLower(b) << 16);

    public static int Punpckhwd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Punpckhwd(cpu.Vector<ushort>(a), cpu.Vector<ushort>(b)));

    public static Vector128<uint> Punpckhwd(Vector128<ushort> a, Vector128<ushort> b) => Vector128.WidenUpper(a) | (Vector128.WidenUpper(b) << 16);

    public static int Punpckldq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Punpckldq(cpu.Vector<uint>(a), cpu.Vector<uint>(b)));

    public static Vector128<ulong> Punpckldq(Vector128<uint> a, Vector128<uint> b) => Vector128.WidenLower(a) | (Vector128.WidenLower(b) << 32);

    public static int Punpckhdq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Punpckhdq(cpu.Vector<uint>(a), cpu.Vector<uint>(b)));

    public static Vector128<ulong> Punpckhdq(Vector128<uint> a, Vector128<uint> b) => Vector128.WidenUpper(a) | (Vector128.WidenUpper(b) << 32);

    public static int Packsswb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Packsswb(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static Vector128<sbyte> Packsswb(Vector128<short> a, Vector128<short> b) => Vector128.NarrowWithSaturation(a, b);

    public static int Packssdw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Packssdw(cpu.Vector<int>(a), cpu.Vector<int>(b)));

    public static Vector128<short> Packssdw(Vector128<int> a, Vector128<int> b) => Vector128.NarrowWithSaturation(a, b);

    public static int Packuswb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Packuswb(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static Vector128<byte> Packuswb(Vector128<short> a, Vector128<short> b) => Vector128.NarrowWithSaturation(NotNegative(a), NotNegative(b));

    /// <summary><c>dst</c> = the sign bits of b's bytes, zero-extended.</summary>
    public static int Pmovmskb(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = Pmovmskb(cpu.Vector<byte>(b));
        return InstructionSet.NoTrap;
    }

    public static ulong Pmovmskb(Vector128<byte> b) => b.ExtractMostSignificantBits();

    /// <summary><c>dst</c> = the sign bits of b's singles, zero-extended.</summary>
    public static int Movmskps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = Movmskps(cpu.Vector<uint>(b));
        return InstructionSet.NoTrap;
    }

    public static ulong Movmskps(Vector128<uint> b) => b.ExtractMostSignificantBits();

    /// <summary>
    /// Stores those bytes of a whose byte in b has its sign bit set, to the address in slot c; the immediate is 16, or 8 for the MMX form.
    /// Bytes not selected are not accessed at all.
    /// </summary>
    public static int Maskmov(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        uint mask = cpu.Vector<byte>(b).ExtractMostSignificantBits();
        var source = cpu.Vector<byte>(a);
        ulong address = cpu.File[c];
        for (int i = 0; i < (int)immediate; i++)
        {
            if ((mask >> i & 1) != 0 && !cpu.TryStore(address + (uint)i, 1, source[i]))
                return InstructionSet.MemoryFault;
        }
        return InstructionSet.NoTrap;
    }

    private static Vector128<ushort> NotNegative(Vector128<short> value) => Vector128.Max(value, Vector128<short>.Zero).AsUInt16();

    private static int Field(ulong immediate, int number) => (int)(immediate >> (2 * number)) & 3;

    private static ulong Words(ulong source, ulong order)
    {
        ulong result = 0;
        for (int i = 0; i < 4; i++)
            result |= (source >> (16 * Field(order, i)) & 0xffff) << (16 * i);
        return result;
    }
}
