using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl kern.*, kern.proc.* excepted.</summary>
internal static class KernelSysctls
{
    /// <summary>kern.hostname; one name everywhere, so that runs compare.</summary>
    internal const string HostName = "gdbstub";
    /// <summary>ARG_MAX of sys/syslimits.h.</summary>
    private const int MaximumArguments = 524288;
    /// <summary>sizeof(struct ps_strings): it is the last thing below the stack's top.</summary>
    internal const int PsStringsBytes = 32;

    public static readonly SysctlRow[] Rows =
    [
        Node("kern", CTL_KERN),
        Text("kern.ostype", KERN_OSTYPE, _ => "FreeBSD"),
        Text("kern.osrelease", KERN_OSRELEASE, kernel => kernel.Personality.OsRelease),
        Int("kern.osrevision", KERN_OSREV, _ => 199506),
        Text("kern.version", KERN_VERSION, kernel => $"FreeBSD {kernel.Personality.OsRelease} GDBSTUB\n"),
        Int("kern.maxproc", KERN_MAXPROC, kernel => kernel.Options.MaximumProcesses),
        Int("kern.maxfiles", KERN_MAXFILES, kernel => kernel.Options.MaximumProcesses * FileTable.MaximumFiles),
        Int("kern.argmax", KERN_ARGMAX, _ => MaximumArguments),
        IntVariable("kern.securelevel", KERN_SECURELVL, kernel => kernel.Security.SecureLevel, (kernel, value) => kernel.Security.Raise(value)),
        Text("kern.hostname", KERN_HOSTNAME, _ => HostName),
        ULong("kern.hostid", KERN_HOSTID, _ => 0),
        Opaque("kern.clockrate", KERN_CLOCKRATE, "S,clockinfo", ClockRate),
        Int("kern.posix1version", KERN_POSIX1, _ => 200112),
        Int("kern.ngroups", KERN_NGROUPS, _ => 1023),
        Int("kern.job_control", KERN_JOB_CONTROL, _ => 1),
        Int("kern.saved_ids", KERN_SAVED_IDS, _ => 1),
        Opaque("kern.boottime", KERN_BOOTTIME, "S,timeval", BootTime),
        Text("kern.domainname", KERN_NISDOMAINNAME, _ => ""),
        Int("kern.osreldate", KERN_OSRELDATE, kernel => kernel.OsReleaseDate),
        Text("kern.bootfile", KERN_BOOTFILE, _ => "/boot/kernel/kernel"),
        Int("kern.maxfilesperproc", KERN_MAXFILESPERPROC, _ => FileTable.MaximumFiles),
        Int("kern.maxprocperuid", KERN_MAXPROCPERUID, kernel => kernel.Options.MaximumProcesses),
        ULong("kern.ps_strings", KERN_PS_STRINGS, kernel => kernel.Architecture.SharedPage - PsStringsBytes),
        ULong("kern.usrstack", KERN_USRSTACK, kernel => kernel.Architecture.SharedPage),
        Int("kern.logsigexit", KERN_LOGSIGEXIT, _ => 1),
        Int("kern.iov_max", KERN_IOV_MAX, _ => Fcntl.IOV_MAX),
        Text("kern.hostuuid", KERN_HOSTUUID, _ => "00000000-0000-0000-0000-000000000000"),
        Opaque("kern.arandom", KERN_ARND, "", RandomBytes),
        ULong("kern.maxphys", KERN_MAXPHYS, _ => 1 << 20),
        Text("kern.ident", Auto, _ => "GDBSTUB"),
        TextVariable("kern.corefile", Auto, kernel => kernel.Cores.FileName, (kernel, name) => kernel.Cores.FileName = name),
        IntVariable("kern.coredump", Auto, kernel => kernel.Cores.Enabled ? 1 : 0, (kernel, value) => kernel.Cores.Enabled = value != 0),
        IntVariable("kern.sugid_coredump", Auto, kernel => kernel.Cores.SetIdEnabled ? 1 : 0,
            (kernel, value) => kernel.Cores.SetIdEnabled = value != 0),
        Int("kern.pid_max", Auto, _ => 99999),
        Int("kern.trap_enotcap", Auto, _ => 0),
        Node("kern.smp"),
        Int("kern.smp.maxid", Auto, kernel => kernel.Options.Cpus - 1),
        Int("kern.smp.maxcpus", Auto, kernel => kernel.Personality.MaximumCpus),
        Int("kern.smp.active", Auto, kernel => kernel.Options.Cpus > 1 ? 1 : 0),
        Int("kern.smp.disabled", Auto, _ => 0),
        Int("kern.smp.cpus", Auto, kernel => kernel.Options.Cpus),
        Node("kern.sched"),
        Text("kern.sched.name", Auto, _ => "ULE"),
        // sizeof(cpuset_t): libthr and Rust's runtime size their CPU sets by it.
        Int("kern.sched.cpusetsize", Auto, kernel => kernel.Personality.MaximumCpus / 8),
        Node("kern.threads"),
        Int("kern.threads.max_threads_per_proc", Auto, _ => 1500),
        Node("kern.sigqueue"),
        Int("kern.sigqueue.max_pending_per_proc", Auto, _ => 128),
        Node("kern.ipc"),
        ULong("kern.ipc.maxpipekva", Auto, _ => 1024UL * Pipe.Capacity),
    ];

    // struct clockinfo: hz, tick in microseconds, spare, stathz, profhz
    private static Errno ClockRate(in SysctlRequest request)
    {
        foreach (var value in (ReadOnlySpan<int>)[1000, 1000, 0, 127, 8128]) request.Put(value);
        return Errno.None;
    }

    private static Errno BootTime(in SysctlRequest request) => request.Put(timeval.Of(request.Kernel.RealTime - request.Kernel.Uptime));

    // sysctl_kern_arnd: as much as is asked for, up to 256 bytes.
    private static Errno RandomBytes(in SysctlRequest request)
    {
        Span<byte> bytes = stackalloc byte[256];
        bytes = bytes[..Math.Min(request.OldLength, bytes.Length)];
        request.Kernel.Entropy.Fill(bytes);
        return request.Put(bytes);
    }
}
