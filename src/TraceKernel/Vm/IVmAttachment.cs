namespace TraceKernel.Vm;

/// <summary>Something that is known by where an address space shows it, and follows the space: vm_shm of struct vmspace.</summary>
internal interface IVmAttachment
{
    /// <summary>shmfork: the space has a copy, which shows it too.</summary>
    void Forked();

    /// <summary>shmexit: the space is gone, and its mappings with it.</summary>
    void Gone();
}
