using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.kinfo_proc;

namespace TraceKernel.Syscalls;

/// <summary>Processes and threads as struct kinfo_proc shows them: fill_kinfo_proc and its like.</summary>
internal static class ProcessInformation
{
    /// <summary>NO_PID: there is no foreground group.</summary>
    private const int NoPid = 100000;
    private const int P2_PTRACE_FSTP = 0x10;
    private const byte NoCpuOld = 255;

    /// <summary>AFORK: it has forked and executed nothing yet.</summary>
    private const ushort AFORK = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>One kinfo_proc for the process, or one for each of its threads.</summary>
    public static void Put(in SysctlRequest request, Process process, bool threads)
    {
        var common = Common(request, process);
        if (process.IsZombie || process.Threads.Count == 0)
        {
            common.ki_stat = process.IsZombie ? SZOMB : SRUN;
            request.Put(common);
            return;
        }
        foreach (var lwp in process.Threads)
        {
            request.Put(OfThread(request, common, process, lwp, isOwn: threads));
            if (!threads) return;
        }
    }

    /// <summary>The terminal that controls a process (P_CONTROLT and s_ttyp); null: none does.</summary>
    public static TerminalState? TerminalOf(Process process) =>
        process.HasTerminal ? process.Kernel.Jobs.TerminalOf(process.Session)?.State : null;

    // fill_kinfo_proc_only
    private static kinfo_proc Common(in SysctlRequest request, Process process)
    {
        var (kernel, credentials) = (process.Kernel, process.Credentials);
        var time = TimeCalls.ProcessorTime(process);
        var value = new kinfo_proc
        {
            ki_structsize = Bytes,
            ki_paddr = kernel.AddressOf(process),
            ki_fd = kernel.AddressOf(process.Files),
            ki_pd = kernel.AddressOf(process.Directory),
            ki_pid = process.Pid,
            ki_ppid = Family.ShownParentPid(process),
            ki_pgid = process.Group,
            ki_sid = process.Session,
            ki_jobc = (short)kernel.Jobs.CountJobs(process.Group),
            ki_siglist = process.Queue.Pending,
            ki_uid = credentials.UserId,
            ki_ruid = credentials.RealUserId,
            ki_svuid = credentials.SavedUserId,
            ki_rgid = credentials.RealGroupId,
            ki_svgid = credentials.SavedGroupId,
            ki_ngroups = (short)Math.Min(credentials.Groups.Count, GroupArray.Count),
            ki_groups = GroupArray.Of(credentials.Groups),
            ki_cr_flags = credentials.Groups.Count > GroupArray.Count ? KI_CRF_GRP_OVERFLOW : 0,
            // Within a jail its own processes are in jail 0.
            ki_jid = process.Jail == request.Caller.Jail ? 0 : process.Jail,
            ki_xstat = (ushort)(process.ExitCode << 8 | process.XSig),
            ki_acflag = process.Has(ProcessFlags.Executed) || process.IsHost ? (ushort)0 : AFORK,
            ki_pctcpu = Share(time, kernel.Uptime - process.StartTime),
            ki_swtime = (uint)((kernel.Uptime - process.StartTime) / NanosecondsPerSecond),
            ki_start = timeval.Of(kernel.Scheduler.BootTime + process.StartTime),
            ki_childtime = timeval.Of(process.ChildrenTime),
            ki_runtime = (ulong)time / 1000,
            ki_flag = Flags(process),
            ki_kiflag = process.Session == process.Pid ? KI_SLEADER : 0,
            ki_nice = (sbyte)process.Nice,
            ki_login = process.Login.Name,
            ki_loginclass = credentials.LoginClass,
            ki_comm = process.Name,
            ki_emul = ProcessSysctls.Emulation,
            ki_tdev = ulong.MaxValue,
            ki_tdev_freebsd11 = uint.MaxValue,
            ki_oncpu = -1,
            ki_oncpu_old = NoCpuOld,
            ki_tracer = process.IsTraced ? process.Parent.Pid : 0,
            ki_numthreads = process.Threads.Count,
            ki_flag2 = (int)process.Flags2 | (process.FirstStop ? P2_PTRACE_FSTP : 0),
            ki_pri = new priority(priority.PRI_TIMESHARE, priority.PUSER, priority.PUSER, priority.PUSER),
            ki_rusage = ResourceUsage.Of(process),
            ki_rusage_ch = new rusage { ru_utime = timeval.Of(process.ChildrenTime) },
            ki_sflag = PS_INMEM,
        };
        FillMemory(ref value, process);
        FillTerminal(ref value, process);
        for (var signal = 1; signal <= Abi.Signals.MaximumSignal; signal++)
        {
            if (process.Signals.IsIgnored(signal)) value.ki_sigignore = value.ki_sigignore.With(signal);
            if (process.Signals.IsCaught(signal)) value.ki_sigcatch = value.ki_sigcatch.With(signal);
        }
        return value;
    }

