using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// A computation of an instruction set that is no single IR operation (vectors, floating point, division, CPUID). It reads and
/// writes slots of <paramref name="cpu"/>, and memory only through it; what is mapped, permitted or watched it leaves alone. Nothing is written
/// when it does not return <see cref="InstructionSet.NoTrap"/>.
/// </summary>
/// <param name="dst">Index of the (first) destination slot.</param>
/// <param name="a">Index of the (first) slot of operand A; so b and c.</param>
/// <returns><see cref="InstructionSet.NoTrap"/>, a trap number, or <see cref="InstructionSet.MemoryFault"/> after a failed access through
/// <see cref="Cpu"/>.</returns>
public delegate int Helper(Cpu cpu, int dst, int a, int b, int c, ulong immediate);

/// <summary>What the hardware side must know of a CPU architecture: its registers and what its instructions do.</summary>
public abstract class InstructionSet
{
    /// <summary>A helper's answer: go on.</summary>
    public const int NoTrap = -1;

    /// <summary>A helper's answer: an access through <see cref="Cpu"/> failed, whose address and kind it recorded.</summary>
    public const int MemoryFault = -2;

    /// <summary>Slots of the register file that are architectural, Zero and Pc included; temporaries come after.</summary>
    public abstract int Registers { get; }

    /// <summary>
    /// The slot that, when non-zero as an instruction begins, makes the CPU stop after that instruction (EFLAGS.TF, PSTATE.SS).
    /// </summary>
    public abstract Slot TraceFlag { get; }

    /// <summary>Bits of a user address: 47 on amd64, 48 on arm64.</summary>
    public abstract int AddressBits { get; }

    /// <summary>
    /// A watched access stops the program before it is made, and again as long as it is watched; otherwise after its instruction.
    /// </summary>
    public virtual bool WatchStopsBefore => false;

    /// <summary>Longest instruction in bytes.</summary>
    public abstract int MaximumInstructionLength { get; }

    /// <summary>The helpers, by the number that <see cref="IrOpcode.Call"/> carries.</summary>
    public abstract IReadOnlyList<Helper> Helpers { get; }

    /// <summary>
    /// The status flags: slots that hold 0 or 1, that most instructions overwrite and few read. Translated code does not compute them
    /// before somebody looks. Helpers may read and write them like any other.
    /// </summary>
    public virtual IReadOnlyList<Slot> Flags => [];

    /// <summary>
    /// The first slots of the 128-bit registers: each is a vector with the slot after it, and translated code keeps it as one.
    /// </summary>
    public virtual IReadOnlyList<Slot> Vectors => [];

    /// <summary>
    /// The register that floating-point helpers read their modes from and gather exceptions in (MXCSR, FPSR); Zero when there is none.
    /// </summary>
    public virtual Slot FloatStatus => default;

    /// <summary>The everyday case of a helper that is called with an immediate; null when it has none.</summary>
    public virtual InlineHelper? Inline(int helper, ulong immediate) => null;

    /// <summary>
    /// Whether a helper looks at nothing but the slots of its operands, each with the next one, and <see cref="FloatStatus"/>, and changes
    /// nothing but dst, the slot after it and <see cref="FloatStatus"/>.
    /// </summary>
    public virtual bool IsLocal(int helper) => false;

    /// <summary>
    /// Lifts the instruction at <paramref name="pc"/>, whose bytes begin <paramref name="code"/> (fewer than
    /// <see cref="MaximumInstructionLength"/> only at the end of executable memory), appending to <paramref name="builder"/>.
    /// </summary>
    /// <returns>
    /// The instruction's length; 0 when <paramref name="code"/> ends inside it (the fetch of the next page faults).
    /// An undefined or not yet lifted instruction becomes a trap, with a line in the log.
    /// The instruction ends the block if it leaves the builder closed.
    /// </returns>
    public abstract int Lift(IrBuilder builder, ulong pc, ReadOnlySpan<byte> code);

    /// <summary>The registers at power-on (everything 0 but what the manual says, such as the FPU control words).</summary>
    public abstract void Reset(Cpu cpu);
}
