using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;

namespace Arch.Amd64.Lifting;

/// <summary>System calls, software interrupts, identification, the time stamp counter, hints and fences.</summary>
internal static class SystemInstructions
{
    /// <summary>The kernel saves the return address in rcx and the flags in r11 itself.</summary>
    [Lifts(Mnemonic.Syscall)]
    public static void SystemCall(Lifter lifter) => lifter.Ir.Trap(Traps.SystemCall, lifter.Next);

    /// <summary>Vector 3 is the one that FreeBSD opens to user programs (sys/amd64/amd64/machdep.c, IDT_BP); the others are #GP.</summary>
    [Lifts(Mnemonic.Int3, Mnemonic.Int)]
    public static void SoftwareInterrupt(Lifter lifter)
    {
        if (lifter.Instruction.Mnemonic == Mnemonic.Int3 || lifter.Immediate(0) == 3)
            lifter.Ir.Trap(Traps.Breakpoint, lifter.Next);
        else
            lifter.Ir.Trap(Traps.GeneralProtection, lifter.Pc);
    }

    /// <summary>#DB without a privilege check (Intel SDM, INT1).</summary>
    [Lifts(Mnemonic.Int1)]
    public static void DebugInterrupt(Lifter lifter) => lifter.Ir.Trap(Traps.Debug, lifter.Next);

    [Lifts(Mnemonic.Ud0, Mnemonic.Ud1, Mnemonic.Ud2)]
    public static void Undefined(Lifter lifter) => lifter.Ir.Trap(Traps.InvalidOpcode, lifter.Pc);

    /// <summary>
    /// Instructions that show where the kernel keeps its tables: #GP in user mode, as with user-mode instruction prevention on
    /// (Intel SDM volume 3, 2.5, CR4.UMIP).
    /// </summary>
    [Lifts(Mnemonic.Sgdt, Mnemonic.Sidt, Mnemonic.Sldt, Mnemonic.Str, Mnemonic.Smsw)]
    public static void StoreSystemRegister(Lifter lifter) => lifter.Ir.Trap(Traps.GeneralProtection, lifter.Pc);

    /// <summary>Memory is sequentially consistent, hints have no effect, and a multi-byte NOP does not access its operand.</summary>
    [Lifts(Mnemonic.Nop, Mnemonic.Reservednop, Mnemonic.Pause, Mnemonic.Endbr32, Mnemonic.Endbr64, Mnemonic.Prefetch, Mnemonic.Prefetchw,
        Mnemonic.Prefetchnta, Mnemonic.Prefetcht0, Mnemonic.Prefetcht1, Mnemonic.Prefetcht2, Mnemonic.Lfence, Mnemonic.Mfence,
        Mnemonic.Sfence)]
    public static void NoOperation(Lifter lifter)
    {
        // XCHG r8, rax and the like are other codes: nothing is left to do.
    }

    /// <summary>Checked as a load of one byte (Intel SDM, CLFLUSH).</summary>
    [Lifts(Mnemonic.Clflush)]
    public static void FlushCacheLine(Lifter lifter) => lifter.Load(0, 1);

    [Lifts(Mnemonic.Cpuid)]
    public static void Identify(Lifter lifter) => lifter.Call(IdentificationHelpers.Cpuid, Slots.Rax, Slots.Rax);

    [Lifts(Mnemonic.Rdtsc)]
    public static void ReadTimeStamp(Lifter lifter)
    {
        var ir = lifter.Ir;
        var counter = ir.Temporary();
        lifter.Call(TimeStampHelpers.Read, counter);
        lifter.WriteLow(4, Slots.Rax, counter);
        ir.Move(Slots.Rdx, ir.ShiftRight(counter, 32));
    }

    /// <summary>IA32_TSC_AUX, which tells the CPU's number, is 0.</summary>
    [Lifts(Mnemonic.Rdtscp)]
    public static void ReadTimeStampAndProcessor(Lifter lifter)
    {
        ReadTimeStamp(lifter);
        lifter.Ir.Move(Slots.Rcx, 0);
    }
}