    private static long Flags(Process process)
    {
        var flags = (long)(process.Flags & ~(ProcessFlags.ParentWaits | ProcessFlags.ParentTraces)) | P_INMEM;
        if (process.Has(ProcessFlags.ParentWaits)) flags |= P_PPWAIT;
        if (process.Has(ProcessFlags.ParentTraces)) flags |= P_PPTRACE;
        if (process.Threads.Count > 1) flags |= P_HADTHREADS;
        if (process.Jail != 0) flags |= P_JAILED;
        return flags;
    }

    private static void FillMemory(ref kinfo_proc value, Process process)
    {
        if (process.IsHost || process.IsZombie || process.Vm is null) return;
        value.ki_vmspace = process.Kernel.AddressOf(process.Vm);
        value.ki_size = process.Vm.Map.Size;
        value.ki_rssize = ResourceUsage.ResidentPages(process);
        (value.ki_tsize, value.ki_dsize, value.ki_ssize) = ProgramSizes.Of(process);
    }

    private static void FillTerminal(ref kinfo_proc value, Process process)
    {
        if (process.IsHost || TerminalOf(process) is not { } terminal) return;
        value.ki_flag |= P_CONTROLT;
        value.ki_kiflag |= KI_CTTY;
        value.ki_tdev = terminal.Device;
        value.ki_tdev_freebsd11 = (uint)terminal.Device;
        value.ki_tpgid = terminal.Foreground == 0 ? NoPid : terminal.Foreground;
        value.ki_tsid = terminal.Session;
    }

    /// <summary>ki_pctcpu: the share of a processor, here since the process began.</summary>
    private static uint Share(long used, long elapsed) =>
        elapsed <= 0 ? 0 : (uint)Math.Min(KernelSysctls.FixedPointScale, (long)((Int128)used * KernelSysctls.FixedPointScale / elapsed));

    // fill_kinfo_thread
    private static kinfo_proc OfThread(in SysctlRequest request, kinfo_proc value, Process process, Lwp lwp, bool isOwn)
    {
        var kernel = process.Kernel;
        value.ki_tid = lwp.Tid;
        value.ki_tdaddr = kernel.AddressOf(lwp);
        SetName(ref value, lwp.Name);
        value.ki_sigmask = lwp.SignalMask;
        value.ki_stat = lwp.Suspended || (process.Flags & (ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace)) != 0 ? SSTOP
            : lwp.IsSleeping ? SSLEEP : SRUN;
        if (lwp.IsSleeping)
        {
            value.ki_wmesg = lwp.WaitMessage;
            value.ki_wchan = kernel.AddressOf(lwp.WaitChannel!);
            value.ki_slptime = (uint)((kernel.Uptime - lwp.SleepsSince) / NanosecondsPerSecond);
            value.ki_pri.pri_level = priority.PZERO;
        }
        // Whoever asks is the thread that runs.
        if (process == request.Caller && kernel.Scheduler.Current == lwp) (value.ki_oncpu, value.ki_oncpu_old) = (0, 0);
        if (!isOwn) return value;
        // What is pending for the whole process is in every row: debuggers look for signals that are on their way in one place.
        value.ki_siglist |= lwp.Queue.Pending;
        value.ki_rusage = ResourceUsage.Of(lwp);
        value.ki_runtime = (ulong)lwp.Cpu.Retired / 1000;
        value.ki_pctcpu = Share(lwp.Cpu.Retired, kernel.Uptime - process.StartTime);
        return value;
    }

    /// <summary>ki_tdname, and in ki_moretdname the three characters that do not fit there.</summary>
    private static void SetName(ref kinfo_proc value, string name)
    {
        const int TDNAMLEN = 16, more = 3;
        value.ki_tdname = name;
        for (var index = 0; index < Math.Min(name.Length - TDNAMLEN, more); index++)
            value.ki_moretdname |= (uint)(byte)name[TDNAMLEN + index] << 8 * index;
    }
}
