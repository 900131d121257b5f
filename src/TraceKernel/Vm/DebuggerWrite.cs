namespace TraceKernel.Vm;

/// <summary>What proc_rwmem needs of a page that a debugger writes; kernels differ.</summary>
public enum DebuggerWrite
{
    /// <summary>VM_PROT_COPY: the program may read it, and it is private or might be made writable.</summary>
    Copy,
    /// <summary>VM_PROT_OVERRIDE_WRITE: it might be made writable.</summary>
    Override,
    /// <summary>The same, and it might be made readable (procfs_rwmem of DragonFly).</summary>
    OverrideReadable,
}
