using System.Buffers.Binary;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using TraceKernel.Ptrace;

namespace Arch.Arm64.Tests.Conventions;

/// <summary>A CPU in the middle of a user program, each register with a value of its own, and its images.</summary>
internal static class Program
{
    public const ulong Pc = 0x21_1234, Stack = 0xffff_ffff_e000;

    /// <summary>The machine-dependent half as 13 and 14 have it, and as 12 had.</summary>
    public static readonly Arm64 Newer = Of(Personality.FreeBsd13), Older = Of(Personality.FreeBsd11);

    private static readonly AddressSpace Memory = new(new PhysicalMemory(1 << 20), Newer.InstructionSet.AddressBits);

    public static Arm64 Of(bool newer) => newer ? Newer : Older;

    /// <summary>A program at its first instruction.</summary>
    public static Cpu Fresh()
    {
        var cpu = new Cpu(Newer.InstructionSet) { Memory = Memory };
        Newer.ExecSetRegisters(cpu, Pc, Stack);
        return cpu;
    }

    /// <summary>A program whose every register has been given a value.</summary>
    public static Cpu Busy(int seed = 1)
    {
        var random = new Random(seed);
        var cpu = Fresh();
        for (var number = 0; number < 31; number++) cpu[Slots.General(number)] = (ulong)random.NextInt64() | 1;
        cpu[Slots.Sp] = Stack - 0x100;
        cpu[Slots.TpidrEl0] = 0x8_0000_1000;
        cpu[Slots.N] = cpu[Slots.C] = 1;
        var image = new byte[RegisterTable.FpRegBytes];
        random.NextBytes(image);
        _ = Newer.SetFpRegs(cpu, image);
        return cpu;
    }

    public static byte[] Regs(Cpu cpu)
    {
        var reg = new byte[RegisterTable.RegBytes];
        Newer.FillRegs(cpu, reg);
        return reg;
    }

    public static byte[] FpRegs(Cpu cpu)
    {
        var fpreg = new byte[RegisterTable.FpRegBytes];
        Newer.FillFpRegs(cpu, fpreg);
        return fpreg;
    }

    public static byte[] DbRegs(Cpu cpu)
    {
        var dbreg = new byte[RegisterTable.DbRegBytes];
        Newer.FillDbRegs(cpu, dbreg);
        return dbreg;
    }

    public static ulong Word(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(image[offset..]);

    public static uint Half(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image[offset..]);

    public static void SetWord(Span<byte> image, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(image[offset..], value);

    private static Arm64 Of(Personality personality)
    {
        var architecture = new Arm64();
        architecture.Startup(personality.Machine);
        return architecture;
    }
}
