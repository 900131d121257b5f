using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>Shuffles, interleaves and packs of SSE and SSE2 by name: <c>dst</c> = f(a, b, immediate), all pairs of slots.</summary>
internal static class VectorShuffle
{
    public static int Pshufd(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var source = cpu.Vector<uint>(b);
        return cpu.SetVector(dst, Vector128.Create(
            source[Field(immediate, 0)], source[Field(immediate, 1)], source[Field(immediate, 2)], source[Field(immediate, 3)]));
    }

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

    public static int Shufps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<uint>(a), cpu.Vector<uint>(b));
        return cpu.SetVector(dst, Vector128.Create(
            x[Field(immediate, 0)], x[Field(immediate, 1)], y[Field(immediate, 2)], y[Field(immediate, 3)]));
    }

    public static int Punpcklbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<byte>(a)) | (Vector128.WidenLower(cpu.Vector<byte>(b)) << 8));

    public static int Punpckhbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenUpper(cpu.Vector<byte>(a)) | (Vector128.WidenUpper(cpu.Vector<byte>(b)) << 8));

    public static int Punpcklwd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<ushort>(a)) | (Vector128.WidenLower(cpu.Vector<ushort>(b)) << 16));

    public static int Punpckhwd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenUpper(cpu.Vector<ushort>(a)) | (Vector128.WidenUpper(cpu.Vector<ushort>(b)) << 16));

    public static int Punpckldq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenLower(cpu.Vector<uint>(a)) | (Vector128.WidenLower(cpu.Vector<uint>(b)) << 32));

    public static int Punpckhdq(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.WidenUpper(cpu.Vector<uint>(a)) | (Vector128.WidenUpper(cpu.Vector<uint>(b)) << 32));

    public static int Packsswb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.NarrowWithSaturation(cpu.Vector<short>(a), cpu.Vector<short>(b)));

    public static int Packssdw(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.NarrowWithSaturation(cpu.Vector<int>(a), cpu.Vector<int>(b)));

    public static int Packuswb(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        cpu.SetVector(dst, Vector128.NarrowWithSaturation(NotNegative(cpu.Vector<short>(a)), NotNegative(cpu.Vector<short>(b))));

    /// <summary><c>dst</c> = the sign bits of b's bytes, zero-extended.</summary>
    public static int Pmovmskb(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = cpu.Vector<byte>(b).ExtractMostSignificantBits();
        return InstructionSet.NoTrap;
    }

    /// <summary><c>dst</c> = the sign bits of b's singles, zero-extended.</summary>
    public static int Movmskps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = cpu.Vector<uint>(b).ExtractMostSignificantBits();
        return InstructionSet.NoTrap;
    }

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
