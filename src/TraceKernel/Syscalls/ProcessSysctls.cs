using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl kern.proc.*: the process table, and what each process is made of (kern_proc.c).</summary>
internal static class ProcessSysctls
{
    /// <summary>The name of the ABI that programs have (sv_name).</summary>
    internal const string Emulation = "FreeBSD ELF64";

    public static readonly SysctlRow[] Rows =
    [
        Node("kern.proc", KERN_PROC),
        new("kern.proc.all", KERN_PROC_ALL, CTLTYPE_OPAQUE | CTLFLAG_RD, "S,proc", All),
        .. Selections("pid", KERN_PROC_PID, (process, pid) => process.Pid == pid),
        .. Selections("pgrp", KERN_PROC_PGRP, (process, group) => process.Group == group),
        .. Selections("session", KERN_PROC_SESSION, (process, session) => process.Session == session),
        .. Selections("uid", KERN_PROC_UID, (process, id) => process.UserId == (uint)id),
        .. Selections("ruid", KERN_PROC_RUID, (process, id) => process.Credentials.RealUserId == (uint)id),
        .. Selections("rgid", KERN_PROC_RGID, (process, id) => process.Credentials.RealGroupId == (uint)id),
        .. Selections("gid", KERN_PROC_GID, (process, id) => process.GroupId == (uint)id),
        .. Selections("proc", KERN_PROC_PROC, (_, _) => true),
        Of("args", KERN_PROC_ARGS, Arguments) with { Kind = CTLTYPE_NODE | CTLFLAG_RD | CTLFLAG_WR },
        Of("sv_name", KERN_PROC_SV_NAME, (in SysctlRequest request, Process _) => request.PutText(Emulation)),
        Of("pathname", KERN_PROC_PATHNAME, PathName),
        Of("vmmap", KERN_PROC_VMMAP, ProcessInformation.PutMap, forDebuggers: true),
        Of("filedesc", KERN_PROC_FILEDESC, ProcessInformation.PutFiles, forDebuggers: true),
        Of("groups", KERN_PROC_GROUPS, (in SysctlRequest request, Process process) => request.Put(System.Runtime.InteropServices.MemoryMarshal.AsBytes(process.Credentials.Groups.ToArray().AsSpan()))),
        Of("env", KERN_PROC_ENV, (in SysctlRequest request, Process process) => PutStrings(request, process.Environment), forDebuggers: true),
        Of("auxv", KERN_PROC_AUXV, (in SysctlRequest request, Process process) => request.Put(process.Auxv), forDebuggers: true),
        new("kern.proc.rlimit", KERN_PROC_RLIMIT, CTLTYPE_NODE | CTLFLAG_RD, "N", Limit),
        Of("ps_strings", KERN_PROC_PS_STRINGS, PsStrings, forDebuggers: true),
        Of("umask", KERN_PROC_UMASK, (in SysctlRequest request, Process process) => request.Put((ushort)process.FileCreationMask), forDebuggers: true),
        Of("osrel", KERN_PROC_OSREL, (in SysctlRequest request, Process process) => request.Put(process.OsRelease)),
        Of("sigtramp", KERN_PROC_SIGTRAMP, SignalTrampoline, forDebuggers: true),
        Of("cwd", KERN_PROC_CWD, ProcessInformation.PutCurrentDirectory, forDebuggers: true),
        Of("nfds", KERN_PROC_NFDS, (in SysctlRequest request, Process process) => request.Put(process.Files.Count)),
    ];

    /// <summary>A value of one process.</summary>
    private delegate Errno ProcessHandler(in SysctlRequest request, Process process);

    /// <summary>A value whose name ends with a pid; −1 is the caller's own. ESRCH, and EINVAL without exactly a pid.</summary>
    /// <param name="forDebuggers">Who may see the process is not enough (PGET_CANDEBUG).</param>
    private static SysctlRow Of(string name, int number, ProcessHandler handler, bool forDebuggers = false) =>
        new("kern.proc." + name, number, CTLTYPE_NODE | CTLFLAG_RD, "N", (in SysctlRequest request) =>
        {
            if (request.Arguments.Length != 1) return Errno.EINVAL;
            if (Find(request, request.Arguments[0]) is not { } process) return Errno.ESRCH;
            var error = forDebuggers ? Permission.CanDebug(request.Caller, process) : Permission.CanSee(request.Caller, process);
            return error == Errno.None ? handler(request, process) : error;
        });

