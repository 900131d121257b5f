using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Ktrace;

namespace TraceKernel.Syscalls;

/// <summary>ktrace(2) and utrace(2): kern_ktrace.c.</summary>
internal static class TraceCalls
{
    /// <summary>sys_ktrace: what it does itself is not recorded, but for its return.</summary>
    [Syscall(45, "int ktrace(const char *fname, int ops, int facs, int pid)")]
    internal static Errno ktrace(SystemCall call)
    {
        var (operation, facilities) = (call.Int(1) & KTROP, (uint)call[2] & ~KTRFAC_ROOT);
        if (operation != KTROP_CLEARFILE && facilities == 0) return Errno.EINVAL;
        call.Lwp.IsInTraceCall = true;
        var error = Apply(call, operation, facilities);
        call.Lwp.IsInTraceCall = false;
        return error;
    }

    private static Errno Apply(SystemCall call, int operation, uint facilities)
    {
        OpenFile? file = null;
        if (operation != KTROP_CLEAR && OpenTraceFile(call, out file) is not Errno.None and var error) return error;
        error = operation == KTROP_CLEARFILE ? ClearFile(call, file!) : OnProcesses(call, operation, facilities, file);
        file?.Release();
        return error;
    }

    /// <summary>vn_open without following a link: EACCES for what is no regular file.</summary>
    private static Errno OpenTraceFile(SystemCall call, out OpenFile? file)
    {
        file = null;
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.Open(path, Fcntl.O_RDWR | Fcntl.O_NOFOLLOW, 0, out var opened);
        if (error != Errno.None) return error;
        file = opened;
        if (opened.Target is RegularVnode) return Errno.None;
        opened.Release();
        return Errno.EACCES;
    }

    private static Errno ClearFile(SystemCall call, OpenFile file)
    {
        var error = Errno.None;
        foreach (var process in call.Kernel.Processes)
        {
            if (process.Trace?.File.Target != file.Target) continue;
            if (MaySet(call, process)) KernelTracing.Stop(process);
            else error = Errno.EPERM;
        }
        return error;
    }

    /// <summary>A process, or with a negative number those of a process group that the caller sees; EPERM when none could be set.</summary>
    private static Errno OnProcesses(SystemCall call, int operation, uint facilities, OpenFile? file)
    {
        var (pid, descends) = (call.Int(3), (call.Int(1) & KTRFLAG_DESCEND) != 0);
        var wanted = pid < 0
            ? call.Kernel.Processes.Where(process => !process.IsZombie && !process.IsHost && process.Group == -(long)pid && Permission.CanSee(call.Process, process) == Errno.None).ToList()
            : call.Kernel.Find(pid) is { } one && Permission.CanSee(call.Process, one) == Errno.None ? [one] : [];
        if (wanted.Count == 0) return Errno.ESRCH;
        var isSet = false;
        foreach (var process in wanted)
            foreach (var member in descends ? Family(process) : [process]) isSet |= Set(call, member, operation, facilities, file);
        return isSet ? Errno.None : Errno.EPERM;
    }

    /// <summary>ktrsetchildren: a process and all that descend from it.</summary>
    private static IEnumerable<Process> Family(Process process)
    {
        yield return process;
        foreach (var child in process.Children.ToArray())
            foreach (var member in Family(child)) yield return member;
    }

    /// <summary>ktrops: false when the caller may not.</summary>
    private static bool Set(SystemCall call, Process process, int operation, uint facilities, OpenFile? file)
    {
        if (process.IsHost || !MaySet(call, process)) return false;
        if (process.Has(ProcessFlags.Exiting)) return true;
        var present = process.Trace?.Facilities ?? 0;
        var credentials = call.Process.Credentials;
        if (operation == KTROP_SET)
        {
            file!.AddReference();
            process.Trace?.File.Release();
            process.Trace = new KernelTrace(file, credentials, present | facilities | (credentials.IsSuperUser ? KTRFAC_ROOT : 0));
        }
        else if (process.Trace is { } trace)
        {
            if ((present & ~facilities & KTRFAC_MASK) == 0) KernelTracing.Stop(process);
            else process.Trace = new KernelTrace(trace.File, trace.Tracer, present & ~facilities);
        }
        if (process.Threads.Count > 0 && (present & 1u << KTR_PROCCTOR) == 0) KernelTracing.Began(process.FirstThread);
        return true;
    }

    /// <summary>ktrcanset: what root has set only root changes, and nobody traces what may not be debugged.</summary>
    private static bool MaySet(SystemCall call, Process process) =>
        (((process.Trace?.Facilities ?? 0) & KTRFAC_ROOT) == 0 || call.Process.Credentials.IsSuperUser)
        && Permission.CanDebug(call.Process, process) == Errno.None;

    /// <summary>sys_utrace: nothing is looked at unless somebody traces.</summary>
    [Syscall(335, "int utrace(const void *addr, size_t len)")]
    internal static Errno utrace(SystemCall call)
    {
        if (call.Process.Trace?.Wants(KTR_USER) != true) return Errno.None;
        if (call[1] > KTR_USER_MAXLEN) return Errno.EINVAL;
        var contents = new byte[(int)call[1]];
        if (call.Memory.CopyIn(call[0], contents) is not Errno.None and var error) return error;
        KernelTracing.User(call.Lwp, contents);
        return Errno.None;
    }
}
