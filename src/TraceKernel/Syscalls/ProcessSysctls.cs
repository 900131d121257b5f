using System.Runtime.InteropServices;
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

    /// <summary>Of a node whose name goes on with numbers.</summary>
    private const uint Selecting = CTLTYPE_NODE | CTLFLAG_RD | CTLFLAG_MPSAFE;

    /// <summary>Processes by which sysctl_kern_proc overestimates when it is asked for the size.</summary>
    private const int SpareProcesses = 5;

    public static readonly SysctlRow[] Rows =
    [
        Node("kern.proc", KERN_PROC, "Processes"),
        new("kern.proc.all", KERN_PROC_ALL, CTLTYPE_OPAQUE | CTLFLAG_RD | CTLFLAG_MPSAFE, "S,proc", All, "All processes, with their threads"),
        .. Selections("pid", KERN_PROC_PID, (_, _) => false),
        .. Selections("pgrp", KERN_PROC_PGRP, (process, group) => process.Group == group),
        .. Selections("sid", KERN_PROC_SESSION, (process, session) => process.Session == session),
        .. Selections("tty", KERN_PROC_TTY, (process, device) => (int?)ProcessInformation.TerminalOf(process)?.Device == device),
        .. Selections("uid", KERN_PROC_UID, (process, id) => process.UserId == (uint)id),
        .. Selections("ruid", KERN_PROC_RUID, (process, id) => process.Credentials.RealUserId == (uint)id),
        .. Selections("rgid", KERN_PROC_RGID, (process, id) => process.Credentials.RealGroupId == (uint)id),
        .. Selections("gid", KERN_PROC_GID, (process, id) => process.GroupId == (uint)id),
        .. Selections("proc", KERN_PROC_PROC, (_, _) => true),
        Of("args", KERN_PROC_ARGS, Wanted.Seen, Arguments, "Arguments").With(CTLFLAG_WR | CTLFLAG_ANYBODY | CTLFLAG_CAPWR),
        Of("sv_name", KERN_PROC_SV_NAME, Wanted.Seen, (in SysctlRequest request, Process _) => request.PutText(Emulation), "Name of the ABI"),
        Of("pathname", KERN_PROC_PATHNAME, Wanted.Seen, PathName, "Path of the program"),
        Of("ovmmap", KERN_PROC_OVMMAP, Wanted.Readable, MapInformation.PutOld, "Address space, as FreeBSD 7 shows it"),
        Of("ofiledesc", KERN_PROC_OFILEDESC, Wanted.Alive, MapInformation.PutOldFiles, "Open files, as FreeBSD 7 shows them"),
        Of("kstack", KERN_PROC_KSTACK, Wanted.Readable, KernelStacks.Put, "Stacks in the kernel"),
        Of("vmmap", KERN_PROC_VMMAP, Wanted.Readable, MapInformation.Put, "Address space"),
        Of("filedesc", KERN_PROC_FILEDESC, Wanted.Alive, FileInformation.PutFiles, "Open files"),
        Of("groups", KERN_PROC_GROUPS, Wanted.Seen, Groups, "Groups"),
        Of("env", KERN_PROC_ENV, Wanted.Readable, (in SysctlRequest request, Process process) => PutStrings(request, process.Environment), "Environment"),
        Of("auxv", KERN_PROC_AUXV, Wanted.Readable, (in SysctlRequest request, Process process) => request.Put(process.Auxv), "Auxiliary vector"),
        new SysctlRow("kern.proc.rlimit", KERN_PROC_RLIMIT, Selecting, "N", Limit, "Resource limits").With(CTLFLAG_WR | CTLFLAG_ANYBODY),
        Of("ps_strings", KERN_PROC_PS_STRINGS, Wanted.Debuggable, PsStrings, "Address of the strings that ps(1) shows"),
        Of("umask", KERN_PROC_UMASK, Wanted.Readable, (in SysctlRequest request, Process process) => request.Put((ushort)process.FileCreationMask),
            "File creation mask", ownNumber: 0),
        Of("osrel", KERN_PROC_OSREL, Wanted.Seen, Release, "Release that the program is built for").With(CTLFLAG_WR | CTLFLAG_ANYBODY),
        Of("sigtramp", KERN_PROC_SIGTRAMP, Wanted.Debuggable, SignalTrampoline, "Address of the signal trampoline"),
        Of("cwd", KERN_PROC_CWD, Wanted.Alive, FileInformation.PutCurrentDirectory, "Current directory"),
        new SysctlRow("kern.proc.nfds", KERN_PROC_NFDS, Selecting, "N", Descriptors, "Open descriptors").InCapabilityMode,
        // No thread here has a word that blocks its signals.
        Of("sigfastblk", KERN_PROC_SIGFASTBLK, Wanted.Debuggable, (in SysctlRequest _, Process _) => Errno.ENOTTY, "Address of the word of sigfastblock(2)",
            ownNumber: 0),
        Of("vm_layout", KERN_PROC_VM_LAYOUT, Wanted.Readable, MapInformation.PutLayout, "Where the parts of the program are"),
    ];

    /// <summary>A value of one process.</summary>
    private delegate Errno ProcessHandler(in SysctlRequest request, Process process);

    /// <summary>pget's conditions.</summary>
    private enum Wanted
    {
        /// <summary>PGET_CANSEE: of zombies, too.</summary>
        Seen,
        /// <summary>PGET_CANDEBUG.</summary>
        Debuggable,
        /// <summary>PGET_CANDEBUG and PGET_NOTWEXIT.</summary>
        Alive,
        /// <summary>PGET_WANTREAD: nor does it execute a program just now.</summary>
        Readable,
    }

    /// <summary>A value whose name ends with a pid or the id of a thread. ESRCH; EINVAL without exactly one number.</summary>
    /// <param name="ownNumber">What stands for the caller, beside −1.</param>
    private static SysctlRow Of(string name, int number, Wanted wanted, ProcessHandler handler, string description, int ownNumber = -1) =>
        new("kern.proc." + name, number, Selecting, "N", (in SysctlRequest request) =>
        {
            if (request.Arguments.Length != 1) return Errno.EINVAL;
            var pid = request.Arguments[0] == -1 || request.Arguments[0] == ownNumber ? request.Caller.Pid : request.Arguments[0];
            return Find(request, pid, wanted, out var process) is not Errno.None and var error ? error : handler(request, process);
        }, description);

    // pget
    private static Errno Find(in SysctlRequest request, int pid, Wanted wanted, out Process process)
    {
        var kernel = request.Kernel;
        process = (pid <= Kernel.MaximumPid ? kernel.FindAny(pid) : kernel.FindLwp(pid)?.Process)!;
        if (process is null || (wanted >= Wanted.Alive && process.IsZombie)) return Errno.ESRCH;
        var error = wanted == Wanted.Seen ? Permission.CanSee(request.Caller, process) : Permission.CanDebug(request.Caller, process);
        if (error != Errno.None) return error;
        if (wanted >= Wanted.Alive && process.Has(ProcessFlags.Exiting)) return Errno.ESRCH;
        return wanted == Wanted.Readable && process.Has(ProcessFlags.InExec) ? Errno.ESRCH : Errno.None;
    }

    /// <summary>A choice of processes: one kinfo_proc each, and one row more with one for each thread.</summary>
    private static SysctlRow[] Selections(string name, int number, Func<Process, int, bool> isChosen)
    {
        return
        [
            new("kern.proc." + name, number, Selecting, "N", (in SysctlRequest request) => Select(request, number, isChosen, threads: false), "Processes"),
            new($"kern.proc.{name}_td", number | KERN_PROC_INC_THREAD, Selecting, "N",
                (in SysctlRequest request) => Select(request, number, isChosen, threads: true), "Processes, with their threads"),
        ];
    }

    // sysctl_kern_proc
    private static Errno Select(in SysctlRequest request, int number, Func<Process, int, bool> isChosen, bool threads)
    {
        var takesNumber = number != KERN_PROC_PROC;
        if (takesNumber ? request.Arguments.Length != 1 : request.Arguments.Length > 1) return Errno.EINVAL;
        var argument = takesNumber ? request.Arguments[0] : 0;
        if (number == KERN_PROC_PID)
        {
            if (Find(request, argument, Wanted.Seen, out var wanted) is not Errno.None and var error) return error;
            ProcessInformation.Put(request, wanted, threads);
            return Errno.None;
        }
        foreach (var process in request.Kernel.Processes)
            if (isChosen(process, argument) && Permission.CanSee(request.Caller, process) == Errno.None) ProcessInformation.Put(request, process, threads);
        return Overestimate(request);
    }

    // Unlike kern.proc.proc it counts every thread.
    private static Errno All(in SysctlRequest request)
    {
        foreach (var process in request.Kernel.Processes)
            if (Permission.CanSee(request.Caller, process) == Errno.None) ProcessInformation.Put(request, process, threads: true);
        return Overestimate(request);
    }

    /// <summary>Who asks for the size is given some more: there may be more processes when the list is asked for.</summary>
    private static Errno Overestimate(in SysctlRequest request) =>
        request.IsProbe ? request.Put(new byte[SpareProcesses * kinfo_proc.Bytes]) : Errno.None;

    // sysctl_kern_proc_args; setproctitle(3) writes its own.
    private static Errno Arguments(in SysctlRequest request, Process process)
    {
        if (request.IsWrite && process != request.Caller) return Errno.EPERM;
        // exit1 has dropped p_args.
        if (process.Has(ProcessFlags.Exiting)) return Errno.None;
        if (PutStrings(request, process.Arguments) is var error && (error != Errno.None || !request.IsWrite)) return error;
        // sizeof(struct pargs) is 8.
        if (request.NewValue.Length > KernelSysctls.ArgumentCacheLimit - 8) return Errno.ENOMEM;
        var text = System.Text.Encoding.Latin1.GetString(request.NewValue);
        process.Arguments = text.TrimEnd('\0').Split('\0');
        return Errno.None;
    }

    private static Errno PutStrings(in SysctlRequest request, IReadOnlyList<string> strings)
    {
        var error = Errno.None;
        foreach (var text in strings) error = request.PutText(text);
        return error;
    }

    private static Errno PathName(in SysctlRequest request, Process process) =>
        process.ExecutablePath.Length == 0 ? Errno.None : request.PutText(request.Caller.Directory.Seen(process.ExecutablePath));

    private static Errno Groups(in SysctlRequest request, Process process) =>
        request.Put(MemoryMarshal.AsBytes(process.Credentials.Groups.ToArray().AsSpan()));

    // sysctl_kern_proc_rlimit
    private static Errno Limit(in SysctlRequest request)
    {
        if (request.Arguments.Length != 2 || (uint)request.Arguments[1] >= Resources.RLIM_NLIMITS) return Errno.EINVAL;
        if (request.IsWrite && request.NewValue.Length != rlimit.Bytes) return Errno.EINVAL;
        var (pid, which) = (request.Arguments[0], request.Arguments[1]);
        if (Find(request, pid == -1 ? request.Caller.Pid : pid, request.IsWrite ? Wanted.Alive : Wanted.Seen, out var process) is not Errno.None and var error)
            return error;
        if (process.IsZombie || process.Has(ProcessFlags.Exiting)) return Errno.ESRCH;
        if ((error = request.Put(process.Limits[which])) != Errno.None || !request.IsWrite) return error;
        return ResourceCalls.SetLimit(request.Caller, process, which, MemoryMarshal.Read<rlimit>(request.NewValue));
    }

    // sysctl_kern_proc_osrel
    private static Errno Release(in SysctlRequest request, Process process)
    {
        if (request.IsWrite && request.NewValue.Length != sizeof(int)) return Errno.EINVAL;
        if (process.IsZombie || process.Has(ProcessFlags.Exiting)) return Errno.ESRCH;
        if (request.IsWrite && Permission.CanDebug(request.Caller, process) is not Errno.None and var refused) return refused;
        if (request.Put(process.OsRelease) is var error && (error != Errno.None || !request.IsWrite)) return error;
        var release = MemoryMarshal.Read<int>(request.NewValue);
        if (release < 0) return Errno.EINVAL;
        process.OsRelease = release;
        return Errno.None;
    }

    // sysctl_kern_proc_nfds: 0 is the caller, and nobody else can be asked about.
    private static Errno Descriptors(in SysctlRequest request)
    {
        if (request.Arguments.Length != 1 || request.Arguments[0] != 0) return Errno.EINVAL;
        return request.Put(request.Caller.Files.Count);
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
