using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Registers;

/// <summary>Where each arm64 register lives in the CPU's register file.</summary>
internal static class Slots
{
    private const ushort GeneralStart = Slot.FirstRegister;
    private const ushort FlagsStart = GeneralStart + 32;
    private const ushort VectorStart = FlagsStart + 5;
    private const ushort SystemStart = VectorStart + 64;
    private const ushort DebugStart = SystemStart + 7;

    /// <summary>Number of architectural slots.</summary>
    public const int Count = DebugStart + 4 * DebugRegisters;

    /// <summary>Breakpoint registers, and as many watchpoint registers.</summary>
    public const int DebugRegisters = 16;

    /// <summary>The link register, X30.</summary>
    public static readonly Slot Lr = General(30);

    /// <summary>SP_EL0; it follows X30.</summary>
    public static readonly Slot Sp = new(GeneralStart + 31);

    // PSTATE, one slot a bit; each holds 0 or 1. SS is MDSCR_EL1.SS and PSTATE.SS in one: the next instruction is stepped.
    public static readonly Slot N = new(FlagsStart), Z = new(FlagsStart + 1), C = new(FlagsStart + 2), V = new(FlagsStart + 3),
        SS = new(FlagsStart + 4);

    public static readonly Slot TpidrEl0 = new(SystemStart), TpidrroEl0 = new(SystemStart + 1);

    /// <summary>FPCR and FPSR in one, since no bit of the one is a bit of the other (<see cref="FloatControl"/>).</summary>
    public static readonly Slot FloatStatus = new(SystemStart + 2);

    /// <summary>
    /// The exclusives monitor: 1 when it is open, the address it marks, and the value that was loaded from there (two slots). It closes
    /// with a store-exclusive, CLREX, a system call, a signal, and when another thread runs. A store-exclusive succeeds when it is open for
    /// that address and memory still holds that value: the thread itself, or its debugger, may have stored there. A stop for a debugger
    /// leaves it open, though the return from that exception would close it: else nobody could step through a loop that uses it.
    /// </summary>
    public static readonly Slot Exclusive = new(SystemStart + 3), ExclusiveAddress = new(SystemStart + 4),
        ExclusiveValue = new(SystemStart + 5);

    public static Slot General(int number) => new((ushort)(GeneralStart + number));

    /// <summary>Low half of vector register <paramref name="number"/>; the high half is the next slot.</summary>
    public static Slot Vector(int number) => new((ushort)(VectorStart + 2 * number));

    /// <summary>DBGBVR and DBGBCR, DBGWVR and DBGWCR.</summary>
    public static Slot BreakpointValue(int number) => new((ushort)(DebugStart + number));

    public static Slot BreakpointControl(int number) => new((ushort)(DebugStart + DebugRegisters + number));

    public static Slot WatchpointValue(int number) => new((ushort)(DebugStart + 2 * DebugRegisters + number));

    public static Slot WatchpointControl(int number) => new((ushort)(DebugStart + 3 * DebugRegisters + number));
}

/// <summary>Trap numbers of the arm64 lifter: the exception classes that FreeBSD tells apart (sys/arm64/arm64/trap.c).</summary>
internal static class Traps
{
    /// <summary>EXCP_UNKNOWN: an instruction that EL0 does not have.</summary>
    public const int Undefined = 0;

    /// <summary>EXCP_SVC with immediate 0, and with any other.</summary>
    public const int SystemCall = 1, SystemCallImmediate = 2;

    /// <summary>EXCP_BRK.</summary>
    public const int Breakpoint = 3;

    /// <summary>EXCP_MSR: a system register or operation that EL0 may not use.</summary>
    public const int SystemRegister = 4;

    /// <summary>EXCP_SP_ALIGN and EXCP_PC_ALIGN.</summary>
    public const int StackAlignment = 5, PcAlignment = 6;

    /// <summary>A data abort with the alignment fault code.</summary>
    public const int DataAlignment = 7;
}
