using Arch.Amd64.Decoding;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using static TraceKernel.Abi.Signals;

namespace Arch.Amd64.Conventions;

/// <summary>trap() and trap_pfault(): which signal a fault of user mode becomes (sys/amd64/amd64/trap.c).</summary>
internal static class TrapSignals
{
    // x86/trap.h
    public const int T_PRIVINFLT = 1, T_BPTFLT = 3, T_ARITHTRAP = 6, T_PROTFLT = 9, T_TRCTRAP = 10, T_PAGEFLT = 12, T_ALIGNFLT = 14,
        T_DIVIDE = 18, T_OFLOW = 20, T_BOUND = 21, T_STKFLT = 27, T_XMMFLT = 29, T_RESERVED = 30;

    // Bits of a page fault's error code: the page was there, a write, from user mode, an instruction fetch.
    private const ulong Present = 1, Written = 2, User = 4, Fetched = 16;

    /// <summary>The signal of a trap or debug exit; si_addr is the pc.</summary>
    public static TrapSignal Of(Cpu cpu, in Exit exit, bool stepArmed)
    {
        if (exit.Kind == ExitKind.Debug || exit.Trap == Traps.Debug) return DebugTrap(cpu, exit, stepArmed);
        var (type, signal, code) = exit.Trap switch
        {
            Traps.DivideError => (T_DIVIDE, SIGFPE, FPE_INTDIV),
            Traps.Breakpoint => (T_BPTFLT, SIGTRAP, TRAP_BRKPT),
            Traps.Overflow => (T_OFLOW, SIGFPE, FPE_INTOVF),
            Traps.Bound => (T_BOUND, SIGFPE, FPE_FLTSUB),
            Traps.InvalidOpcode => (T_PRIVINFLT, SIGILL, ILL_PRVOPC),
            Traps.StackFault => (T_STKFLT, SIGBUS, BUS_ADRERR),
            Traps.GeneralProtection => (T_PROTFLT, SIGBUS, BUS_OBJERR),
            Traps.FloatingPoint => (T_ARITHTRAP, SIGFPE, X87Code(cpu)),
            Traps.AlignmentCheck => (T_ALIGNFLT, SIGBUS, BUS_ADRALN),
            Traps.SimdFloatingPoint => (T_XMMFLT, SIGFPE, SseCode(cpu)),
            _ => (T_RESERVED, SIGBUS, BUS_OBJERR),
        };
        // Faults push RF set, so that the instruction is not stopped at twice; traps come after theirs (Intel SDM volume 3, 17.3.1.1).
        if (type is not (T_BPTFLT or T_OFLOW)) cpu.ResumeOverBreakpoint = true;
        return Note(cpu, type, signal, code, cpu.Pc);
    }

    /// <summary>
    /// The signal of a memory fault that the map did not resolve: SIGSEGV by reason, but for a protection failure of a program without
    /// the ABI note SIGBUS with the trap as code (machdep.prot_fault_translation 0).
    /// </summary>
    public static TrapSignal OfMemoryFault(Cpu cpu, in Exit exit, bool protection, bool freebsdAbi)
    {
        cpu.ResumeOverBreakpoint = true;
        if (exit.Address is >= UserMemory.Top and < UserMemory.KernelHalf) return NonCanonical(cpu, exit);
        var present = cpu.Memory.CanAccess(exit.Address, 1, Access.Read);
        var error = User | (present ? Present : 0)
            | ((exit.Access & Access.Write) != 0 ? Written : 0) | ((exit.Access & Access.Execute) != 0 ? Fetched : 0);
        var (signal, code) = !protection ? (SIGSEGV, SEGV_MAPERR) : freebsdAbi ? (SIGSEGV, SEGV_ACCERR) : (SIGBUS, BUS_PAGE_FAULT);
        var trap = Note(cpu, T_PAGEFLT, signal, code, exit.Address);
        cpu[Slots.ErrorCode] = error;
        cpu[Slots.TrapAddress] = exit.Address;
        return trap;
    }

