using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl kern.*, but for what has a table of its own (kern.proc, kern.ipc, kern.features).</summary>
internal static class KernelSysctls
{
    /// <summary>ARG_MAX of sys/syslimits.h.</summary>
    internal const int MaximumArguments = 524288;
    /// <summary>sizeof(struct ps_strings): it is the last thing below the stack's top.</summary>
    internal const int PsStringsBytes = 32;
    /// <summary>hz: ticks of the clock in a second.</summary>
    internal const int Hertz = 1000;
    /// <summary>FSCALE: 1.0 as a fixed-point number of the scheduler.</summary>
    internal const int FixedPointScale = 1 << 11;
    /// <summary>ps_arg_cache_limit: the longest argument list that the kernel remembers, with its header.</summary>
    internal const int ArgumentCacheLimit = 256;

    public static readonly SysctlRow[] Rows =
    [
        Node("kern", CTL_KERN, "Kernel proper"),
        Text("kern.ostype", KERN_OSTYPE, _ => "FreeBSD", "Name of the operating system").InCapabilityMode,
        Text("kern.osrelease", KERN_OSRELEASE, kernel => kernel.Personality.OsRelease, "Release of the operating system").InCapabilityMode with
        {
            Handler = (in SysctlRequest request) =>
                request.PutText(request.Caller.Prison.OsRelease is { Length: > 0 } own ? own : request.Kernel.Personality.OsRelease),
        },
        Int("kern.osrevision", KERN_OSREV, _ => 199506, "Revision of the operating system").InCapabilityMode,
        Text("kern.version", KERN_VERSION, kernel => $"FreeBSD {kernel.Personality.OsRelease} GDBSTUB\n", "Version of the kernel").InCapabilityMode,
        Int("kern.maxvnodes", KERN_MAXVNODES, kernel => kernel.Options.MaximumFiles, "Most vnodes at a time"),
        Int("kern.maxproc", KERN_MAXPROC, kernel => kernel.Options.MaximumProcesses, "Most processes at a time"),
        Int("kern.maxfiles", KERN_MAXFILES, kernel => kernel.Options.MaximumProcesses * FileTable.MaximumFiles, "Most open files"),
        Int("kern.argmax", KERN_ARGMAX, _ => MaximumArguments, "Most bytes of arguments of execve(2)").InCapabilityMode,
        IntVariable("kern.securelevel", KERN_SECURELVL, kernel => kernel.Security.SecureLevel, (kernel, value) => kernel.Security.Raise(value),
            "Secure level").With(CTLFLAG_PRISON),
        HostText("kern.hostname", KERN_HOSTNAME, HostIdentity.MaximumName, host => host.Name, (host, name) => host.Name = name, "Name of this host"),
        new("kern.hostid", KERN_HOSTID, CTLTYPE_ULONG | CTLFLAG_RD | CTLFLAG_WR | CTLFLAG_PRISON | CTLFLAG_CAPRD | CTLFLAG_MPSAFE, "LU", HostId, "Number of this host"),
        Opaque("kern.clockrate", KERN_CLOCKRATE, "S,clockinfo", ClockRate, "Rates of the kernel's clocks"),
        Opaque("kern.file", KERN_FILE, "S,xfile", FileInformation.PutTable, "All open files"),
        Int("kern.posix1version", KERN_POSIX1, _ => 200112, "POSIX.1 that the system follows").InCapabilityMode,
        Int("kern.ngroups", KERN_NGROUPS, _ => Credentials.MaximumGroups, "Most supplementary groups of a user").InCapabilityMode,
        Int("kern.job_control", KERN_JOB_CONTROL, _ => 1, "Job control exists").InCapabilityMode,
        Int("kern.saved_ids", KERN_SAVED_IDS, _ => 1, "Saved user and group ids exist").InCapabilityMode,
        Opaque("kern.boottime", KERN_BOOTTIME, "S,timeval", BootTime, "Time at which the system came up"),
        HostText("kern.domainname", KERN_NISDOMAINNAME, HostIdentity.MaximumName, host => host.Domain, (host, name) => host.Domain = name, "NIS domain"),
        Int("kern.osreldate", KERN_OSRELDATE, kernel => kernel.OsReleaseDate, "Date of the kernel's release").InCapabilityMode with
        {
            Handler = (in SysctlRequest request) =>
                request.Put(request.Caller.Prison.OsReleaseDate is > 0 and var own ? own : request.Kernel.OsReleaseDate),
        },
        Text("kern.bootfile", KERN_BOOTFILE, _ => "/boot/kernel/kernel", "File of the kernel that runs"),
        Int("kern.maxfilesperproc", KERN_MAXFILESPERPROC, _ => FileTable.MaximumFiles, "Most open files of a process"),
        Int("kern.maxprocperuid", KERN_MAXPROCPERUID, kernel => kernel.Options.MaximumProcesses, "Most processes of a user"),
        ULong("kern.ps_strings", KERN_PS_STRINGS, kernel => kernel.Architecture.SharedPage - PsStringsBytes,
            "Address of the strings that ps(1) shows").InCapabilityMode,
        ULong("kern.usrstack", KERN_USRSTACK, kernel => kernel.Architecture.SharedPage, "Top of a program's stack").InCapabilityMode,
        Int("kern.logsigexit", KERN_LOGSIGEXIT, _ => 1, "Processes that a signal ends are logged"),
        Int("kern.iov_max", KERN_IOV_MAX, _ => Fcntl.IOV_MAX, "Most buffers of readv(2) and writev(2)").InCapabilityMode,
        HostText("kern.hostuuid", KERN_HOSTUUID, HostIdentity.MaximumUuid, host => host.Uuid, (host, uuid) => host.Uuid = uuid, "UUID of this host"),
        Opaque("kern.arandom", KERN_ARND, "", RandomBytes, "Random bytes").InCapabilityMode,
        ULong("kern.maxphys", KERN_MAXPHYS, _ => 1 << 20, "Most bytes of one block transfer").InCapabilityMode,
        Opaque("kern.lockf", KERN_LOCKF, "", Nothing, "Locks on files"),
        Text("kern.ident", "GDBSTUB", "Name of the kernel's configuration"),
        Text("kern.compiler_version", "", "Compiler of the kernel"),
        Text("kern.conftxt", "", "Configuration file of the kernel"),
        Text("kern.supported_archs", Auto, kernel => kernel.Architecture.MachineArch, "Architectures whose programs run"),
        Text("kern.vm_guest", "none", "Hypervisor that the system runs on"),
        Text("kern.module_path", "/boot/kernel;/boot/modules", "Directories where kernel modules are"),
        Text("kern.init_path", "/sbin/init", "Program of process 1"),
        Int("kern.init_shutdown_timeout", 120, "Seconds that init(8) takes for a shutdown"),
        TextVariable("kern.corefile", Auto, kernel => kernel.Cores.FileName, (kernel, name) => kernel.Cores.FileName = name,
            "Pattern of the names of core files"),
        Node("kern.ktrace", description: "Traces of ktrace(2)"),
        IntVariable("kern.ktrace.genio_size", Auto, kernel => kernel.TraceTransferBytes,
            (kernel, value) => kernel.TraceTransferBytes = Math.Clamp(value, 0, 1 << 20), "Bytes of a transfer that are recorded"),
        Int("kern.ktrace.request_pool", 100, "Records that may wait to be written"),
        IntVariable("kern.chroot_allow_open_directories", Auto, kernel => kernel.Security.ChrootAllowsOpenDirectories,
            (kernel, value) => kernel.Security.ChrootAllowsOpenDirectories = value, "Processes with open directories call chroot(2)"),
        IntVariable("kern.coredump", Auto, kernel => kernel.Cores.Enabled ? 1 : 0, (kernel, value) => kernel.Cores.Enabled = value != 0,
            "Programs that crash leave a core file"),
        IntVariable("kern.sugid_coredump", Auto, kernel => kernel.Cores.SetIdEnabled ? 1 : 0,
            (kernel, value) => kernel.Cores.SetIdEnabled = value != 0, "So do set-id programs"),
        Int("kern.nodump_coredump", 0, "Core files get the nodump flag"),
        Int("kern.compress_user_cores", 0, "Core files are compressed"),
        Int("kern.capmode_coredump", 0, "Programs in capability mode leave core files"),
        Int("kern.pid_max", Auto, _ => Kernel.MaximumPid, "Highest process id"),
        Int("kern.lastpid", Auto, kernel => kernel.LastPid, "Process id that was given out last"),
        Int("kern.randompid", 0, "Process ids are chosen at random"),
        Int("kern.trap_enotcap", 0, "SIGTRAP is sent for what capability mode refuses"),
        Int("kern.kill_on_debugger_exit", 1, "Tracees are killed when their debugger exits"),
        Int("kern.hz", Hertz, "Ticks of the clock in a second"),
        Int("kern.nbuf", 4096, "Buffers of the buffer cache"),
        Int("kern.nswbuf", 128, "Buffers of the swap pager"),
        Int("kern.maxusers", 384, "Size of the system that tables are made for"),
        Int("kern.maxthread", Auto, kernel => kernel.MaximumThreads, "Most threads at a time"),
        Int("kern.openfiles", Auto, kernel => FileInformation.OpenFiles(kernel).Count, "Open files"),
        Int("kern.stackprot", 3, "Protection of stacks"),
        ULong("kern.maxtsiz", 32UL << 30, "Most bytes of a program's text"),
        ULong("kern.dfldsiz", 32UL << 30, "Data limit that processes begin with"),
        ULong("kern.maxdsiz", 32UL << 30, "Most bytes of a program's data"),
        ULong("kern.dflssiz", 512UL << 20, "Stack limit that processes begin with"),
        ULong("kern.maxssiz", 512UL << 20, "Most bytes of a stack"),
        ULong("kern.sgrowsiz", 128UL << 10, "Bytes by which stacks grow"),
        UInt("kern.ps_arg_cache_limit", ArgumentCacheLimit, "Longest argument list that the kernel remembers"),
        Int("kern.ps_argsopen", 1, "Everybody sees the arguments of every process"),
        Int("kern.fscale", FixedPointScale, "1.0 in fixed-point numbers of the scheduler"),
        // exp(-1/20) as a fixed-point number, by which ps(1) weighs its percentages.
        Int("kern.ccpu", 0, "How much of the processor share of the last second remains"),
        Opaque("kern.cp_time", Auto, "LU", Statistics.PutProcessorTimes, "Ticks in each state of the processors") with { Kind = LongArray },
        Opaque("kern.cp_times", Auto, "LU", Statistics.PutTimesOfProcessors, "Ticks in each state of each processor") with { Kind = LongArray },
        Opaque("kern.devname", Auto, "", DeviceName, "Name of a device number") with { Kind = CTLTYPE_OPAQUE | CTLFLAG_RD | CTLFLAG_WR | CTLFLAG_ANYBODY | CTLFLAG_MPSAFE },
        Text("kern.console", "", "Consoles"),
        Int("kern.consmute", 0, "The console is silent"),
        Text("kern.vty", "", "Driver of virtual terminals"),
        Opaque("kern.ttys", Auto, "S,xtty", Nothing, "Terminals"),
        U64("kern.tty_nin", Auto, _ => 0, "Bytes that terminals have read"),
        U64("kern.tty_nout", Auto, _ => 0, "Bytes that terminals have written"),
        Text("kern.disks", "", "Names of disks"),
        Text("kern.msgbuf", Auto, kernel => kernel.MessageBuffer.Text, "Messages of the kernel") with { Handler = Messages },
        Int("kern.msgbufsize", MessageBuffer.Capacity, "Bytes of the kernel's message buffer"),
        Int("kern.msgbuf_show_timestamp", 0, "Messages of the kernel have a time"),
        Text("kern.function_list", "", "Functions of the kernel"),
        Node("kern.devstat", description: "Statistics of devices"),
        // DEVSTAT_VERSION; there are no disks.
        Int("kern.devstat.version", 6, "Version of struct devstat"),
        Int("kern.devstat.numdevs", 0, "Devices"),
        Long("kern.devstat.generation", Auto, _ => 0, "Changes of the list of devices"),
        // sysctl_devstat: the generation, and nothing after it.
        Opaque("kern.devstat.all", Auto, "S,devstat", (in SysctlRequest request) => request.Put(0L), "All devices"),
        Node("kern.elf64", description: "64-bit programs"),
        Int("kern.elf64.fallback_brand", -1, "Brand of programs without one"),
        Int("kern.elf64.nxstack", 1, "Stacks are not executable"),
        Int("kern.elf64.allow_wx", 1, "Pages may be writable and executable"),
        Int("kern.elf64.vdso", 0, "The shared page has a vdso"),
        Int("kern.elf64.sigfastblock", 0, "Programs are told of sigfastblock(2)"),
        Text("kern.elf64.pie_base", "0", "Address of position-independent programs"),
        Node("kern.elf64.aslr", description: "Random addresses"),
        Int("kern.elf64.aslr.enable", 0, "Addresses are random"),
        Int("kern.elf64.aslr.pie_enable", 0, "So are those of position-independent programs"),
        Int("kern.elf64.aslr.honor_sbrk", 1, "brk(2) has room of its own"),
        Node("kern.smp", description: "Processors"),
        Int("kern.smp.maxid", Auto, kernel => kernel.Options.Cpus - 1, "Highest number of a processor").InCapabilityMode,
        Int("kern.smp.maxcpus", Auto, kernel => kernel.Personality.MaximumCpus, "Most processors that the kernel is built for").InCapabilityMode,
        Int("kern.smp.active", Auto, kernel => kernel.Options.Cpus > 1 ? 1 : 0, "There is more than one processor").InCapabilityMode,
        Int("kern.smp.disabled", 0, "Only one processor is used").InCapabilityMode,
        Int("kern.smp.cpus", Auto, kernel => kernel.Options.Cpus, "Processors").InCapabilityMode,
        Int("kern.smp.threads_per_core", 1, "Threads of a core").InCapabilityMode,
        Int("kern.smp.cores", Auto, kernel => kernel.Options.Cpus, "Cores").InCapabilityMode,
        Node("kern.sched", description: "Scheduler"),
        Text("kern.sched.name", "ULE", "Name of the scheduler"),
        // sizeof(cpuset_t): libthr and Rust's runtime size their CPU sets by it.
        Int("kern.sched.cpusetsize", Auto, kernel => kernel.Personality.MaximumCpus / 8, "Bytes of a set of processors").InCapabilityMode,
        Int("kern.sched.cpusetsizemin", Auto, kernel => (kernel.Options.Cpus + 63) / 64 * 8, "Bytes of the smallest set that is accepted").InCapabilityMode,
        Int("kern.sched.quantum", 20, "Microseconds of a turn"),
        Node("kern.threads", description: "Threads"),
        Int("kern.threads.max_threads_per_proc", Auto, _ => 1500, "Most threads of a process"),
        Node("kern.sigqueue", description: "Queued signals"),
        Int("kern.sigqueue.max_pending_per_proc", 128, "Most queued signals of a process"),
        Node("kern.timecounter", description: "Time counters"),
        Text("kern.timecounter.choice", "TSC(1000)", "Time counters that there are"),
        Text("kern.timecounter.hardware", "TSC", "Time counter in use"),
        Int("kern.timecounter.tick", 1, "Ticks between two readings"),
        Int("kern.timecounter.fast_gettime", 0, "Programs read the time without a system call"),
        Node("kern.eventtimer", description: "Event timers"),
        Text("kern.eventtimer.timer", "LAPIC", "Event timer in use"),
        Text("kern.eventtimer.choice", "LAPIC(600)", "Event timers that there are"),
        Int("kern.eventtimer.periodic", 0, "The timer is periodic"),
        Node("kern.racct", description: "Resource accounting"),
        Int("kern.racct.enable", 0, "Resources are accounted for"),
        Node("kern.geom", description: "Disks"),
        Text("kern.geom.confxml", "<mesh>\n</mesh>\n", "Disks as XML"),
        Node("kern.cam", description: "Peripherals"),
        Node("kern.module", description: "Modules"),
        Int("kern.module.autoload", 0, "Modules are loaded as they are needed"),
    ];

