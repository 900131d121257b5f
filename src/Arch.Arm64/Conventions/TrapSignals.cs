using System.Buffers.Binary;
using Arch.Arm64.Registers;
using TraceKernel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using static TraceKernel.Abi.Signals;

namespace Arch.Arm64.Conventions;

/// <summary>do_el0_sync and data_abort: which signal an exception of user mode becomes (sys/arm64/arm64/trap.c). si_trapno is the exception class.</summary>
internal static class TrapSignals
{
    // armreg.h, exception classes of ESR_EL1
    public const int EXCP_UNKNOWN = 0x00, EXCP_SVC64 = 0x15, EXCP_MSR = 0x18, EXCP_INSN_ABORT_L = 0x20, EXCP_PC_ALIGN = 0x22,
        EXCP_DATA_ABORT_L = 0x24, EXCP_SP_ALIGN = 0x26, EXCP_BRKPT_EL0 = 0x30, EXCP_SOFTSTP_EL0 = 0x32, EXCP_WATCHPT_EL0 = 0x34, EXCP_BRK = 0x3c;

    /// <summary>The signal of a trap or debug exit; si_addr is the pc, of data the address.</summary>
    public static TrapSignal Of(Cpu cpu, in Exit exit)
    {
        if (exit.Kind == ExitKind.Debug) return DebugTrap(cpu, exit);
        return exit.Trap switch
        {
            Traps.SystemCallImmediate => new(SIGILL, ILL_ILLOPN, cpu.Pc, EXCP_SVC64),
            Traps.Breakpoint => new(SIGTRAP, TRAP_BRKPT, cpu.Pc, EXCP_BRK),
            Traps.SystemRegister => new(SIGILL, ILL_PRVOPC, cpu.Pc, EXCP_MSR),
            Traps.StackAlignment => new(SIGBUS, BUS_ADRALN, cpu.Pc, EXCP_SP_ALIGN),
            Traps.PcAlignment => new(SIGBUS, BUS_ADRALN, cpu.Pc, EXCP_PC_ALIGN),
            Traps.DataAlignment => new(SIGBUS, BUS_ADRALN, BaseAddress(cpu), EXCP_DATA_ABORT_L),
            _ => new(SIGILL, ILL_ILLTRP, cpu.Pc, EXCP_UNKNOWN),
        };
    }

    /// <summary>SIGSEGV by reason, with the faulting address; the ABI note makes no difference here.</summary>
    public static TrapSignal OfMemoryFault(Cpu cpu, in Exit exit, bool protection)
    {
        var fetches = (exit.Access & Access.Execute) != 0;
        if (fetches && (cpu.Pc & 3) != 0) return new(SIGBUS, BUS_ADRALN, cpu.Pc, EXCP_PC_ALIGN);
        return new(SIGSEGV, protection ? SEGV_ACCERR : SEGV_MAPERR, exit.Address, fetches ? EXCP_INSN_ABORT_L : EXCP_DATA_ABORT_L);
    }

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

    /// <summary>FAR_EL1: instructions whose access must be aligned have Rn for address.</summary>
    private static ulong BaseAddress(Cpu cpu)
    {
        Span<byte> code = stackalloc byte[sizeof(uint)];
        return cpu.Memory.Fetch(cpu.Pc, code) < code.Length
            ? 0
            : cpu[Slots.General((int)(BinaryPrimitives.ReadUInt32LittleEndian(code) >> 5 & 31))];
    }
}
