using TraceKernel.Machine.Memory;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl vm.*: memory, and what the kernel counts (vm_meter.c). There is no swap, so pages are free or active.</summary>
internal static class MemorySysctls
{
    private const int VM_TOTAL = 1, VM_LOADAVG = 2, VM_V_FREE_MIN = 3, VM_V_FREE_TARGET = 4, VM_V_FREE_RESERVED = 5,
        VM_V_INACTIVE_TARGET = 6, VM_V_PAGEOUT_FREE_MIN = 9, VM_OVERCOMMIT = 12;

    public static readonly SysctlRow[] Rows =
    [
        Node("vm", CTL_VM, "Virtual memory"),
        Opaque("vm.vmtotal", VM_TOTAL, "S,vmtotal", Statistics.PutTotals, "Totals of memory"),
        Opaque("vm.loadavg", VM_LOADAVG, "S,loadavg", LoadAverage, "Threads that were ready, averaged"),
        UInt("vm.v_free_min", VM_V_FREE_MIN, FreeMinimum, "Free pages below which memory is short"),
        UInt("vm.v_free_target", VM_V_FREE_TARGET, FreeTarget, "Free pages that are wanted"),
        UInt("vm.v_free_reserved", VM_V_FREE_RESERVED, FreeReserved, "Pages kept against deadlock"),
        UInt("vm.v_inactive_target", VM_V_INACTIVE_TARGET, kernel => FreeTarget(kernel) * 3 / 2, "Inactive pages that are wanted"),
        UInt("vm.v_pageout_free_min", VM_V_PAGEOUT_FREE_MIN, _ => 34, "Pages kept for the kernel"),
        UInt("vm.v_free_severe", Auto, kernel => FreeMinimum(kernel) / 2, "Free pages below which memory is very short"),
        Int("vm.overcommit", VM_OVERCOMMIT, _ => 0, "Rule for reserving swap"),
        U64("vm.swap_total", Auto, _ => 0, "Bytes of swap"),
        U64("vm.swap_reserved", Auto, _ => 0, "Bytes of swap that are reserved"),
        Int("vm.swap_enabled", 0, "Processes are swapped out"),
        Int("vm.swap_idle_enabled", 0, "So are idle ones"),
        ULong("vm.swap_maxpages", 0, "Most pages of swap"),
        ULong("vm.swzone", 0, "Bytes that describe swap"),
        Int("vm.nswapdev", 0, "Devices of swap"),
        Int("vm.dmmax", 32, "Most pages of one swap transfer"),
        // sysctl_vm_swap_info: ENOENT for a device that there is not.
        new("vm.swap_info", Auto, CTLTYPE_NODE | CTLFLAG_RD | CTLFLAG_MPSAFE, "N",
            (in SysctlRequest request) => request.Arguments.Length == 1 ? Abi.Errno.ENOENT : Abi.Errno.EINVAL, "Devices of swap"),
        Int("vm.old_mlock", 0, "mlock(2) needs no limit"),
        Int("vm.old_msync", 0, "msync(2) invalidates as of old"),
        Int("vm.mincore_mapped", 1, "mincore(2) looks at mappings only"),
        Int("vm.max_user_wired", Auto, kernel => (int)(PageCount(kernel) / 3), "Most pages that users lock"),
        Int("vm.cluster_anon", 1, "Anonymous mappings are put together"),
        Int("vm.ndomains", 1, "Domains of memory"),
        ULong("vm.minaddress", Auto, _ => Frame.Size, "Lowest address of a program"),
        Int("vm.user_va0_disable", 1, "Address 0 cannot be mapped"),
        ULong("vm.kmem_size", Auto, kernel => (ulong)kernel.Options.MaximumMemory, "Bytes for the kernel"),
        Int("vm.zone_count", 0, "Zones of kernel memory"),
        Opaque("vm.zone_stats", Auto, "s,struct uma_type_header", NoStructures, "Zones of kernel memory"),
        Int("kern.malloc_count", 0, "Kinds of kernel memory"),
        Opaque("kern.malloc_stats", Auto, "s,malloc_type_ustats", NoStructures, "Kinds of kernel memory"),
        Node("vm.stats", description: "What the kernel counts"),
        Node("vm.stats.sys", description: "Counts of the system"),
        .. Counts("sys",
            ("v_swtch", meter => meter.Switches, "Changes from one thread to another"),
            ("v_trap", meter => meter.Traps, "Traps"),
            ("v_syscall", meter => meter.SystemCalls, "System calls"),
            ("v_intr", meter => meter.Interrupts, "Interrupts of devices"),
            ("v_soft", meter => meter.Interrupts, "Software interrupts")),
        Node("vm.stats.vm", description: "Counts of memory"),
        .. Counts("vm",
            ("v_vm_faults", meter => meter.Faults, "Page faults"),
            ("v_forks", meter => meter.Forks, "Calls of fork(2)"),
            ("v_vforks", meter => meter.VForks, "Calls of vfork(2)"),
            ("v_rforks", meter => meter.RForks, "Calls of rfork(2)"),
            ("v_forkpages", meter => meter.ForkPages, "Pages that fork(2) handed on"),
            ("v_vforkpages", meter => meter.VForkPages, "Pages that vfork(2) shared"),
            ("v_rforkpages", meter => meter.RForkPages, "Pages that rfork(2) handed on")),
        // Without swap, a page daemon and reads of files that wait for a disk these stay at 0. Kinds of page faults are not told apart.
        .. Counts("vm", [.. "v_io_faults v_cow_faults v_zfod v_cow_optim v_ozfod v_swapin v_swapout v_swappgsin v_swappgsout v_vnodein v_vnodeout v_vnodepgsin v_vnodepgsout v_intrans v_reactivated v_pdwakeups v_pdshortfalls v_dfree v_pfree v_tfree v_kthreads v_kthreadpages v_pdpages"
            .Split(' ').Select(name => (name, new Func<VmMeter, long>(_ => 0), "A count that stays 0 on this machine"))]),
        UInt("vm.stats.vm.v_page_size", Frame.Size, "Bytes of a page"),
        UInt("vm.stats.vm.v_page_count", Auto, PageCount, "Pages"),
        UInt("vm.stats.vm.v_free_reserved", Auto, FreeReserved, "Pages kept against deadlock"),
        UInt("vm.stats.vm.v_free_target", Auto, FreeTarget, "Free pages that are wanted"),
        UInt("vm.stats.vm.v_free_min", Auto, FreeMinimum, "Free pages below which memory is short"),
        UInt("vm.stats.vm.v_free_count", Auto, FreeCount, "Free pages"),
        UInt("vm.stats.vm.v_wire_count", 0, "Wired pages"),
        UInt("vm.stats.vm.v_user_wire_count", 0, "Pages that users have wired"),
        UInt("vm.stats.vm.v_active_count", Auto, kernel => PageCount(kernel) - FreeCount(kernel), "Active pages"),
        UInt("vm.stats.vm.v_inactive_target", Auto, kernel => FreeTarget(kernel) * 3 / 2, "Inactive pages that are wanted"),
        UInt("vm.stats.vm.v_inactive_count", 0, "Inactive pages"),
        UInt("vm.stats.vm.v_laundry_count", 0, "Pages that wait to be written"),
        UInt("vm.stats.vm.v_pageout_free_min", 34, "Pages kept for the kernel"),
        UInt("vm.stats.vm.v_interrupt_free_min", 2, "Pages kept for interrupts"),
        UInt("vm.stats.vm.v_free_severe", Auto, kernel => FreeMinimum(kernel) / 2, "Free pages below which memory is very short"),
        UInt("vm.stats.vm.v_cache_count", 0, "Stays 0; read by programs before 12"),
        UInt("vm.stats.vm.v_cache_min", 0, "Stays 0; read by programs before 12"),
        UInt("vm.stats.vm.v_cache_max", 0, "Stays 0; read by programs before 12"),
        UInt("vm.stats.vm.v_tcached", 0, "Stays 0; read by programs before 12"),
        Node("vm.stats.object", description: "Counts of memory objects"),
        Count("vm.stats.object.bypasses", _ => 0, "Objects passed by"),
        Count("vm.stats.object.collapses", _ => 0, "Objects put together"),
    ];