    /// <summary>CTLTYPE_LONG, although there are several.</summary>
    private const uint LongArray = CTLTYPE_LONG | CTLFLAG_RD | CTLFLAG_MPSAFE;

    /// <summary>A table that is empty on this machine.</summary>
    internal static Errno Nothing(in SysctlRequest request) => Errno.None;

    // struct clockinfo: hz, tick in microseconds, spare, stathz, profhz
    private static Errno ClockRate(in SysctlRequest request)
    {
        foreach (var value in (ReadOnlySpan<int>)[Hertz, 1_000_000 / Hertz, 0, Statistics.Hertz, Statistics.Hertz * 64]) request.Put(value);
        return Errno.None;
    }

    private static Errno BootTime(in SysctlRequest request) => request.Put(timeval.Of(request.Kernel.RealTime - request.Kernel.Uptime));

    /// <summary>sysctl_hostname: a member of struct prison, of the jail that the process is in; EPERM where a jail may not change it.</summary>
    private static SysctlRow HostText(string name, int number, int room, Func<HostIdentity, string> get, Action<HostIdentity, string> set, string description) =>
        new(name, number, CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_WR | CTLFLAG_PRISON | CTLFLAG_CAPRD | CTLFLAG_MPSAFE, "A", (in SysctlRequest request) =>
        {
            var prison = request.Caller.Prison;
            if (request.IsWrite && !prison.Allows(Jails.PR_ALLOW_SET_HOSTNAME)) return Errno.EPERM;
            if (request.PutText(get(prison.Host)) is var error && (error != Errno.None || !request.IsWrite)) return error;
            if (request.NewValue.Length >= room) return Errno.EINVAL;
            set(prison.Host, NullTerminated.ToText(request.NewValue));
            return Errno.None;
        }, description);

