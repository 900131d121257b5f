using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using TraceKernel.Vm;
using static TraceKernel.Abi.Ipc;

namespace TraceKernel.Ipc;

/// <summary>sysv_shm.c: the segments of shared memory of the machine.</summary>
internal sealed class SysVSharedMemory(Kernel kernel)
{
    /// <summary>struct shminfo with its defaults: segments in all, segments that a process may have attached, and pages in all.</summary>
    public const int MaximumSegments = 192, MaximumAttached = 128, MaximumPages = 131072;

    /// <summary>shmmax in bytes.</summary>
    public const ulong MaximumBytes = (ulong)MaximumPages * Frame.Size;

    private readonly Segment[] _segments = Enumerable.Range(0, MaximumSegments).Select(_ => new Segment()).ToArray();
    private ulong _committed;
    private int _lastFree = -1;

    private long Now => kernel.RealTime / Clocks.NanosecondsPerSecond;

    /// <summary>struct shmid_kernel.</summary>
    private sealed class Segment
    {
        public shmid_ds Data = new() { shm_perm = new() { mode = SHMSEG_FREE } };
        public VmObject? Pages;

        public bool IsAllocated => (Data.shm_perm.mode & SHMSEG_ALLOCATED) != 0;
    }

    /// <summary>struct shmmap_state: where a space shows a segment.</summary>
    private sealed class Attachment(SysVSharedMemory owner, Segment segment, int index, ulong address) : IVmAttachment
    {
        public Segment Segment => segment;
        public ulong Address => address;

        public void Forked() => segment.Data.shm_nattch++;

        public void Gone() => owner.Detached(segment, index);
    }

    /// <summary>What kern.ipc.shmsegs shows: every slot, those in use and the others.</summary>
    public IEnumerable<shmid_ds> Slots => _segments.Select(segment => segment.Data);

    /// <summary>sys_shmget: EEXIST, ENOENT, EINVAL for a size that cannot be, ENOSPC, ENOMEM.</summary>
    public Errno Get(Process caller, long key, ulong size, int flags, out int identifier)
    {
        identifier = 0;
        var index = key == IPC_PRIVATE ? -1 : Array.FindIndex(_segments, segment => segment.IsAllocated && segment.Data.shm_perm.key == key);
        if (index < 0)
        {
            if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return Errno.ENOENT;
            if (Allocate(caller, key, size, flags, out index) is var error and not Errno.None) return error;
        }
        else if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
        {
            return Errno.EEXIST;
        }
        else if (size > _segments[index].Data.shm_segsz)
        {
            return Errno.EINVAL;
        }
        identifier = IpcPermission.Identifier(index, _segments[index].Data.shm_perm);
        return Errno.None;
    }

    /// <summary>shmget_allocate_segment.</summary>
    private Errno Allocate(Process caller, long key, ulong size, int flags, out int index)
    {
        index = -1;
        if (size is < 1 or > MaximumBytes) return Errno.EINVAL;
        var pages = (size + Frame.Size - 1) / Frame.Size;
        if (_segments.All(segment => segment.IsAllocated)) return Errno.ENOSPC;
        if (_committed + pages > MaximumPages) return Errno.ENOMEM;
        index = _lastFree >= 0 ? _lastFree : Array.FindIndex(_segments, segment => !segment.IsAllocated);
        _lastFree = -1;
        var made = _segments[index];
        made.Pages = VmObject.Anonymous(kernel.Memory, pages);
        made.Pages.IsSegment = true;
        _committed += pages;
        made.Data = new shmid_ds
        {
            shm_perm = IpcPermission.Create(caller.Credentials, key, flags & Permissions | SHMSEG_ALLOCATED, made.Data.shm_perm),
            shm_segsz = pages * Frame.Size, shm_cpid = caller.Pid, shm_ctime = Now,
        };
        return Errno.None;
    }

