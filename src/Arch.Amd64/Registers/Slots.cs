using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Registers;

/// <summary>Where each amd64 register lives in the CPU's register file.</summary>
internal static class Slots
{
    // General registers in the order of their instruction encoding: rax rcx rdx rbx rsp rbp rsi rdi r8 … r15.
    public static readonly Slot Rax = General(0), Rcx = General(1), Rdx = General(2), Rbx = General(3), Rsp = General(4), Rbp = General(5),
        Rsi = General(6), Rdi = General(7), R8 = General(8), R9 = General(9), R10 = General(10), R11 = General(11);

    // RFLAGS, one slot a bit; each holds 0 or 1.
    public static readonly Slot CF = Flag(0), PF = Flag(1), AF = Flag(2), ZF = Flag(3), SF = Flag(4), OF = Flag(5), DF = Flag(6), TF = Flag(7),
        NT = Flag(8), RF = Flag(9), AC = Flag(10), ID = Flag(11);

    public static readonly Slot FsBase = new(FlagsEnd), GsBase = new(FlagsEnd + 1);

    /// <summary>
    /// MXCSR, and the x87 environment as FXSAVE shows it: control, status, abridged tag, opcode, last instruction and operand.
    /// </summary>
    public static readonly Slot Mxcsr = new(FlagsEnd + 2), Fcw = new(FlagsEnd + 3), Fsw = new(FlagsEnd + 4), Ftw = new(FlagsEnd + 5),
        Fop = new(FlagsEnd + 6), Fip = new(FlagsEnd + 7), Fdp = new(FlagsEnd + 8);

    // What the kernel's trap frame and pcb remember of a thread beside its registers.

    /// <summary>tf_trapno, tf_err and tf_addr of the last trap, and pcb_flags (<see cref="PcbFlags"/>).</summary>
    public static readonly Slot TrapNumber = new(KernelStart), ErrorCode = new(KernelStart + 1), TrapAddress = new(KernelStart + 2),
        Pcb = new(KernelStart + 3);

    /// <summary>Number of architectural slots.</summary>
    public const int Count = KernelStart + 4;

    private const ushort GeneralStart = Slot.FirstRegister;
    private const ushort FlagsStart = GeneralStart + 16;
    private const ushort FlagsEnd = FlagsStart + 12;
    private const ushort StStart = FlagsEnd + 9;
    private const ushort XmmStart = StStart + 16;
    private const ushort SegmentStart = XmmStart + 32;
    private const ushort DebugStart = SegmentStart + 6;
    private const ushort KernelStart = DebugStart + 8;

    public static Slot General(int number) => new((ushort)(GeneralStart + number));

    /// <summary>Low half of vector register <paramref name="number"/>; the high half is the next slot.</summary>
    public static Slot Xmm(int number) => new((ushort)(XmmStart + 2 * number));

    /// <summary>
    /// Physical x87 register <paramref name="number"/> (not relative to the stack top): significand, then sign and exponent in the next
    /// slot.
    /// </summary>
    public static Slot St(int number) => new((ushort)(StStart + 2 * number));

    /// <summary>Selector of a segment register, in the order of their instruction encoding: es cs ss ds fs gs.</summary>
    public static Slot Segment(int number) => new((ushort)(SegmentStart + number));

    /// <summary>Debug register DR0 … DR7, as fill_dbregs shows it (4 and 5 are never used).</summary>
    public static Slot Debug(int number) => new((ushort)(DebugStart + number));

    private static Slot Flag(int number) => new((ushort)(FlagsStart + number));
}

/// <summary>Trap numbers of the amd64 lifter: the processor's vectors, and the system call instruction.</summary>
internal static class Traps
{
    public const int DivideError = 0, Debug = 1, Breakpoint = 3, Overflow = 4, Bound = 5, InvalidOpcode = 6, StackFault = 12,
        GeneralProtection = 13, FloatingPoint = 16, AlignmentCheck = 17, SimdFloatingPoint = 19, SystemCall = 256;
}
