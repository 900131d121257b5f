using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>A CPU in the middle of a user program, each register with a value of its own, and its images.</summary>
internal static class Program
{
    public const ulong Pc = 0x20_1234, Stack = 0x7fff_ffff_e000;

    public static readonly Amd64 Architecture = new();

    /// <summary>A page that is there, to be read only.</summary>
    public const ulong Page = 0x30_0000;

    private static readonly AddressSpace Memory = MakeMemory();

    /// <summary>A program at its first instruction.</summary>
    public static Cpu Fresh()
    {
        var cpu = new Cpu(Architecture.InstructionSet) { Memory = Memory };
        Architecture.ExecSetRegisters(cpu, Pc, Stack);
        return cpu;
    }

    private static AddressSpace MakeMemory()
    {
        var memory = new AddressSpace(new PhysicalMemory(1 << 20), Architecture.InstructionSet.AddressBits);
        memory.Enter(Page, memory.Memory.TryAllocate()!, Access.Read);
        return memory;
    }

    /// <summary>A program whose every register has been given a value.</summary>
    public static Cpu Busy(int seed = 1)
    {
        var random = new Random(seed);
        var cpu = Fresh();
        for (var number = 0; number < 16; number++) cpu[Slots.General(number)] = (ulong)random.NextInt64() | 1;
        cpu[Slots.Rsp] = Stack - 0x101;
        cpu[Slots.FsBase] = 0x8_0000_1000;
        cpu[Slots.GsBase] = 0x8_0000_2000;
        cpu[Slots.CF] = cpu[Slots.ZF] = cpu[Slots.DF] = cpu[Slots.ID] = 1;
        var image = new byte[512];
        random.NextBytes(image);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(24), 0x1fa0);
        _ = Architecture.SetFpRegs(cpu, image);
        Architecture.ReturnToUser(cpu);
        return cpu;
    }

    public static byte[] Regs(Cpu cpu)
    {
        var reg = new byte[176];
        Architecture.FillRegs(cpu, reg);
        return reg;
    }

    public static byte[] FpRegs(Cpu cpu)
    {
        var fpreg = new byte[512];
        Architecture.FillFpRegs(cpu, fpreg);
        return fpreg;
    }

    public static byte[] DbRegs(Cpu cpu)
    {
        var dbreg = new byte[128];
        Architecture.FillDbRegs(cpu, dbreg);
        return dbreg;
    }

    public static ulong Word(byte[] image, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(offset));

    public static void SetWord(byte[] image, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(offset), value);
}
