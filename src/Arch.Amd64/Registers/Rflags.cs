using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Registers;

/// <summary>RFLAGS as one word (AMD64 manual volume 1, 3.1.4), gathered from and scattered to its one-bit slots.</summary>
internal static class Rflags
{
    public const ulong CF = 1, TF = 1 << 8, DF = 1 << 10, RF = 1 << 16;

    /// <summary>Bit 1, which always reads as one, and IF, which is set in user mode: PSL_KERNEL | PSL_I of psl.h.</summary>
    public const ulong User = 1 << 1 | 1 << 9;

    /// <summary>What a user program may change (psl.h, PSL_USERCHANGE): CF PF AF ZF SF TF DF OF NT RF AC ID.</summary>
    public const ulong UserChange = 0x254dd5;

    private static readonly (Slot Slot, int Bit)[] Flags =
    [
        (Slots.CF, 0), (Slots.PF, 2), (Slots.AF, 4), (Slots.ZF, 6), (Slots.SF, 7), (Slots.TF, 8), (Slots.DF, 10), (Slots.OF, 11),
        (Slots.NT, 14), (Slots.AC, 18), (Slots.ID, 21),
    ];

    /// <summary>The word that the trap frame holds. RF is the engine's note to pass over a breakpoint at the pc.</summary>
    public static ulong Read(Cpu cpu)
    {
        var word = User | (cpu.ResumeOverBreakpoint ? RF : 0);
        foreach (var (slot, bit) in Flags) word |= cpu[slot] << bit;
        return word;
    }

    /// <summary>Sets every flag from the word; its other bits are fixed in user mode.</summary>
    public static void Write(Cpu cpu, ulong word)
    {
        foreach (var (slot, bit) in Flags) cpu[slot] = word >> bit & 1;
        cpu.ResumeOverBreakpoint = (word & RF) != 0;
    }

    /// <summary>EFL_SECURE: whether user mode may go from the CPU's flags to <paramref name="word"/>.</summary>
    public static bool MayBecome(Cpu cpu, ulong word) => ((word ^ Read(cpu)) & ~UserChange) == 0;
}