    /// <summary>kern_shmat: EINVAL, EACCES, EMFILE when the process has too many, ENOMEM when there is no room.</summary>
    public Errno Attach(Process caller, int identifier, ulong wanted, int flags, out ulong address)
    {
        address = 0;
        if (Find(identifier) is not { } segment) return Errno.EINVAL;
        var access = (flags & SHM_RDONLY) != 0 ? IPC_R : IPC_R | IPC_W;
        if (IpcPermission.Check(caller.Credentials, segment.Data.shm_perm, access) is var error and not Errno.None) return error;
        var vm = caller.Vm;
        if (vm.Attachments.Count >= MaximumAttached) return Errno.EMFILE;
        if ((flags & SHM_RND) != 0) wanted -= wanted % Frame.Size;
        else if (wanted % Frame.Size != 0) return Errno.EINVAL;
        var protection = Access.Read | ((flags & SHM_RDONLY) != 0 ? Access.None : Access.Write);
        var mapping = new VmMapping(segment.Pages, 0, protection, protection, EntryFlags.None, Inheritance.Share);
        // SHM_REMAP has the bit of SHM_RDONLY; the other one replaces what is there.
        var place = wanted == 0 ? 0 : (flags & SHM_REMAP) != 0 ? Mman.MAP_FIXED : Mman.MAP_FIXED | Mman.MAP_EXCL;
        if (wanted == 0) wanted = vm.MappingsStart;
        if (wanted + segment.Data.shm_segsz < wanted || !vm.Map.IsValid(wanted, wanted + segment.Data.shm_segsz)
            || MmapCall.Enter(vm, wanted, segment.Data.shm_segsz, place, mapping, out address) != Errno.None) return Errno.ENOMEM;
        vm.Attachments.Add(new Attachment(this, segment, IpcPermission.Index(identifier), address));
        (segment.Data.shm_lpid, segment.Data.shm_atime) = (caller.Pid, Now);
        segment.Data.shm_nattch++;
        return Errno.None;
    }

    /// <summary>kern_shmdt: EINVAL when no segment begins at the address.</summary>
    public static Errno Detach(Process caller, ulong address)
    {
        var vm = caller.Vm;
        if (vm.Attachments.Find(attached => attached is Attachment { Address: var start } && start == address) is not Attachment found) return Errno.EINVAL;
        vm.Map.Lock();
        if (vm.Map.Delete(address, address + found.Segment.Data.shm_segsz) != KernReturn.Success) return Errno.EINVAL;
        vm.Attachments.Remove(found);
        found.Gone();
        return Errno.None;
    }

    /// <summary>IPC_STAT.</summary>
    public Errno Stat(Process caller, int identifier, out shmid_ds data)
    {
        data = default;
        if (Find(identifier) is not { } segment) return Errno.EINVAL;
        data = segment.Data;
        return IpcPermission.Check(caller.Credentials, data.shm_perm, IPC_R);
    }

    /// <summary>IPC_SET.</summary>
    public Errno Set(Process caller, int identifier, in ipc_perm wanted)
    {
        if (Find(identifier) is not { } segment) return Errno.EINVAL;
        if (IpcPermission.Check(caller.Credentials, segment.Data.shm_perm, IPC_M) is var error and not Errno.None) return error;
        IpcPermission.Change(ref segment.Data.shm_perm, wanted);
        segment.Data.shm_ctime = Now;
        return Errno.None;
    }

    /// <summary>IPC_RMID: its key is free, and the segment goes when nobody shows it any more.</summary>
    public Errno Remove(Process caller, int identifier)
    {
        if (Find(identifier) is not { } segment) return Errno.EINVAL;
        if (IpcPermission.Check(caller.Credentials, segment.Data.shm_perm, IPC_M) is var error and not Errno.None) return error;
        segment.Data.shm_perm.key = IPC_PRIVATE;
        segment.Data.shm_perm.mode |= SHMSEG_REMOVED;
        if (segment.Data.shm_nattch == 0) Free(segment, IpcPermission.Index(identifier));
        return Errno.None;
    }

    /// <summary>shm_find_segment: removed ones too, as long as somebody shows them (kern.ipc.shm_allow_removed).</summary>
    private Segment? Find(int identifier)
    {
        var index = IpcPermission.Index(identifier);
        if (index >= MaximumSegments) return null;
        var segment = _segments[index];
        return segment.IsAllocated && segment.Data.shm_perm.seq == IpcPermission.Sequence(identifier) ? segment : null;
    }

    /// <summary>The rest of shm_delete_mapping.</summary>
    private void Detached(Segment segment, int index)
    {
        segment.Data.shm_dtime = Now;
        if (--segment.Data.shm_nattch == 0 && (segment.Data.shm_perm.mode & SHMSEG_REMOVED) != 0) Free(segment, index);
    }

    private void Free(Segment segment, int index)
    {
        segment.Pages!.Release();
        segment.Pages = null;
        _committed -= segment.Data.shm_segsz / Frame.Size;
        segment.Data.shm_perm.mode = SHMSEG_FREE;
        _lastFree = index;
    }
}