    /// <summary>
    /// #DB: a step, watchpoints after their access, or a breakpoint before its instruction. The trace flag goes only if a debugger set
    /// it. An instruction breakpoint does not push RF (Intel SDM volume 3, 17.3.1.1), nor does the kernel set it: the debugger steps over.
    /// </summary>
    private static TrapSignal DebugTrap(Cpu cpu, in Exit exit, bool stepArmed)
    {
        DebugRegisters.Note(cpu, exit.Hits & 0xf | (exit.Stepped ? DebugRegisters.SingleStepped : 0));
        if (exit.Stepped && stepArmed) cpu[Slots.TF] = 0;
        return Note(cpu, T_TRCTRAP, SIGTRAP, TRAP_TRACE, cpu.Pc);
    }

    /// <summary>#GP, not a page fault; #SS if the address came from rsp, rbp, a push or a pop (AMD64 manual volume 2, 8.2).</summary>
    private static TrapSignal NonCanonical(Cpu cpu, in Exit exit)
    {
        Span<byte> code = stackalloc byte[InstructionReader.MaximumLength];
        var isStack = exit.Access != Access.Execute
            && new InstructionReader().TryRead(cpu.Pc, code[..cpu.Memory.Fetch(cpu.Pc, code)], out var instruction)
            && UsesStackSegment(instruction);
        return isStack ? Note(cpu, T_STKFLT, SIGBUS, BUS_ADRERR, cpu.Pc) : Note(cpu, T_PROTFLT, SIGBUS, BUS_OBJERR, cpu.Pc);
    }

    private static bool UsesStackSegment(in Instruction instruction)
    {
        for (var operand = 0; operand < instruction.OpCount; operand++)
            if (instruction.GetOpKind(operand) == OpKind.Memory) return instruction.MemorySegment == Register.SS;
        return instruction.IsStackInstruction;
    }

    /// <summary>Leaves the trap in the frame, where a signal's context shows it.</summary>
    private static TrapSignal Note(Cpu cpu, int type, int signal, int code, ulong address)
    {
        cpu[Slots.TrapNumber] = (ulong)type;
        cpu[Slots.ErrorCode] = 0;
        cpu[Slots.TrapAddress] = 0;
        return new TrapSignal(signal, code, address, type);
    }

    /// <summary>fputrap_x87: exceptions of the status word that the control word does not mask, and the stack fault bit.</summary>
    private static int X87Code(Cpu cpu) => FloatingPointCode((uint)cpu[Slots.Fsw] & (~(uint)cpu[Slots.Fcw] & 0x3f | 0x40));

    /// <summary>fputrap_sse: exceptions of MXCSR that its mask bits, seven higher, do not mask.</summary>
    private static int SseCode(Cpu cpu) => FloatingPointCode((uint)cpu[Slots.Mxcsr] & ~(uint)cpu[Slots.Mxcsr] >> 7 & 0x3f);

    /// <summary>fpetable (fpu.c): of several exceptions, which one si_code names.</summary>
    private static int FloatingPointCode(uint exceptions)
    {
        const uint invalid = 1, denormal = 2, divide = 4, overflow = 8, underflow = 16, imprecise = 32, stack = 64;
        if ((exceptions & invalid) != 0) return (exceptions & stack) != 0 ? FPE_FLTSUB : FPE_FLTINV;
        if ((exceptions & divide) != 0) return FPE_FLTDIV;
        if ((exceptions & denormal) != 0) return FPE_FLTUND;
        if ((exceptions & overflow) != 0) return FPE_FLTOVF;
        if ((exceptions & underflow) != 0) return FPE_FLTUND;
        if ((exceptions & imprecise) != 0) return FPE_FLTRES;
        return (exceptions & stack) != 0 ? FPE_FLTSUB : 0;
    }
}
