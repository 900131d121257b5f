using TraceKernel.Machine.Memory;

namespace TraceKernel.Loading;

/// <summary>Elf64_Phdr of a PT_LOAD with a size: a part of the file that becomes memory.</summary>
/// <param name="Offset">p_offset in bytes.</param>
/// <param name="Address">p_vaddr, before the load address is added.</param>
/// <param name="FileSize">p_filesz in bytes.</param>
/// <param name="MemorySize">p_memsz in bytes; what exceeds the file's part is zero.</param>
/// <param name="Protection">p_flags as VM_PROT_*.</param>
public readonly record struct ElfSegment(ulong Offset, ulong Address, ulong FileSize, ulong MemorySize, Access Protection)
{
    /// <summary>Address of its first page.</summary>
    public ulong FirstPage => Address & ~(ulong)(Frame.Size - 1);

    /// <summary>Address after its last page.</summary>
    public ulong End => (Address + MemorySize + Frame.Size - 1) & ~(ulong)(Frame.Size - 1);
}
