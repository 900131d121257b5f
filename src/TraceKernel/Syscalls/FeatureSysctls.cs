using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl kern.features.*: what feature_present(3) asks. A feature that the kernel lacks has no row (FEATURE of sys/sysctl.h).</summary>
internal static class FeatureSysctls
{
    public static readonly SysctlRow[] Rows =
    [
        Node("kern.features", description: "Features of the kernel"),
        .. Features(
            ("aio", "Asynchronous transfers"), ("sysv_shm", "System V shared memory"), ("sysv_sem", "System V semaphores"),
            ("sysv_msg", "System V messages"), ("p1003_1b_mqueue", "POSIX message queues"), ("p1003_1b_semaphores", "POSIX semaphores"), ("posix_sem", "POSIX semaphores"),
            ("compat_freebsd4", "Programs of FreeBSD 4 run"), ("compat_freebsd5", "Programs of FreeBSD 5 run"),
            ("compat_freebsd6", "Programs of FreeBSD 6 run"), ("compat_freebsd7", "Programs of FreeBSD 7 run"),
            ("inet", "Internet protocol 4"), ("inet6", "Internet protocol 6"), ("kposix_priority_scheduling", "POSIX scheduling"),
            ("posix_shm", "POSIX shared memory"), ("process_descriptors", "Process descriptors"), ("stack", "Stacks can be captured")),
    ];

    private static IEnumerable<SysctlRow> Features(params (string Name, string Description)[] features) =>
        features.Select(feature => Int("kern.features." + feature.Name, 1, feature.Description).InCapabilityMode);
}
