using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Vm;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Syscalls;

/// <summary>Processes as struct kinfo_proc, kinfo_file and kinfo_vmentry show them: fill_kinfo_proc and its like.</summary>
internal static class ProcessInformation
{
    /// <summary>NO_PID: there is no foreground group.</summary>
    private const int NoPid = 100000;
    private const int P2_PTRACE_FSTP = 0x10;
    private const long P_CONTROLT = 2, P_PPWAIT = 0x10, P_HADTHREADS = 0x80, P_PPTRACE = 0x80000000;

    /// <summary>One kinfo_proc for the process, or one for each of its threads.</summary>
    public static void Put(in SysctlRequest request, Process process, bool threads)
    {
        var common = Common(process);
        if (process.IsZombie || process.Threads.Count == 0)
        {
            common.ki_stat = process.IsZombie ? kinfo_proc.SZOMB : kinfo_proc.SRUN;
            request.Put(common);
            return;
        }
        foreach (var lwp in process.Threads)
        {
            request.Put(OfThread(common, process, lwp));
            if (!threads) return;
        }
    }

    /// <summary>sysctl_kern_proc_vmmap, by way of PT_VM_ENTRY's walk.</summary>
    public static Errno PutMap(in SysctlRequest request, Process process)
    {
        if (process.IsHost) return Errno.None;
        Span<byte> path = stackalloc byte[Fcntl.PATH_MAX];
        var entry = new ptrace_vm_entry { pve_pathlen = (uint)path.Length };
        while (process.Vm.Entry(ref entry, path) == Errno.None)
        {
            var mapped = process.Vm.Map.Entries[entry.pve_entry - 1];
            var isFile = entry.pve_fileid != -1;
            var name = entry.pve_pathlen > 1 ? NullTerminated.ToText(path[..(int)entry.pve_pathlen]) : "";
            PutPacked(request, name, kinfo_vmentry.PathOffset, new kinfo_vmentry
            {
                kve_structsize = PackedBytes(kinfo_vmentry.PathOffset, name),
                kve_type = isFile ? kinfo_vmentry.KVME_TYPE_VNODE
                    : entry.pve_prot == 0 ? kinfo_vmentry.KVME_TYPE_NONE : kinfo_vmentry.KVME_TYPE_DEFAULT,
                kve_start = entry.pve_start,
                kve_end = entry.pve_end + 1,
                kve_offset = entry.pve_offset,
                kve_vn_fileid = isFile ? (ulong)entry.pve_fileid : 0,
                kve_vn_fsid = isFile ? entry.pve_fsid : 0,
                kve_vn_type = isFile ? kinfo_file.KF_VTYPE_VREG : 0,
                kve_protection = (int)entry.pve_prot,
                kve_flags = MapFlags(mapped.Flags),
                kve_resident = mapped.Object?.ResidentPages ?? 0,
                kve_ref_count = mapped.Object?.References ?? 0,
            });
            entry.pve_pathlen = (uint)path.Length;
        }
        return Errno.None;
    }

    private static int MapFlags(EntryFlags flags) =>
        ((flags & EntryFlags.CopyOnWrite) != 0 ? kinfo_vmentry.KVME_FLAG_COW : 0)
        | ((flags & EntryFlags.NeedsCopy) != 0 ? kinfo_vmentry.KVME_FLAG_NEEDS_COPY : 0)
        | ((flags & EntryFlags.NoCoreDump) != 0 ? kinfo_vmentry.KVME_FLAG_NOCOREDUMP : 0)
        | ((flags & EntryFlags.GrowsDown) != 0 ? kinfo_vmentry.KVME_FLAG_GROWS_DOWN : 0);

    /// <summary>sysctl_kern_proc_filedesc: the program's file, current directory and root, then the descriptors.</summary>
    public static Errno PutFiles(in SysctlRequest request, Process process)
    {
        if (process.ExecutablePath.Length > 0) PutDirectory(request, process, kinfo_file.KF_FD_TYPE_TEXT, process.ExecutablePath);
        PutCurrentDirectory(request, process);
        PutDirectory(request, process, kinfo_file.KF_FD_TYPE_ROOT, "/");
        for (var descriptor = 0; descriptor < process.Files.End; descriptor++)
            if (process.Files.Get(descriptor, out var file) == Errno.None) PutFile(request, process, descriptor, file);
        return Errno.None;
    }

