using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Registers;

/// <summary>How a thread goes back to user mode and what it has in use: pcb_flags, and what exception.S knows by position.</summary>
[Flags]
internal enum PcbFlags : ulong
{
    None = 0,
    /// <summary>The frame is that of a system call not yet answered: rcx holds argument 4.</summary>
    InSystemCall = 1,
    /// <summary>PCB_FULL_IRET: return with every register as the frame has it.</summary>
    FullReturn = 2,
    /// <summary>The call is answered; SYSRET will clobber registers on the way out.</summary>
    SystemReturn = 4,
    /// <summary>PCB_DBREGS: debug registers are the thread's own.</summary>
    DebugRegisters = 8,
    /// <summary>Debug registers were set and go into the CPU on the way out.</summary>
    LoadDebugRegisters = 16,
    /// <summary>The FPU image was set and goes into the CPU on the way out.</summary>
    LoadFpu = 32,
}

/// <summary>The pcb of a thread, kept in its register file so that fork copies it.</summary>
internal static class Pcb
{
    public static bool Has(Cpu cpu, PcbFlags flags) => ((PcbFlags)cpu[Slots.Pcb] & flags) != 0;

    public static void Set(Cpu cpu, PcbFlags flags) => cpu[Slots.Pcb] |= (ulong)flags;

    public static void Clear(Cpu cpu, PcbFlags flags) => cpu[Slots.Pcb] &= ~(ulong)flags;

    /// <summary>set_pcb_flags(PCB_FULL_IRET): the frame was changed, all of it counts.</summary>
    public static void RequireFullReturn(Cpu cpu)
    {
        Set(cpu, PcbFlags.FullReturn);
        Clear(cpu, PcbFlags.SystemReturn);
    }
}
