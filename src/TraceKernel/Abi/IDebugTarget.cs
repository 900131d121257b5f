namespace TraceKernel.Abi;

/// <summary>The ptrace request that carries a register.</summary>
public enum RegisterImage
{
    /// <summary>struct reg, PT_GETREGS/PT_SETREGS.</summary>
    General,
    /// <summary>struct fpreg, PT_GETFPREGS/PT_SETFPREGS.</summary>
    FloatingPoint,
    /// <summary>What only this machine has: the first and the second of <see cref="IDebugTarget.MachineImages"/>.</summary>
    FirstOfMachine, SecondOfMachine,
    /// <summary>In no image: reads as unavailable.</summary>
    None,
}

/// <summary>An image that only one machine has.</summary>
/// <param name="Get">The request that reads it: PT_GETREGSET, or one of the machine's own.</param>
/// <param name="Set">The request that writes it.</param>
/// <param name="Note">Of PT_GETREGSET, the register set.</param>
/// <param name="Bytes">Its size.</param>
public readonly record struct MachineImage(int Get, int Set, int Note, int Bytes);

/// <summary>One register as debuggers see it: a row of the table that drives <c>g</c>, target.xml and qRegisterInfo.</summary>
/// <param name="Name">gdb's name.</param>
/// <param name="Bits">Size on the wire.</param>
/// <param name="Type">target.xml type: int64, code_ptr, data_ptr, i386_eflags, i387_ext, vec128, …</param>
/// <param name="Feature">target.xml feature that holds it, org.gnu.gdb.i386.core for example.</param>
/// <param name="Group">general, float, vector or system.</param>
/// <param name="Image">Which ptrace image carries it.</param>
/// <param name="Offset">Byte offset in the image.</param>
/// <param name="ImageBytes">Bytes it has in the image; the rest of the register reads as zero.</param>
/// <param name="Generic">lldb's role: pc, sp, fp, flags, arg1 … arg6, or null.</param>
/// <param name="Dwarf">DWARF number, −1 if none.</param>
/// <param name="EhFrame">.eh_frame number, −1 if none.</param>
public sealed record RegisterRow(
    string Name, int Bits, string Type, string Feature, string Group, RegisterImage Image, int Offset, int ImageBytes,
    string? Generic = null, int Dwarf = -1, int EhFrame = -1)
{
    /// <summary>Its bytes on the wire are not those in the image: <see cref="IRegisterConversion"/> knows them.</summary>
    public bool IsConverted { get; init; }
}

/// <summary>A register whose value in an image is not its value on the wire, such as the x87 tag word: how to convert.</summary>
public interface IRegisterConversion
{
    /// <summary>The image's bytes of register <paramref name="number"/> to the wire's.</summary>
    void ToWire(int number, ReadOnlySpan<byte> image, Span<byte> wire);

    /// <summary>The wire's bytes of register <paramref name="number"/> into the image.</summary>
    void FromWire(int number, ReadOnlySpan<byte> wire, Span<byte> image);
}

/// <summary>What a debugger must know of a CPU: supplied by the composition root, so that GdbStub names no architecture.</summary>
public interface IDebugTarget : IRegisterConversion
{
    /// <summary>FreeBSD's name: amd64 or aarch64.</summary>
    string Name { get; }

    /// <summary>e_machine of its programs (elf(5)).</summary>
    ushort ElfMachine { get; }

    /// <summary>What target.xml's architecture element says: i386:x86-64.</summary>
    string GdbArchitecture { get; }

    /// <summary>First part of the target triple: x86_64.</summary>
    string TripleArchitecture { get; }

    /// <summary>Every register in gdb's order; the position is the number of <c>p</c> and <c>P</c>.</summary>
    IReadOnlyList<RegisterRow> Registers { get; }

    /// <summary>Flag and vector type definitions that the features of target.xml need, by feature.</summary>
    string FeatureTypes(string feature);

    /// <summary>Sizes of struct reg, struct fpreg and struct dbreg in bytes.</summary>
    int RegBytes { get; }
    int FpRegBytes { get; }
    int DbRegBytes { get; }

    /// <summary>The images of registers that are neither in struct reg nor in struct fpreg; two at most.</summary>
    IReadOnlyList<MachineImage> MachineImages { get; }

    /// <summary>The note of a core file that has the <see cref="MachineImages"/> one behind the other (sys/elf_common.h).</summary>
    int MachineNote { get; }

    int PcNumber { get; }
    int SpNumber { get; }
    int FpNumber { get; }

    /// <summary>The software breakpoint instruction.</summary>
    ReadOnlySpan<byte> BreakpointInstruction { get; }

    /// <summary>What to subtract from the pc reported after <see cref="BreakpointInstruction"/> to get its address: 1 on amd64.</summary>
    int BreakpointPcOffset { get; }

    /// <summary>The instruction that enters the kernel.</summary>
    ReadOnlySpan<byte> SystemCallInstruction { get; }

    /// <summary>Prepares a struct reg image for a system call by the instruction at <paramref name="address"/>.</summary>
    /// <param name="arguments">At most six.</param>
    void SetSystemCall(Span<byte> reg, ulong address, int number, ReadOnlySpan<ulong> arguments);

    /// <summary>What the call has left in a struct reg image.</summary>
    /// <returns>The call's error.</returns>
    Errno SystemCallResult(ReadOnlySpan<byte> reg, out ulong result);

    /// <summary>Takes a step that is armed out of a struct reg image; false where none shows there.</summary>
    bool TryClearStep(Span<byte> reg) => false;

    /// <summary>
    /// Puts a hardware breakpoint or watchpoint into free slots of a struct dbreg image.
    /// <paramref name="kind"/> is the Z packet's: 1 execute, 2 write, 3 read, 4 access.
    /// </summary>
    DebugSlotResult TryInsert(Span<byte> dbreg, int kind, ulong address, int length);

    /// <summary>Takes it out again; false when it was not there.</summary>
    bool TryRemove(Span<byte> dbreg, int kind, ulong address, int length);

    /// <summary>
    /// Which comparator fired: its kind (as above) and address; false when none did. The image may have a note of it, which is cleared
    /// then; otherwise the signal tells.
    /// </summary>
    /// <param name="info">The SIGTRAP.</param>
    bool TryTakeHit(Span<byte> dbreg, in siginfo info, out int kind, out ulong address);

    /// <summary>Whether a watched access stops the program before it is made; on amd64 it stops after.</summary>
    bool WatchStopsBefore { get; }

    /// <summary>Whether reads can be watched without writes.</summary>
    bool WatchesReads { get; }

    /// <summary>Number of hardware comparators.</summary>
    int DebugSlots { get; }

    /// <summary>The text of the instruction at <paramref name="address"/>, and its length; length 0 when the bytes are none.</summary>
    string Disassemble(ReadOnlySpan<byte> code, ulong address, out int length);
}

/// <summary>What became of a request for a hardware breakpoint or watchpoint.</summary>
public enum DebugSlotResult
{
    Inserted,
    /// <summary>This CPU cannot watch that way (a read-only watch on amd64).</summary>
    Unsupported,
    /// <summary>All comparators are in use.</summary>
    Full,
}
