using Arch.Arm64.Registers;
using TraceKernel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Signals;

namespace Arch.Arm64.Conventions;

/// <summary>
/// do_el0_sync and data_abort: which signal an exception of user mode becomes (sys/arm64/arm64/trap.c). si_trapno is the exception class,
/// where it is told.
/// </summary>
internal static class TrapSignals
{
    // armreg.h, exception classes of ESR_EL1
    public const int EXCP_UNKNOWN = 0x00, EXCP_SVC64 = 0x15, EXCP_MSR = 0x18, EXCP_INSN_ABORT_L = 0x20, EXCP_PC_ALIGN = 0x22,
        EXCP_DATA_ABORT_L = 0x24, EXCP_SP_ALIGN = 0x26, EXCP_BRKPT_EL0 = 0x30, EXCP_SOFTSTP_EL0 = 0x32, EXCP_WATCHPT_EL0 = 0x34,
        EXCP_BRK = 0x3c;

    /// <summary>UCODE_PAGEFLT, the code of a SIGBUS that was a protection failure (vm_fault_trap).</summary>
    private const int PageFaultCode = 12;

    /// <summary>The signal of a trap or debug exit; si_addr is mostly the pc.</summary>
    public static TrapSignal Of(Cpu cpu, in Exit exit, MachineRules rules) =>
        Told(exit.Kind == ExitKind.Debug ? DebugTrap(cpu, exit) : Trap(cpu, exit, rules), rules);

    private static TrapSignal Trap(Cpu cpu, in Exit exit, MachineRules rules) => exit.Trap switch
    {
        Traps.SystemCallImmediate => new(SIGILL, ILL_ILLOPN, cpu.Pc, EXCP_SVC64),
        Traps.Breakpoint => new(SIGTRAP, TRAP_BRKPT, cpu.Pc, EXCP_BRK),
        Traps.SystemRegister => new(SIGILL, ILL_PRVOPC, cpu.Pc, EXCP_MSR),
        Traps.StackAlignment => new(SIGBUS, BUS_ADRALN, cpu[Slots.Sp], EXCP_SP_ALIGN),
        Traps.PcAlignment => new(SIGBUS, BUS_ADRALN, cpu.Pc, EXCP_PC_ALIGN),
        // align_abort tells where the instruction is, not the data.
        Traps.DataAlignment => new(SIGBUS, BUS_ADRALN, cpu.Pc, EXCP_DATA_ABORT_L),
        // Older kernels tell FAR_EL1, which this exception does not write.
        _ => new(SIGILL, ILL_ILLTRP, rules.TellsTraps ? cpu.Pc : 0, EXCP_UNKNOWN),
    };

    /// <summary>
    /// SIGSEGV by reason, with the faulting address; where the ABI note counts, a protection failure without it is SIGBUS.
    /// </summary>
    public static TrapSignal OfMemoryFault(Cpu cpu, in Exit exit, bool protection, bool freebsdAbi, MachineRules rules)
    {
        var fetches = (exit.Access & Access.Execute) != 0;
        if (fetches && (cpu.Pc & 3) != 0) return Told(new(SIGBUS, BUS_ADRALN, cpu.Pc, EXCP_PC_ALIGN), rules);
        var (signal, code) = (protection, freebsdAbi || !rules.FaultsByNote) switch
        {
            (false, _) => (SIGSEGV, SEGV_MAPERR),
            (true, true) => (SIGSEGV, SEGV_ACCERR),
            (true, false) => (SIGBUS, PageFaultCode),
        };
        return Told(new(signal, code, exit.Address, fetches ? EXCP_INSN_ABORT_L : EXCP_DATA_ABORT_L), rules);
    }

    private static TrapSignal Told(TrapSignal trap, MachineRules rules) => rules.TellsTraps ? trap : trap with { TrapNumber = 0 };

    /// <summary>A step, which ends with its exception; a watchpoint before its access, or a breakpoint before its instruction.</summary>
    private static TrapSignal DebugTrap(Cpu cpu, in Exit exit)
    {
        if (exit.Stepped)
        {
            cpu[Slots.SS] = 0;
            return new(SIGTRAP, TRAP_TRACE, cpu.Pc, EXCP_SOFTSTP_EL0);
        }
        return exit.Hits >> Slots.DebugRegisters != 0
            ? new(SIGTRAP, TRAP_TRACE, exit.Address, EXCP_WATCHPT_EL0)
            : new(SIGTRAP, TRAP_BRKPT, cpu.Pc, EXCP_BRKPT_EL0);
    }
}
