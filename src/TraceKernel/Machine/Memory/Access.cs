namespace TraceKernel.Machine.Memory;

/// <summary>What may be done to a page, or is being done to memory; the values are FreeBSD's VM_PROT_*.</summary>
[Flags]
public enum Access : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
    ReadWrite = Read | Write,
    All = Read | Write | Execute,
}
