using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>Why a slice of guest execution ended.</summary>
public enum ExitKind
{
    /// <summary>The instructions asked for have been retired.</summary>
    Budget,
    /// <summary>
    /// Trap <see cref="Exit.Trap"/> of the instruction set: a system call, a breakpoint instruction, an illegal one, a division error.
    /// </summary>
    Trap,
    /// <summary>
    /// <see cref="Exit.Access"/> at <see cref="Exit.Address"/> has no translation or no right; the instruction has done nothing.
    /// </summary>
    MemoryFault,
    /// <summary>A step, hardware breakpoint or watchpoint: see <see cref="Exit.Stepped"/> and <see cref="Exit.Hits"/>.</summary>
    Debug,
}

/// <summary>How a slice of guest execution ended; the CPU's registers are exact.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Trap">The instruction set's trap number.</param>
/// <param name="Address">The first byte that could not be accessed; of a watchpoint that stops before the access, the first watched byte of
/// it.</param>
/// <param name="Access">What was wanted of it.</param>
/// <param name="Stepped">An instruction that began with the trace flag set was completed.</param>
/// <param name="Hits">Bit n: comparator n matched (before the instruction for breakpoints; for watchpoints after it, or before it if the
/// instruction set says so).</param>
public readonly record struct Exit(
    ExitKind Kind, int Trap = 0, ulong Address = 0, Access Access = Access.None, bool Stepped = false, uint Hits = 0);
