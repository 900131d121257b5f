using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Registers;

/// <summary>Segment registers and the selectors that FreeBSD gives to user programs (machdep.c, _ucodesel … _ugssel).</summary>
internal static class Selectors
{
    public const ulong UserCode = 0x43, UserData = 0x3b, UserFs = 0x13, UserGs = 0x1b;

    /// <summary>The code selector of 32-bit programs.</summary>
    public const ulong UserCode32 = 0x33;

    public static readonly Slot Es = Slots.Segment(0), Cs = Slots.Segment(1), Ss = Slots.Segment(2), Ds = Slots.Segment(3),
        Fs = Slots.Segment(4), Gs = Slots.Segment(5);

    /// <summary>What every new image and every signal handler begins with.</summary>
    public static void SetUserDefaults(Cpu cpu)
    {
        cpu[Cs] = UserCode;
        cpu[Ss] = cpu[Ds] = cpu[Es] = UserData;
        cpu[Fs] = UserFs;
        cpu[Gs] = UserGs;
    }

    /// <summary>CS_SECURE: a code selector of privilege level 3.</summary>
    public static bool IsUserCode(ulong selector) => (selector & 3) == 3;
}
