using Arch.Arm64.Decoding;
using Arch.Arm64.Registers;

namespace Arch.Arm64.Lifting;

/// <summary>
/// Exception generation, hints and barriers. HVC, SMC, HLT and DCPS are undefined at EL0 and have no rows; so has UDF.
/// </summary>
internal static class Exceptions
{
    /// <summary>FreeBSD refuses immediates other than 0 (trap.c, svc_handler).</summary>
    [Encoding("11010100000 imm16 00001", "SVC")]
    public static void SupervisorCall(Lifter lifter) =>
        lifter.Ir.Trap(lifter.Imm16 == 0 ? Traps.SystemCall : Traps.SystemCallImmediate, lifter.Next);

    [Encoding("11010100001 imm16 00000", "BRK")]
    public static void Breakpoint(Lifter lifter) => lifter.Ir.Trap(Traps.Breakpoint, lifter.Pc);

    /// <summary>
    /// NOP, YIELD, WFE, WFI, SEV, SEVL, and those hints that this processor does not know: pointer authentication and branch targets among
    /// them. A wait for an event may end at once.
    /// </summary>
    [Encoding("11010101000000110010 CRm op2 11111", "HINT")]
    public static void Hint(Lifter lifter)
    {
    }

    /// <summary>Memory is sequentially consistent, and every write is seen by the next fetch.</summary>
    [Encoding("11010101000000110011 CRm 10011111", "DSB")]
    [Encoding("11010101000000110011 CRm 10111111", "DMB")]
    [Encoding("11010101000000110011 CRm 11011111", "ISB")]
    public static void Barrier(Lifter lifter)
    {
    }

    [Encoding("11010101000000110011 CRm 01011111", "CLREX")]
    public static void ClearExclusive(Lifter lifter) => lifter.Ir.Move(Slots.Exclusive, 0);
}
