using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl hw.*, machdep.* and dev.*: the simulated machine.</summary>
internal static class HardwareSysctls
{
    /// <summary>Instructions per second of a processor of the simulated machine, which are also the ticks of its time-stamp counter.</summary>
    private const ulong Frequency = 1_000_000_000;

    public static readonly SysctlRow[] Rows =
    [
        Node("hw", CTL_HW, "Hardware"),
        Text("hw.machine", HW_MACHINE, kernel => kernel.Architecture.Name, "Class of the machine").InCapabilityMode,
        Text("hw.model", HW_MODEL, kernel => $"gdbstub {kernel.Architecture.Name} CPU", "Model of the machine"),
        Int("hw.ncpu", HW_NCPU, kernel => kernel.Options.Cpus, "Processors").InCapabilityMode,
        Int("hw.byteorder", HW_BYTEORDER, _ => 1234, "Order of bytes").InCapabilityMode,
        ULong("hw.physmem", HW_PHYSMEM, PhysicalMemory, "Bytes of memory"),
        ULong("hw.usermem", HW_USERMEM, PhysicalMemory, "Bytes of memory that are not the kernel's"),
        Int("hw.pagesize", HW_PAGESIZE, _ => Frame.Size, "Bytes of a page").InCapabilityMode,
        Int("hw.floatingpoint", HW_FLOATINGPT, _ => 1, "Floating point is in hardware"),
        Text("hw.machine_arch", HW_MACHINE_ARCH, kernel => kernel.Architecture.MachineArch, "Architecture of the machine").InCapabilityMode,
        ULong("hw.realmem", HW_REALMEM, PhysicalMemory, "Bytes of memory that are there"),
        Long("hw.availpages", Auto, kernel => (long)PhysicalMemory(kernel) / Frame.Size, "Pages of memory"),
        Opaque("hw.pagesizes", Auto, "LU", PageSizes, "Sizes of pages") with { Kind = CTLTYPE_ULONG | CTLFLAG_RD | CTLFLAG_MPSAFE },
        Int("hw.clockrate", (int)(Frequency / 1_000_000), "Frequency in MHz"),
        Opaque("hw.intrnames", Auto, "", (in SysctlRequest request) => request.PutText("cpu0:timer"), "Names of interrupts"),
        Opaque("hw.intrcnt", Auto, "", (in SysctlRequest request) => request.Put(request.Kernel.Meter.Interrupts), "Interrupts by their names"),
        Node("machdep", CTL_MACHDEP, "What depends on the machine"),
        U64("machdep.tsc_freq", Auto, _ => Frequency, "Frequency of the time-stamp counter"),
        Int("machdep.adjkerntz", 0, "Seconds by which the clock of the machine differs from UTC"),
        Int("machdep.disable_rtc_set", 0, "The clock of the machine is not set"),
        Int("machdep.wall_cmos_clock", 0, "The clock of the machine has local time"),
        Int("machdep.disable_tsc", 0, "The time-stamp counter is not used"),
        Int("machdep.prot_fault_translation", 0, "Signal that protection faults get"),
        Int("machdep.hyperthreading_allowed", 1, "Threads of a core are used"),
        Text("machdep.bootmethod", "UEFI", "Firmware that booted the machine"),
        Node("dev", description: "Devices"),
        Node("dev.cpu", description: "Processors"),
        Node("dev.cpu.0", description: "Processor 0"),
        Text("dev.cpu.0.%desc", "gdbstub CPU", "Description of the device"),
        Text("dev.cpu.0.%driver", "cpu", "Driver of the device"),
        Text("dev.cpu.0.%location", "", "Place of the device"),
        Text("dev.cpu.0.%parent", "nexus0", "Parent of the device"),
        Int("dev.cpu.0.freq", (int)(Frequency / 1_000_000), "Frequency in MHz"),
        Text("dev.cpu.0.freq_levels", $"{Frequency / 1_000_000}/-1", "Frequencies in MHz, with the power that they take"),
        Node("compat", description: "Other systems"),
    ];

    private static ulong PhysicalMemory(Kernel kernel) => (ulong)kernel.Options.MaximumMemory;

    private static Errno PageSizes(in SysctlRequest request)
    {
        foreach (var size in request.Kernel.Architecture.PageSizes) request.Put(size);
        return Errno.None;
    }
}
