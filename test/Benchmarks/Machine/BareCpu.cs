using System.Buffers.Binary;
using Arch.Amd64.Lifting;
using Arch.Arm64.Lifting;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Benchmarks.Machine;

/// <summary>What a static program needs to know of a CPU: where its stack is, how it makes system calls.</summary>
internal sealed record BareCpu(
    InstructionSet InstructionSet, int SystemCallTrap, Slot Number, Slot Result, Slot Pointer, Slot Size, Slot Argument, Slot Stack, int Pushed)
{
    private const ushort AArch64 = 183;

    /// <summary>The CPU that an ELF file is for.</summary>
    public static BareCpu Of(ReadOnlySpan<byte> elf) =>
        BinaryPrimitives.ReadUInt16LittleEndian(elf[18..]) == AArch64
            ? new BareCpu(new Arm64InstructionSet(), 1, new Slot(10), new Slot(2), new Slot(3), new Slot(4), new Slot(2), new Slot(33), 0)
            : new BareCpu(new Amd64InstructionSet(), 256, new Slot(2), new Slot(2), new Slot(8), new Slot(4), new Slot(9), new Slot(6), 8);
}
