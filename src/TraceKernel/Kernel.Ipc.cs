using TraceKernel.Ipc;

namespace TraceKernel;

public sealed partial class Kernel
{
    /// <summary>Shared memory of System V.</summary>
    internal SysVSharedMemory SysVSharedMemory => field ??= new SysVSharedMemory(this);

    /// <summary>Semaphores of System V.</summary>
    internal SysVSemaphores SysVSemaphores => field ??= new SysVSemaphores(this);

    /// <summary>Message queues of System V.</summary>
    internal SysVMessages SysVMessages => field ??= new SysVMessages(this);

    /// <summary>POSIX semaphores behind descriptors.</summary>
    internal PosixSemaphores PosixSemaphores => field ??= new PosixSemaphores(this);

    /// <summary>POSIX message queues.</summary>
    internal MessageQueues MessageQueues => field ??= new MessageQueues(this);
}
