using Arch.Arm64.Registers;
using Arch.Arm64.Tests.Differential;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Tests;

/// <summary>System registers, hints, exception generation and alignment: what EL0 may do, and how the rest is refused.</summary>
internal sealed class SystemInstructionTests
{
    // Registers as SystemRegister numbers them.
    private const uint Read = 0xd520_0000, Write = 0xd500_0000;
    private const uint MIDR = 0xc000, ID_PFR0 = 0xc008, ID_ISAR0 = 0xc010, MVFR0 = 0xc018, ID_AA64PFR0 = 0xc020, ID_AA64DFR0 = 0xc028,
        ID_AA64ISAR0 = 0xc030, ID_AA64MMFR0 = 0xc038, LastIdentification = 0xc03f, CurrentEL = 0xc212, CTR = 0xd801, DCZID = 0xd807,
        DAIF = 0xda11, PMCR = 0xdce0, PMSWINC = 0xdce4, PMCEID0 = 0xdce6, PMUSERENR = 0xdcf0, TPIDRRO = 0xde83, CNTFRQ = 0xdf00,
        CNTPCT = 0xdf01, CNTVCT = 0xdf02, CNTP_CTL = 0xdf11, CNTV_CTL = 0xdf19;

    private const ulong Code = 0x10000, Data = 0x20000;

    [TestCase(MIDR, 0x410f_d080UL)]
    [TestCase(ID_AA64PFR0, 0x11UL)]
    [TestCase(ID_AA64DFR0, 0x00f0_f006UL)]
    [TestCase(ID_AA64ISAR0, 0x0021_1120UL)]
    [TestCase(ID_AA64MMFR0, 0UL)]
    [TestCase(LastIdentification, 0UL)]
    [TestCase(CTR, 0x8444_c004UL)]
    [TestCase(DCZID, 4UL)]
    [TestCase(PMUSERENR, 0UL)]
    [TestCase(TPIDRRO, 0UL)]
    [TestCase(CNTFRQ, 1_000_000_000UL)]
    public unsafe void AProgramReads(uint register, ulong expected)
    {
        var (exit, state) = Run(Read | register << 5);
        Assert.That((exit.Trap, state.X[0]), Is.EqualTo((Traps.SystemCall, expected)));
    }

    // FreeBSD emulates ID registers of AArch64, not those of AArch32 (identcpu.c, user_mrs_handler).
    [TestCase(Read, ID_PFR0, Traps.Undefined)]
    [TestCase(Read, ID_ISAR0, Traps.Undefined)]
    [TestCase(Read, MVFR0, Traps.Undefined)]
    [TestCase(Read, MIDR + 1, Traps.Undefined)]
    [TestCase(Write, MIDR, Traps.Undefined)]
    [TestCase(Read, CurrentEL, Traps.Undefined)]
    [TestCase(Read, DAIF, Traps.SystemRegister)]
    [TestCase(Write, DAIF, Traps.SystemRegister)]
    [TestCase(Read, PMCR, Traps.SystemRegister)]
    [TestCase(Write, PMCR, Traps.SystemRegister)]
    [TestCase(Read, PMSWINC, Traps.Undefined)]
    [TestCase(Write, PMSWINC, Traps.SystemRegister)]
    [TestCase(Read, PMCEID0, Traps.SystemRegister)]
    [TestCase(Write, PMCEID0, Traps.Undefined)]
    [TestCase(Write, PMUSERENR, Traps.Undefined)]
    [TestCase(Read, CNTPCT, Traps.SystemRegister)]
    [TestCase(Write, CNTPCT, Traps.Undefined)]
    [TestCase(Write, CNTVCT, Traps.Undefined)]
    [TestCase(Write, CNTFRQ, Traps.Undefined)]
    [TestCase(Read, CNTP_CTL, Traps.SystemRegister)]
    [TestCase(Write, CNTV_CTL, Traps.SystemRegister)]
    [TestCase(Write, TPIDRRO, Traps.Undefined)]
    [TestCase(Write, CTR, Traps.Undefined)]
    public void AProgramMayNot(uint direction, uint register, int trap) =>
        Assert.That(Run(direction | register << 5).Exit.Trap, Is.EqualTo(trap));

