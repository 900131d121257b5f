using TraceKernel.Machine.Memory;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl user.* and p1003_1b.*: what sysconf(3) and confstr(3) ask. The values of user.* are libc's, which answers itself.</summary>
internal static class UserSysctls
{
    public static readonly SysctlRow[] Rows =
    [
        Node("user", CTL_USER, "Limits of user land"),
        Text("user.cs_path", 1, _ => "/usr/bin:/bin:/usr/sbin:/sbin:", "Path of the standard utilities"),
        .. Limits(
            ("bc_base_max", 2, 99), ("bc_dim_max", 3, 2048), ("bc_scale_max", 4, 99), ("bc_string_max", 5, 1000), ("coll_weights_max", 6, 10),
            ("expr_nest_max", 7, 32), ("line_max", 8, 2048), ("re_dup_max", 9, 255), ("posix2_version", 10, 199212), ("posix2_c_bind", 11, 0),
            ("posix2_c_dev", 12, 0), ("posix2_char_term", 13, 0), ("posix2_fort_dev", 14, 0), ("posix2_fort_run", 15, 0),
            ("posix2_localedef", 16, 0), ("posix2_sw_dev", 17, 0), ("posix2_upe", 18, 0), ("stream_max", 19, 20), ("tzname_max", 20, 255)),
        Text("user.localbase", 21, _ => "/usr/local", "Where programs that are not of the system are"),
        Node("p1003_1b", CTL_P1003_1B, "POSIX 1003.1b"),
        .. Options(
            ("asynchronous_io", 1, 200112), ("mapped_files", 2, 200112), ("memlock", 3, 0), ("memlock_range", 4, 0), ("memory_protection", 5, 0),
            ("message_passing", 6, 200112), ("prioritized_io", 7, 0), ("priority_scheduling", 8, 200112), ("realtime_signals", 9, 200112),
            ("semaphores", 10, 200112), ("fsync", 11, 200112), ("shared_memory_objects", 12, 200112), ("synchronized_io", 13, 0),
            ("timers", 14, 200112), ("aio_listio_max", 15, -1), ("aio_max", 16, 1024), ("aio_prio_delta_max", 17, 0),
            ("delaytimer_max", 18, int.MaxValue), ("mq_open_max", 19, 0), ("pagesize", P1003_1B_PAGESIZE, Frame.Size), ("rtsig_max", 21, 62),
            ("nsems_max", 22, 30), ("sem_value_max", 23, int.MaxValue), ("sigqueue_max", 24, 128), ("timer_max", 25, 32)),
    ];

    private static IEnumerable<SysctlRow> Limits(params (string Name, int Number, int Value)[] limits) =>
        limits.Select(limit => Int("user." + limit.Name, limit.Number, _ => limit.Value, $"{limit.Name.ToUpperInvariant()} of POSIX.2"));

    private static IEnumerable<SysctlRow> Options(params (string Name, int Number, int Value)[] options) =>
        options.Select(option => Int("p1003_1b." + option.Name, option.Number, _ => option.Value).InCapabilityMode);
}