    /// <summary>sysctl_kern_proc_cwd.</summary>
    public static Errno PutCurrentDirectory(in SysctlRequest request, Process process) =>
        PutDirectory(request, process, kinfo_file.KF_FD_TYPE_CWD, process.CurrentDirectory);

    private static kinfo_proc Common(Process process)
    {
        var flags = (long)(process.Flags & ~(ProcessFlags.ParentWaits | ProcessFlags.ParentTraces));
        if (process.Has(ProcessFlags.ParentWaits)) flags |= P_PPWAIT;
        if (process.Has(ProcessFlags.ParentTraces)) flags |= P_PPTRACE;
        if (process.Threads.Count > 1) flags |= P_HADTHREADS;
        var value = new kinfo_proc
        {
            ki_structsize = kinfo_proc.Bytes,
            ki_pid = process.Pid,
            ki_ppid = Family.ShownParentPid(process),
            ki_pgid = process.Group,
            ki_tpgid = NoPid,
            ki_sid = process.Session,
            ki_siglist = process.Queue.Pending,
            ki_uid = process.UserId,
            ki_ruid = process.Credentials.RealUserId,
            ki_svuid = process.Credentials.SavedUserId,
            ki_rgid = process.Credentials.RealGroupId,
            ki_svgid = process.Credentials.SavedGroupId,
            ki_ngroups = (short)Math.Min(process.Credentials.Groups.Count, GroupArray.Count),
            ki_groups = GroupArray.Of(process.Credentials.Groups),
            ki_size = VirtualSize(process),
            ki_xstat = (ushort)process.XSig,
            ki_start = timeval.Of(process.StartTime),
            ki_runtime = (ulong)TimeCalls.ProcessorTime(process) / 1000,
            ki_flag = flags,
            ki_login = process.Login.Name,
            ki_comm = process.Name,
            ki_emul = ProcessSysctls.Emulation,
            ki_oncpu = -1,
            ki_tracer = process.IsTraced ? process.Parent.Pid : 0,
            ki_numthreads = process.Threads.Count,
            ki_flag2 = (int)process.Flags2 | (process.FirstStop ? P2_PTRACE_FSTP : 0),
            ki_rusage = new rusage { ru_utime = timeval.Of(TimeCalls.ProcessorTime(process)) },
        };
        for (var signal = 1; signal <= Abi.Signals.MaximumSignal; signal++)
        {
            if (process.Signals.IsIgnored(signal)) value.ki_sigignore = value.ki_sigignore.With(signal);
            if (process.Signals.IsCaught(signal)) value.ki_sigcatch = value.ki_sigcatch.With(signal);
        }
        return value;
    }

    // fill_kinfo_thread
    private static kinfo_proc OfThread(kinfo_proc value, Process process, Lwp lwp)
    {
        value.ki_tid = lwp.Tid;
        value.ki_tdname = lwp.Name;
        value.ki_sigmask = lwp.SignalMask;
        value.ki_siglist |= lwp.Queue.Pending;
        value.ki_stat = lwp.Suspended || (process.Flags & (ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace)) != 0 ? kinfo_proc.SSTOP
            : lwp.IsSleeping ? kinfo_proc.SSLEEP : kinfo_proc.SRUN;
        if (lwp.IsSleeping) value.ki_wmesg = lwp.WaitMessage;
        return value;
    }

    private static ulong VirtualSize(Process process)
    {
        var size = 0UL;
        if (process.IsHost || process.IsZombie || process.Vm is null) return size;
        var entry = default(ptrace_vm_entry);
        for (; process.Vm.Entry(ref entry, default) == Errno.None; entry.pve_pathlen = 0) size += entry.pve_end + 1 - entry.pve_start;
        return size;
    }

    private static Errno PutDirectory(in SysctlRequest request, Process process, int descriptor, string path)
    {
        var fileSystem = process.Kernel.FileSystem;
        if (fileSystem.Stat(new PathArgument(process, Fcntl.AT_FDCWD, path) { IsKernels = true }, follow: true, out var stat) is not Errno.None and var error)
            return error;
        return PutFile(request, path, stat, new kinfo_file { kf_type = kinfo_file.KF_TYPE_VNODE, kf_fd = descriptor, kf_flags = kinfo_file.KF_FLAG_READ });
    }

    private static void PutFile(in SysctlRequest request, Process process, int descriptor, OpenFile file)
    {
        var value = OfFile(process, descriptor, file);
        PutFile(request, (file.Target as Vnode)?.Path ?? "", file.Target.Stat(), value);
    }