    private static uint PageCount(Kernel kernel) => (uint)Math.Min(kernel.Options.MaximumMemory / Frame.Size, uint.MaxValue);

    internal static uint FreeCount(Kernel kernel) => PageCount(kernel) - (uint)Math.Min(kernel.Memory.FramesInUse, PageCount(kernel));

    // vm_pageout_init_domain's proportions.
    private static uint FreeReserved(Kernel kernel) => 34 + PageCount(kernel) / 768;

    private static uint FreeMinimum(Kernel kernel) => 4 + PageCount(kernel) / 200 + FreeReserved(kernel);

    private static uint FreeTarget(Kernel kernel) => 4 * FreeMinimum(kernel) + FreeReserved(kernel);

    /// <summary>VM_STATS: counters of 64 bits, of which programs before 12 read 32 (sysctl_handle_vmstat).</summary>
    private static IEnumerable<SysctlRow> Counts(string branch, params (string Name, Func<VmMeter, long> Value, string Description)[] counts)
    {
        foreach (var (name, value, description) in counts)
        {
            yield return new($"vm.stats.{branch}.{name}", Auto, CTLTYPE_U64 | CTLFLAG_RD | CTLFLAG_MPSAFE, "QU", (in SysctlRequest request) =>
            {
                var count = value(request.Kernel.Meter);
                return request.OldLength == sizeof(uint) ? request.Put((uint)count) : request.Put(count);
            }, description);
        }
    }

    // struct loadavg: three fixed-point numbers (an idle system's) and their scale.
    private static Abi.Errno LoadAverage(in SysctlRequest request)
    {
        request.Put(0L);
        request.Put(0L);
        return request.Put((long)KernelSysctls.FixedPointScale);
    }

    // struct uma_stream_header and malloc_type_stream_header: version, processors, and how many structures follow; thirteen spares.
    private static Abi.Errno NoStructures(in SysctlRequest request)
    {
        Span<int> header = stackalloc int[16];
        header.Clear();
        (header[0], header[1]) = (1, request.Kernel.Options.Cpus);
        return request.Put(System.Runtime.InteropServices.MemoryMarshal.AsBytes(header));
    }
}