    // sysctl_kern_msgbuf: no NUL follows. PRIV_MSGBUF, which users of the host have (security.bsd.unprivileged_read_msgbuf).
    private static Errno Messages(in SysctlRequest request) => request.Caller.Prison.Allows(Jails.PR_ALLOW_READ_MSGBUF)
        ? request.Put(System.Text.Encoding.Latin1.GetBytes(request.Kernel.MessageBuffer.Text)) : Errno.EPERM;

    // sysctl_hostid
    private static Errno HostId(in SysctlRequest request)
    {
        var prison = request.Caller.Prison;
        if (request.Put(prison.Host.Id) is var error && (error != Errno.None || !request.IsWrite)) return error;
        if (!prison.Allows(Jails.PR_ALLOW_SET_HOSTNAME)) return Errno.EPERM;
        if (request.NewValue.Length < sizeof(ulong)) return Errno.EINVAL;
        prison.Host.Id = BitConverter.ToUInt64(request.NewValue);
        return Errno.None;
    }

    // sysctl_kern_arnd: as much as is asked for, up to 256 bytes.
    private static Errno RandomBytes(in SysctlRequest request)
    {
        Span<byte> bytes = stackalloc byte[256];
        bytes = bytes[..Math.Min(request.OldLength, bytes.Length)];
        request.Kernel.Entropy.Fill(bytes);
        return request.Put(bytes);
    }

    // sysctl_devname: a dev_t comes in, of 32 bits from programs before 12, and ENOENT says that there is no such device.
    private static Errno DeviceName(in SysctlRequest request)
    {
        ulong number;
        if (request.NewValue.Length >= sizeof(ulong)) number = BitConverter.ToUInt64(request.NewValue);
        else if (request.NewValue.Length >= sizeof(uint)) number = BitConverter.ToUInt32(request.NewValue);
        else return Errno.EINVAL;
        return request.Kernel.FileSystem.DeviceName(number) is { } name ? request.PutText(name) : Errno.ENOENT;
    }
}
