using System.Globalization;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>What ps(1) and procstat(1) print, in their columns, out of the same sysctls.</summary>
public static class ProcStat
{
    /// <summary>ps -ax: every process.</summary>
    public static string Processes(SystemCalls system)
    {
        var text = new StringBuilder("  PID TT  STAT      TIME COMMAND\n");
        foreach (var process in system.ReadProcesses())
        {
            var command = system.ReadArguments(process.ki_pid, out var arguments) == Errno.None && arguments.Length > 0
                ? string.Join(' ', arguments) : $"[{process.ki_comm}]";
            var time = TimeSpan.FromMicroseconds(process.ki_runtime);
            text.Append(CultureInfo.InvariantCulture,
                $"{process.ki_pid,5} {"-",-3} {State(process),-4} {(int)time.TotalMinutes,4}:{time:ss\\.ff} {command}\n");
        }
        return text.ToString();
    }

    /// <summary>procstat -t: the threads of a process.</summary>
    public static string Threads(SystemCalls system, int pid)
    {
        var text = new StringBuilder("  PID    TID COMM                TDNAME              CPU  PRI STATE   WCHAN\n");
        foreach (var thread in system.ReadThreads(pid))
        {
            var cpu = thread.ki_stat == kinfo_proc.SRUN ? thread.ki_lastcpu : thread.ki_oncpu == 255 ? -1 : thread.ki_lastcpu;
            text.Append(CultureInfo.InvariantCulture,
                $"{thread.ki_pid,5} {thread.ki_tid,6} {thread.ki_comm,-19} {OrDash(thread.ki_tdname.ToString()),-19} {cpu,3} {"-",4} ")
                .Append(CultureInfo.InvariantCulture, $"{StateName(thread.ki_stat),-7} {OrDash(thread.ki_wmesg.ToString()),-9}\n");
        }
        return text.ToString();
    }

    /// <summary>procstat -v: the map of a process's memory.</summary>
    public static string Map(SystemCalls system, int pid)
    {
        var text = new StringBuilder("  PID              START                END PRT  RES PRES REF SHD FLAG TP PATH\n");
        foreach (var (entry, path) in system.ReadMap(pid))
        {
            text.Append(CultureInfo.InvariantCulture, $"{pid,5} {"0x" + entry.kve_start.ToString("x", CultureInfo.InvariantCulture),18} ")
                .Append(CultureInfo.InvariantCulture,
                $"{"0x" + entry.kve_end.ToString("x", CultureInfo.InvariantCulture),18} {Protection(entry)} ")
                .Append(CultureInfo.InvariantCulture,
                $"{entry.kve_resident,4} {entry.kve_private_resident,4} {entry.kve_ref_count,3} {entry.kve_shadow_count,3} ")
                .Append(CultureInfo.InvariantCulture, $"{Flags(entry)} {MapType(entry.kve_type)} {path}\n");
        }
        return text.ToString();
    }

    /// <summary>procstat -f: what a process has open.</summary>
    public static string Files(SystemCalls system, int pid)
    {
        _ = system.ReadProcess(pid, out var process);
        var text = new StringBuilder("  PID COMM                FD T V FLAGS    REF  OFFSET PRO NAME\n");
        foreach (var (file, path) in system.ReadFiles(pid))
        {
            var offset = file.kf_fd < 0 ? "-" : file.kf_offset.ToString(CultureInfo.InvariantCulture);
            var references = file.kf_fd < 0 ? "-" : file.kf_ref_count.ToString(CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture,
                $"{pid,5} {process.ki_comm,-16} {Descriptor(file.kf_fd),5} {FileType(file.kf_type)} {VnodeType(file)} ")
                .Append(CultureInfo.InvariantCulture, $"{FileFlags(file.kf_flags)} {references,3} {offset,7} {"-",-3} {OrDash(path)}\n");
        }
        return text.ToString();
    }

    /// <summary>procstat -i: which signals are pending, ignored and caught.</summary>
    public static string Signals(SystemCalls system, int pid)
    {
        var text = new StringBuilder("  PID COMM             SIG     FLAGS\n");
        if (system.ReadProcess(pid, out var process) != Errno.None) return text.ToString();
        for (var signal = 1; signal <= TraceKernel.Abi.Signals.MaximumSignal; signal++)
        {
            var name = SignalTexts.Name(signal);
            if (name.StartsWith("SIG", StringComparison.Ordinal)) name = name[3..];
            text.Append(CultureInfo.InvariantCulture, $"{pid,5} {process.ki_comm,-16} {name,-7} ")
                .Append(process.ki_siglist.Contains(signal) ? 'P' : '-')
                .Append(process.ki_sigignore.Contains(signal) ? 'I' : '-')
                .Append(process.ki_sigcatch.Contains(signal) ? 'C' : '-').Append('\n');
        }
        return text.ToString();
    }

