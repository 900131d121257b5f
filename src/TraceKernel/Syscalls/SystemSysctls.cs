using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl vm.*, hw.*, security.* and the other branches beside kern.</summary>
internal static class SystemSysctls
{
    public static readonly SysctlRow[] Rows =
    [
        Node("vm", CTL_VM),
        Opaque("vm.loadavg", 2, "S,loadavg", LoadAverage),
        Int("vm.overcommit", Auto, _ => 0),
        Node("vfs", CTL_VFS),
        IntVariable("vfs.ino64_trunc_error", Auto, kernel => kernel.InodeTruncation, (kernel, value) => kernel.InodeTruncation = value),
        Node("hw", CTL_HW),
        Text("hw.machine", HW_MACHINE, kernel => kernel.Architecture.Name),
        Text("hw.model", HW_MODEL, kernel => $"gdbstub {kernel.Architecture.Name} CPU"),
        Int("hw.ncpu", HW_NCPU, kernel => kernel.Options.Cpus),
        Int("hw.byteorder", HW_BYTEORDER, _ => 1234),
        ULong("hw.physmem", HW_PHYSMEM, PhysicalMemory),
        ULong("hw.usermem", HW_USERMEM, PhysicalMemory),
        Int("hw.pagesize", HW_PAGESIZE, _ => Frame.Size),
        Int("hw.floatingpoint", HW_FLOATINGPT, _ => 1),
        Text("hw.machine_arch", HW_MACHINE_ARCH, kernel => kernel.Architecture.MachineArch),
        ULong("hw.realmem", HW_REALMEM, PhysicalMemory),
        ULong("hw.availpages", Auto, kernel => PhysicalMemory(kernel) / Frame.Size),
        Opaque("hw.pagesizes", Auto, "LU", PageSizes),
        Node("debug", CTL_DEBUG),
        IntVariable("debug.elf64_legacy_coredump", Auto, kernel => kernel.Cores.IsLegacy ? 1 : 0, (kernel, value) => kernel.Cores.IsLegacy = value != 0),
        IntVariable("debug.ncores", Auto, kernel => kernel.Cores.Count, (kernel, value) => kernel.Cores.Count = Math.Clamp(value, 0, 100000)),
        Node("user", CTL_USER),
        Text("user.cs_path", 1, _ => "/usr/bin:/bin:/usr/sbin:/sbin:"),
        Int("user.posix2_version", 10, _ => 199212),
        Int("user.stream_max", 19, _ => 20),
        Int("user.tzname_max", 20, _ => 255),
        Node("p1003_1b", CTL_P1003_1B),
        Int("p1003_1b.mapped_files", 2, _ => 200112),
        Int("p1003_1b.memory_protection", 5, _ => 200112),
        Int("p1003_1b.fsync", 11, _ => 200112),
        Int("p1003_1b.pagesize", P1003_1B_PAGESIZE, _ => Frame.Size),
        Node("security"),
        Node("security.bsd"),
        IntVariable("security.bsd.see_other_uids", Auto, kernel => kernel.Security.SeeOtherUsers ? 1 : 0,
            (kernel, value) => kernel.Security.SeeOtherUsers = value != 0),
        IntVariable("security.bsd.see_other_gids", Auto, kernel => kernel.Security.SeeOtherGroups ? 1 : 0,
            (kernel, value) => kernel.Security.SeeOtherGroups = value != 0),
        IntVariable("security.bsd.allow_ptrace", Auto, kernel => kernel.Security.AllowPtrace ? 1 : 0,
            (kernel, value) => kernel.Security.AllowPtrace = value != 0),
        IntVariable("security.bsd.unprivileged_proc_debug", Auto, kernel => kernel.Security.UnprivilegedProcessDebugging ? 1 : 0,
            (kernel, value) => kernel.Security.UnprivilegedProcessDebugging = value != 0),
        Int("security.bsd.unprivileged_read_msgbuf", Auto, _ => 0),
        Int("security.bsd.allow_read_dir", Auto, _ => 0),
        Int("security.bsd.map_at_zero", Auto, _ => 0),
        Node("security.jail"),
        Int("security.jail.jailed", Auto, _ => 0),
    ];

    private static ulong PhysicalMemory(Kernel kernel) => (ulong)kernel.Options.MaximumMemory;

    // struct loadavg: three fixed-point numbers (an idle system's) and their scale.
    private static Errno LoadAverage(in SysctlRequest request)
    {
        request.Put(0L);
        request.Put(0L);
        return request.Put(2048L);
    }

    private static Errno PageSizes(in SysctlRequest request)
    {
        foreach (var size in request.Kernel.Architecture.PageSizes) request.Put(size);
        return Errno.None;
    }
}
