using System.Buffers.Binary;
using Arch.Arm64.Registers;
using TraceKernel;
using static TraceKernel.Abi.CoreNotes;

namespace Arch.Arm64.Conventions;

/// <summary>Register sets that only arm64 has (ptrace_machdep.c and elf64_machdep.c); both can only be read.</summary>
internal static class MachineRegisterSets
{
    /// <summary>struct arm64_addr_mask: the bits of a code and of a data pointer that are no address.</summary>
    private const int AddressMaskBytes = 16;

    /// <summary>TPIDR_EL0; and the masks of pointer authentication, 0 without it.</summary>
    public static IReadOnlyList<MachineRegisterSet> All { get; } =
    [
        new(NT_ARM_TLS, sizeof(ulong), (cpu, image) => BinaryPrimitives.WriteUInt64LittleEndian(image, cpu[Slots.TpidrEl0]), null),
        new(NT_ARM_ADDR_MASK, AddressMaskBytes, (_, _) => { }, null),
    ];
}