    /// <summary>procstat -c: the command line.</summary>
    public static string Arguments(SystemCalls system, int pid)
    {
        _ = system.ReadProcess(pid, out var process);
        _ = system.ReadArguments(pid, out var arguments);
        return string.Create(CultureInfo.InvariantCulture,
            $"  PID COMM             ARGS\n{pid,5} {process.ki_comm,-16} {(arguments.Length == 0 ? "-" : string.Join(' ', arguments))}\n");
    }

    /// <summary>How ps writes a process's state: R, S, T, Z, and X for one that is traced.</summary>
    public static string State(in kinfo_proc process)
    {
        var letter = process.ki_stat switch
        {
            kinfo_proc.SRUN => "R",
            kinfo_proc.SSTOP => "T",
            kinfo_proc.SZOMB => "Z",
            _ => "S",
        };
        return process.ki_tracer != 0 ? letter + "X" : letter;
    }

    /// <summary>How a descriptor, or what stands in its place, is called.</summary>
    public static string Descriptor(int descriptor) => descriptor switch
    {
        kinfo_file.KF_FD_TYPE_CWD => "cwd",
        kinfo_file.KF_FD_TYPE_ROOT => "root",
        kinfo_file.KF_FD_TYPE_TEXT => "text",
        _ => descriptor.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>rwx with - for what is not allowed.</summary>
    public static string Protection(in kinfo_vmentry entry) => string.Create(3, entry.kve_protection, (text, protection) =>
    {
        text[0] = (protection & kinfo_vmentry.KVME_PROT_READ) != 0 ? 'r' : '-';
        text[1] = (protection & kinfo_vmentry.KVME_PROT_WRITE) != 0 ? 'w' : '-';
        text[2] = (protection & kinfo_vmentry.KVME_PROT_EXEC) != 0 ? 'x' : '-';
    });

    private static string Flags(in kinfo_vmentry entry)
    {
        var flags = entry.kve_flags;
        var growth = (flags & kinfo_vmentry.KVME_FLAG_GROWS_UP) != 0 ? 'U' : (flags & kinfo_vmentry.KVME_FLAG_GROWS_DOWN) != 0 ? 'D' : '-';
        return $"{Letter(flags, kinfo_vmentry.KVME_FLAG_COW, 'C')}{Letter(flags, kinfo_vmentry.KVME_FLAG_NEEDS_COPY, 'N')}"
            + $"{Letter(flags, kinfo_vmentry.KVME_FLAG_SUPER, 'S')}{growth}";
    }

    private static string FileFlags(int flags) =>
        $"{Letter(flags, kinfo_file.KF_FLAG_READ, 'r')}{Letter(flags, kinfo_file.KF_FLAG_WRITE, 'w')}"
        + $"{Letter(flags, kinfo_file.KF_FLAG_APPEND, 'a')}--{Letter(flags, kinfo_file.KF_FLAG_NONBLOCK, 'n')}--";

    private static char Letter(int flags, int flag, char letter) => (flags & flag) != 0 ? letter : '-';

    private static string MapType(int type) => type switch
    {
        kinfo_vmentry.KVME_TYPE_NONE => "--",
        kinfo_vmentry.KVME_TYPE_DEFAULT => "df",
        kinfo_vmentry.KVME_TYPE_VNODE => "vn",
        _ => "??",
    };

    // KF_TYPE_SOCKET is 2, KF_TYPE_FIFO 4, KF_TYPE_KQUEUE 5 (sys/user.h).
    private static char FileType(int type) => type switch
    {
        kinfo_file.KF_TYPE_VNODE => 'v',
        2 => 's',
        kinfo_file.KF_TYPE_PIPE => 'p',
        4 => 'f',
        5 => 'k',
        _ => '?',
    };

    private static char VnodeType(in kinfo_file file) => file.kf_type != kinfo_file.KF_TYPE_VNODE ? '-' : file.kf_file_type switch
    {
        kinfo_file.KF_VTYPE_VREG => 'r',
        kinfo_file.KF_VTYPE_VDIR => 'd',
        kinfo_file.KF_VTYPE_VCHR => 'c',
        kinfo_file.KF_VTYPE_VLNK => 'l',
        kinfo_file.KF_VTYPE_VFIFO => 'f',
        _ => '?',
    };

    private static string StateName(sbyte state) => state switch
    {
        kinfo_proc.SRUN => "run",
        kinfo_proc.SSTOP => "stop",
        kinfo_proc.SZOMB => "zomb",
        kinfo_proc.SIDL => "idle",
        _ => "sleep",
    };

    private static string OrDash(string text) => text.Length == 0 ? "-" : text;
}