    /// <summary>F_KINFO: a whole struct kinfo_file, its path padded with zeros.</summary>
    public static byte[] Describe(Process process, int descriptor, OpenFile file)
    {
        var image = new byte[kinfo_file.Bytes];
        var value = WithAttributes(OfFile(process, descriptor, file), file.Target.Stat()) with { kf_structsize = image.Length };
        MemoryMarshal.Write(image, in value);
        var path = (file.Target as Vnode)?.Path ?? "";
        Encoding.Latin1.GetBytes(path.AsSpan(0, Math.Min(path.Length, Fcntl.PATH_MAX - 1)), image.AsSpan(kinfo_file.PathOffset));
        return image;
    }

    // export_file_to_kinfo
    private static kinfo_file OfFile(Process process, int descriptor, OpenFile file) => new()
    {
        kf_type = file.Target switch
        {
            FifoVnode => kinfo_file.KF_TYPE_FIFO,
            Vnode => kinfo_file.KF_TYPE_VNODE,
            Socket => kinfo_file.KF_TYPE_SOCKET,
            Kqueue => kinfo_file.KF_TYPE_KQUEUE,
            ProcessDescriptor => kinfo_file.KF_TYPE_PROCDESC,
            _ => (file.Target.Stat().st_mode & S_IFMT) == S_IFIFO ? kinfo_file.KF_TYPE_PIPE : kinfo_file.KF_TYPE_VNODE,
        },
        kf_fd = descriptor,
        kf_ref_count = file.References,
        kf_flags = FlagsOf(file),
        kf_offset = file.Offset,
        kf_cap_rights = process.Files.CapabilitiesOf(descriptor).Rights,
    };

    private static int FlagsOf(OpenFile file) => (file.CanRead ? kinfo_file.KF_FLAG_READ : 0)
        | (file.CanWrite ? kinfo_file.KF_FLAG_WRITE : 0)
        | (file.IsAppending ? kinfo_file.KF_FLAG_APPEND : 0)
        | (file.IsNonBlocking ? kinfo_file.KF_FLAG_NONBLOCK : 0)
        | ((file.Flags & Fcntl.O_ASYNC) != 0 ? kinfo_file.KF_FLAG_ASYNC : 0)
        | ((file.Flags & Fcntl.O_FSYNC) != 0 ? kinfo_file.KF_FLAG_FSYNC : 0)
        | ((file.Flags & Fcntl.O_DIRECT) != 0 ? kinfo_file.KF_FLAG_DIRECT : 0)
        | ((file.Flags & Fcntl.O_EXEC) != 0 ? kinfo_file.KF_FLAG_EXEC : 0);

    private static Errno PutFile(in SysctlRequest request, string path, in stat stat, kinfo_file value)
    {
        value = WithAttributes(value, stat);
        value.kf_structsize = PackedBytes(kinfo_file.PathOffset, path);
        return PutPacked(request, path, kinfo_file.PathOffset, value);
    }

    private static kinfo_file WithAttributes(kinfo_file value, in stat stat)
    {
        value.kf_status = kinfo_file.KF_ATTR_VALID;
        value.kf_file_type = (stat.st_mode & S_IFMT) switch
        {
            S_IFREG => kinfo_file.KF_VTYPE_VREG,
            S_IFDIR => kinfo_file.KF_VTYPE_VDIR,
            S_IFCHR => kinfo_file.KF_VTYPE_VCHR,
            S_IFLNK => kinfo_file.KF_VTYPE_VLNK,
            _ => kinfo_file.KF_VTYPE_VFIFO,
        };
        value.kf_file_nlink = stat.st_nlink;
        value.kf_file_fsid = stat.st_dev;
        value.kf_file_rdev = stat.st_rdev;
        value.kf_file_fileid = stat.st_ino;
        value.kf_file_size = (ulong)stat.st_size;
        value.kf_file_mode = stat.st_mode;
        return value;
    }

    /// <summary>The structure up to its path, the path, and zeros up to a multiple of 8 bytes.</summary>
    private static Errno PutPacked<T>(in SysctlRequest request, string path, int pathOffset, T value) where T : unmanaged
    {
        Span<byte> image = new byte[PackedBytes(pathOffset, path)];
        MemoryMarshal.Write(image, in value);
        Encoding.Latin1.GetBytes(path, image[pathOffset..]);
        return request.Put(image);
    }

    private static int PackedBytes(int pathOffset, string path) => (pathOffset + path.Length + 1 + 7) & ~7;
}