    [TestCase(0x0000_0000u, Traps.Undefined, Description = "udf #0")]
    [TestCase(0xd440_0000u, Traps.Undefined, Description = "hlt #0")]
    [TestCase(0xd400_0002u, Traps.Undefined, Description = "hvc #0")]
    [TestCase(0xd400_0003u, Traps.Undefined, Description = "smc #0")]
    [TestCase(0xd4a0_0001u, Traps.Undefined, Description = "dcps1")]
    [TestCase(0xd69f_03e0u, Traps.Undefined, Description = "eret")]
    [TestCase(0xd508_7620u, Traps.Undefined, Description = "dc ivac, x0")]
    [TestCase(0xd508_871fu, Traps.Undefined, Description = "tlbi vmalle1")]
    [TestCase(0xd500_41bfu, Traps.Undefined, Description = "msr spsel, #1")]
    [TestCase(0xd503_41dfu, Traps.SystemRegister, Description = "msr daifset, #1")]
    [TestCase(0xd420_0020u, Traps.Breakpoint, Description = "brk #1")]
    [TestCase(0xd400_0021u, Traps.SystemCallImmediate, Description = "svc #1")]
    [TestCase(0xd503_203fu, Traps.SystemCall, Description = "yield")]
    [TestCase(0xd503_205fu, Traps.SystemCall, Description = "wfe")]
    [TestCase(0xd503_207fu, Traps.SystemCall, Description = "wfi")]
    [TestCase(0xd503_233fu, Traps.SystemCall, Description = "paciasp")]
    [TestCase(0xd503_245fu, Traps.SystemCall, Description = "bti c")]
    [TestCase(0xd503_2fffu, Traps.SystemCall, Description = "hint #127")]
    [TestCase(0xd50b_7b3cu, Traps.SystemCall, Description = "dc cvau, x28")]
    [TestCase(0xd50b_753cu, Traps.SystemCall, Description = "ic ivau, x28")]
    public void AnInstructionEndsWith(uint word, int trap) => Assert.That(Run(word).Exit.Trap, Is.EqualTo(trap));

    // A prefetch does not look at the stack pointer.
    [TestCase(0xf940_03e0u, Traps.StackAlignment, Description = "ldr x0, [sp]")]
    [TestCase(0x3980_03e0u, Traps.StackAlignment, Description = "ldrsb x0, [sp]")]
    [TestCase(0xf980_03e0u, Traps.SystemCall, Description = "prfm pldl1keep, [sp]")]
    [TestCase(0xf880_03e0u, Traps.SystemCall, Description = "prfum pldl1keep, [sp]")]
    [TestCase(0xf8a1_6be0u, Traps.SystemCall, Description = "prfm pldl1keep, [sp, x1]")]
    [TestCase(0x9100_43e0u, Traps.SystemCall, Description = "add x0, sp, #16")]
    public void TheStackPointerIsAligned(uint word, int trap) => Assert.That(Run(word, stack: Data + 8).Exit.Trap, Is.EqualTo(trap));

    [TestCase(0x885f_7f80u, Description = "ldxr w0, [x28]")]
    [TestCase(0x887f_0780u, Description = "ldxp w0, w1, [x28]")]
    [TestCase(0x8802_7f80u, Description = "stxr w2, w0, [x28]")]
    [TestCase(0x88df_ff80u, Description = "ldar w0, [x28]")]
    [TestCase(0x889f_ff80u, Description = "stlr w0, [x28]")]
    [TestCase(0xb820_0381u, Description = "ldadd w0, w1, [x28]")]
    [TestCase(0x88a0_7f81u, Description = "cas w0, w1, [x28]")]
    [TestCase(0x0820_7f82u, Description = "casp w0, w1, w2, w3, [x28]")]
    public void AnExclusiveOrOrderedAccessIsAligned(uint word) =>
        Assert.That(Run(word, offset: 2).Exit.Trap, Is.EqualTo(Traps.DataAlignment));

    private static unsafe (Exit Exit, MachineState State) Run(uint word, ulong stack = Data, ulong offset = 0)
    {
        using var guest = new GuestCpu(Code, Data);
        var state = new MachineState();
        for (int i = 0; i < MachineState.Words; i++)
            state.Code[i] = 0xd503_201f;
        state.Code[0] = word;
        state.X[0] = ulong.MaxValue;
        state.X[28] = offset;
        guest.Cpu[Slots.Sp] = stack;
        var exit = guest.Execute(ref state);
        Assert.That(exit.Kind, Is.EqualTo(ExitKind.Trap));
        return (exit, state);
    }
}