    /// <summary>A choice of processes: one kinfo_proc each, and one row more with one for each thread.</summary>
    private static SysctlRow[] Selections(string name, int number, Func<Process, int, bool> isChosen)
    {
        return
        [
            new("kern.proc." + name, number, CTLTYPE_NODE | CTLFLAG_RD, "N",
                (in SysctlRequest request) => Select(request, number, isChosen, threads: false)),
            new($"kern.proc.{name}_td", number | KERN_PROC_INC_THREAD, CTLTYPE_NODE | CTLFLAG_RD, "N",
                (in SysctlRequest request) => Select(request, number, isChosen, threads: true)),
        ];
    }

    // sysctl_kern_proc
    private static Errno Select(in SysctlRequest request, int number, Func<Process, int, bool> isChosen, bool threads)
    {
        var takesNumber = number != KERN_PROC_PROC;
        if (takesNumber ? request.Arguments.Length != 1 : request.Arguments.Length > 1) return Errno.EINVAL;
        var argument = takesNumber ? request.Arguments[0] : 0;
        var found = false;
        foreach (var process in request.Kernel.Processes)
        {
            if (!isChosen(process, argument) || Permission.CanSee(request.Caller, process) != Errno.None) continue;
            found = true;
            ProcessInformation.Put(request, process, threads);
        }
        return found || number != KERN_PROC_PID ? Errno.None : Errno.ESRCH;
    }

    // Unlike kern.proc.proc it counts every thread.
    private static Errno All(in SysctlRequest request)
    {
        foreach (var process in request.Kernel.Processes)
            if (Permission.CanSee(request.Caller, process) == Errno.None) ProcessInformation.Put(request, process, threads: true);
        return Errno.None;
    }

    private static Process? Find(in SysctlRequest request, int pid)
    {
        if (pid == -1) return request.Caller;
        foreach (var process in request.Kernel.Processes)
            if (process.Pid == pid && !process.IsZombie) return process;
        return null;
    }

    // sysctl_kern_proc_args; setproctitle(3) writes its own.
    private static Errno Arguments(in SysctlRequest request, Process process)
    {
        if (request.NewValue.IsEmpty) return PutStrings(request, process.Arguments);
        if (process != request.Caller) return Errno.EPERM;
        var text = System.Text.Encoding.Latin1.GetString(request.NewValue);
        process.Arguments = text.TrimEnd('\0').Split('\0');
        return Errno.None;
    }

    private static Errno PutStrings(in SysctlRequest request, IReadOnlyList<string> strings)
    {
        foreach (var text in strings) request.PutText(text);
        return Errno.None;
    }

    private static Errno PathName(in SysctlRequest request, Process process) =>
        process.ExecutablePath.Length == 0 ? Errno.None : request.PutText(process.ExecutablePath);

    private static Errno Limit(in SysctlRequest request)
    {
        if (request.Arguments.Length != 2) return Errno.EINVAL;
        if ((uint)request.Arguments[1] >= Resources.RLIM_NLIMITS) return Errno.EINVAL;
        return Find(request, request.Arguments[0]) is { } process ? request.Put(process.Limits[request.Arguments[1]]) : Errno.ESRCH;
    }

    private static Errno PsStrings(in SysctlRequest request, Process process) =>
        request.Put(process.Kernel.Architecture.SharedPage - KernelSysctls.PsStringsBytes);

    // struct kinfo_sigtramp: start, end, four spares
    private static Errno SignalTrampoline(in SysctlRequest request, Process process)
    {
        var architecture = process.Kernel.Architecture;
        request.Put(architecture.SharedPage);
        request.Put(architecture.SharedPage + (ulong)architecture.SignalCode.Length);
        return request.Put(stackalloc byte[32]);
    }
}
