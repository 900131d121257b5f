namespace TraceKernel.Ptrace;

/// <summary>
/// What a release's machine-dependent half does, where that half changed from one release to another. Of a machine whose half never did
/// these things otherwise, they say nothing.
/// </summary>
public sealed record MachineRules
{
    /// <summary>Debuggers get at the hardware's breakpoints and watchpoints; otherwise fill_dbregs and set_dbregs are EDOOFUS.</summary>
    public required bool HasDebugRegisters { get; init; }

    /// <summary>ptrace_set_pc sets the program counter; otherwise it is EDOOFUS.</summary>
    public required bool SetsPc { get; init; }

    /// <summary>set_regs arms and disarms a step by the status word.</summary>
    public required bool RegistersArmStep { get; init; }

    /// <summary>sendsig starts the trampoline, which calls the handler; otherwise the handler, which returns to the trampoline.</summary>
    public required bool TrampolineCallsHandler { get; init; }

    /// <summary>An armed step is put away while a handler runs; otherwise the handler's first instruction is stepped.</summary>
    public required bool HandlersAreNotStepped { get; init; }

    /// <summary>New processes and threads begin without the step of who made them; otherwise they begin with its trap.</summary>
    public required bool ChildrenAreNotStepped { get; init; }

    /// <summary>siginfo tells the trap's number, and an undefined instruction its address.</summary>
    public required bool TellsTraps { get; init; }

    /// <summary>A protection failure is SIGBUS in programs without the ABI note (vm_fault_trap).</summary>
    public required bool FaultsByNote { get; init; }

    /// <summary>
    /// An access beyond the end of a mapped file is SIGBUS with BUS_OBJERR; otherwise a protection failure (vm_fault_trap, since
    /// September 2019).
    /// </summary>
    public required bool FilesEndInBusErrors { get; init; }
}
