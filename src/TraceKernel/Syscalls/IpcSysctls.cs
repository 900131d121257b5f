using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Ipc;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl values of asynchronous transfers and of inter-process communication.</summary>
internal static class IpcSysctls
{
    public static readonly SysctlRow[] Rows =
    [
        Node("vfs", Mib.CTL_VFS),
        Node("vfs.aio"),
        IntVariable("vfs.aio.enable_unsafe", Auto, kernel => kernel.AllowsUnsafeAio ? 1 : 0, (kernel, value) => kernel.AllowsUnsafeAio = value != 0),
        Int("vfs.aio.max_aio_procs", Auto, _ => 32),
        Int("vfs.aio.num_aio_procs", Auto, _ => 4),
        Int("vfs.aio.target_aio_procs", Auto, _ => 4),
        Int("vfs.aio.max_aio_queue", Auto, kernel => kernel.AioJobs.Maximum),
        Int("vfs.aio.num_queue_count", Auto, kernel => kernel.AioJobs.Taken),
        Int("vfs.aio.max_aio_per_proc", Auto, _ => 32),
        Int("vfs.aio.max_aio_queue_per_proc", Auto, _ => Processes.AioQueue.Maximum).InCapabilityMode,
        Int("vfs.aio.max_buf_aio", Auto, _ => 16),
        Int("vfs.aio.num_buf_aio", Auto, _ => 0),
        Node("kern.ipc", Mib.KERN_IPC),
        ULong("kern.ipc.shmmax", Auto, _ => SysVSharedMemory.MaximumBytes),
        ULong("kern.ipc.shmmin", Auto, _ => 1),
        ULong("kern.ipc.shmmni", Auto, _ => SysVSharedMemory.MaximumSegments),
        ULong("kern.ipc.shmseg", Auto, _ => SysVSharedMemory.MaximumAttached),
        ULong("kern.ipc.shmall", Auto, _ => SysVSharedMemory.MaximumPages),
        Int("kern.ipc.shm_use_phys", Auto, _ => 0),
        Int("kern.ipc.shm_allow_removed", Auto, _ => 1),
        Opaque("kern.ipc.shmsegs", Auto, "", (in SysctlRequest request) => PutSlots(request, request.Kernel.SysVSharedMemory.Slots, 3)),
        Int("kern.ipc.semmni", Auto, _ => SysVSemaphores.MaximumSets),
        Int("kern.ipc.semmns", Auto, _ => SysVSemaphores.MaximumSemaphores),
        Int("kern.ipc.semmnu", Auto, _ => SysVSemaphores.MaximumUndoers),
        Int("kern.ipc.semmsl", Auto, _ => SysVSemaphores.MaximumSemaphores),
        Int("kern.ipc.semopm", Auto, _ => SysVSemaphores.MaximumOperations),
        Int("kern.ipc.semume", Auto, _ => SysVSemaphores.MaximumUndos),
        Int("kern.ipc.semusz", Auto, _ => 632),
        Int("kern.ipc.semvmx", Auto, _ => SysVSemaphores.MaximumValue),
        Int("kern.ipc.semaem", Auto, _ => SysVSemaphores.MaximumAdjustment),
        Opaque("kern.ipc.sema", Auto, "", (in SysctlRequest request) => PutSlots(request, request.Kernel.SysVSemaphores.Slots, 2)),
        Int("kern.ipc.msgmax", Auto, _ => SysVMessages.SegmentBytes * SysVMessages.MaximumSegments),
        Int("kern.ipc.msgmni", Auto, _ => SysVMessages.MaximumQueues),
        Int("kern.ipc.msgmnb", Auto, _ => SysVMessages.MaximumQueueBytes),
        Int("kern.ipc.msgtql", Auto, _ => SysVMessages.MaximumMessages),
        Int("kern.ipc.msgssz", Auto, _ => SysVMessages.SegmentBytes),
        Int("kern.ipc.msgseg", Auto, _ => SysVMessages.MaximumSegments),
        Opaque("kern.ipc.msqids", Auto, "", (in SysctlRequest request) => PutSlots(request, request.Kernel.SysVMessages.Slots, 2)),
        Node("kern.mqueue"),
        Int("kern.mqueue.default_maxmsg", Auto, _ => MessageQueues.DefaultMessages),
        Int("kern.mqueue.default_msgsize", Auto, _ => MessageQueues.DefaultBytes),
        Int("kern.mqueue.maxmsg", Auto, _ => MessageQueues.MaximumMessages),
        Int("kern.mqueue.maxmsgsize", Auto, _ => MessageQueues.MaximumBytes),
        Int("kern.mqueue.maxmq", Auto, _ => MessageQueues.Maximum),
        Int("kern.mqueue.curmq", Auto, kernel => kernel.MessageQueues.Count.Taken),
    ];

    /// <summary>Arrays of struct shmid_kernel and its like: each structure is followed by pointers of the kernel, which stay hidden.</summary>
    private static Errno PutSlots<T>(in SysctlRequest request, IEnumerable<T> slots, int pointers) where T : unmanaged
    {
        foreach (var slot in slots)
        {
            request.Put(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in slot)));
            for (var pointer = 0; pointer < pointers; pointer++) request.Put(0UL);
        }
        return Errno.None;
    }
}
