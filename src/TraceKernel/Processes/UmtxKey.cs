using TraceKernel.Machine.Memory;
using TraceKernel.Vm;

namespace TraceKernel.Processes;

/// <summary>TYPE_* of sys/umtxvar.h: what kind of object lies at an address; different kinds never meet in one queue.</summary>
internal enum UmtxType
{
    SimpleWait, SimpleLock, ConditionVariable, Semaphore, NormalMutex, InheritMutex, InheritRobustMutex, ProtectMutex, ProtectRobustMutex,
    ReaderWriterLock, SharedMemory,
}

/// <summary>Whether other processes may wait on the same object (THREAD_SHARE, PROCESS_SHARE, AUTO_SHARE).</summary>
internal enum UmtxSharing
{
    Private, Shared,
    /// <summary>Shared where the mapping is inherited shared.</summary>
    Automatic,
}

/// <summary>struct umtx_key: what threads that wait on one address have in common.</summary>
/// <param name="Type">The kind of object.</param>
/// <param name="Space">The address space, or the VM object of memory shared by several.</param>
/// <param name="Offset">Address there.</param>
internal readonly record struct UmtxKey(UmtxType Type, object Space, ulong Offset)
{
    /// <summary>USYNC_PROCESS_SHARED, in the flags of every object.</summary>
    private const uint ProcessShared = 1;

    /// <summary>GET_SHARE.</summary>
    public static UmtxSharing Sharing(uint flags) => (flags & ProcessShared) != 0 ? UmtxSharing.Shared : UmtxSharing.Private;

    /// <summary>umtx_key_get: EFAULT when it may be shared and is not writable memory.</summary>
    public static Abi.Errno Get(Process process, ulong address, UmtxType type, UmtxSharing sharing, out UmtxKey key)
    {
        var vm = process.Vm;
        key = new UmtxKey(type, vm, address);
        if (sharing == UmtxSharing.Private) return Abi.Errno.None;
        // The fault makes the object that a first write would make.
        if (vm.Fault(address, Access.Write) != FaultResult.Resolved || vm.Map.Lookup(address) is not { Object: { } pages } entry)
            return Abi.Errno.EFAULT;
        if (sharing == UmtxSharing.Shared || entry.Inheritance == Inheritance.Share)
            key = new UmtxKey(type, pages, address - entry.Start + entry.Offset);
        return Abi.Errno.None;
    }
}
