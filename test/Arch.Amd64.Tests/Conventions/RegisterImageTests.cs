using Arch.Amd64.Registers;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Ir;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>struct reg and struct fpreg: layout by machine/reg.h, checks by set_regs.</summary>
internal sealed class RegisterImageTests
{
    private const int Flags = 152, Cs = 144;

    private static readonly (string Name, int Offset, int Bytes)[] Layout =
    [
        ("r15", 0, 8), ("r14", 8, 8), ("r13", 16, 8), ("r12", 24, 8), ("r11", 32, 8), ("r10", 40, 8), ("r9", 48, 8), ("r8", 56, 8),
        ("rdi", 64, 8), ("rsi", 72, 8), ("rbp", 80, 8), ("rbx", 88, 8), ("rdx", 96, 8), ("rcx", 104, 8), ("rax", 112, 8), ("fs", 124, 2),
        ("gs", 126, 2), ("es", 132, 2), ("ds", 134, 2), ("rip", 136, 8), ("cs", 144, 4), ("eflags", 152, 4), ("rsp", 160, 8),
        ("ss", 168, 4), ("fctrl", 0, 2), ("fstat", 2, 2), ("ftag", 4, 1), ("fop", 6, 2), ("fioff", 8, 4), ("fiseg", 12, 4),
        ("fooff", 16, 4), ("foseg", 20, 4), ("mxcsr", 24, 4), ("st0", 32, 10), ("st7", 144, 10), ("xmm0", 160, 16), ("xmm15", 400, 16),
        ("fs_base", 0, 8), ("gs_base", 0, 8),
    ];

    [Test]
    public void SizesAreThoseOfTheHeader() =>
        Assert.That((Architecture.RegBytes, Architecture.FpRegBytes, Architecture.DbRegBytes), Is.EqualTo((176, 512, 128)));

    [TestCaseSource(nameof(Layout))]
    public void TableHasTheOffsetOfTheHeader((string Name, int Offset, int Bytes) expected)
    {
        var row = RegisterTable.Rows.Single(row => row.Name == expected.Name);
        Assert.That((row.Offset, row.ImageBytes), Is.EqualTo((expected.Offset, expected.Bytes)));
    }

    [Test]
    public void RegistersAppearWhereTheHeaderPutsThem()
    {
        var cpu = Busy();
        var reg = Regs(cpu);
        Slot[] inOrder =
        [
            Slots.General(15), Slots.General(14), Slots.General(13), Slots.General(12), Slots.R11, Slots.R10, Slots.R9, Slots.R8, Slots.Rdi,
            Slots.Rsi, Slots.Rbp, Slots.Rbx, Slots.Rdx, Slots.Rcx, Slots.Rax,
        ];
        for (var i = 0; i < inOrder.Length; i++) Assert.That(Word(reg, 8 * i), Is.EqualTo(cpu[inOrder[i]]), $"at {8 * i}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Word(reg, 120), Is.EqualTo(0x001b_0013_0000_0000), "trapno 0, fs, gs");
            Assert.That(Word(reg, 128), Is.EqualTo(0x003b_003b_0000_0000), "err 0, es, ds");
            Assert.That(Word(reg, 136), Is.EqualTo(Program.Pc));
            Assert.That(Word(reg, 144), Is.EqualTo(0x43));
            Assert.That(Word(reg, 152), Is.EqualTo(0x200643), "CF ZF IF DF ID and bit 1");
            Assert.That(Word(reg, 160), Is.EqualTo(cpu[Slots.Rsp]));
            Assert.That(Word(reg, 168), Is.EqualTo(0x3b));
        }
    }

    [Test]
    public void SetRegsTakesEverythingButTheDataSelectors()
    {
        var (cpu, other) = (Fresh(), Busy());
        var reg = Regs(other);
        reg.AsSpan(120, 16).Fill(0xee);
        Assert.That(Architecture.SetRegs(cpu, reg), Is.EqualTo(Errno.None));
        Assert.That(Regs(cpu), Is.EqualTo(Regs(other)));
    }

    [Test]
    public void SetRegsTakesAnyAddress()
    {
        var cpu = Fresh();
        var reg = Regs(cpu);
        SetWord(reg, 136, 0xdead_beef_dead_beef);
        SetWord(reg, 160, ulong.MaxValue);
        Assert.That(Architecture.SetRegs(cpu, reg), Is.EqualTo(Errno.None));
        Assert.That((cpu.Pc, cpu[Slots.Rsp]), Is.EqualTo((0xdead_beef_dead_beef, ulong.MaxValue)));
    }

    /// <summary>CF PF AF ZF SF TF DF OF NT RF AC ID may change, the rest of the low half may not, the high half is not looked at.</summary>
    [Test]
    public void SetRegsChangesOnlyUserFlags([Range(0, 63)] int bit)
    {
        int[] changeable = [0, 2, 4, 6, 7, 8, 10, 11, 14, 16, 18, 21];
        var cpu = Busy();
        var before = Regs(cpu);
        var reg = Regs(cpu);
        SetWord(reg, Flags, Word(reg, Flags) ^ 1UL << bit);
        SetWord(reg, 112, 77);
        var error = Architecture.SetRegs(cpu, reg);
        if (changeable.Contains(bit) || bit >= 32)
        {
            Assert.That(error, Is.EqualTo(Errno.None));
            Assert.That(Word(Regs(cpu), Flags), Is.EqualTo(Word(reg, Flags) & uint.MaxValue));
        }
        else
        {
            Assert.That(error, Is.EqualTo(Errno.EINVAL));
            Assert.That(Regs(cpu), Is.EqualTo(before), "nothing is stored");
        }
    }

    [TestCase(0x43UL, Errno.None)]
    [TestCase(0x33UL, Errno.None)]
    [TestCase(0x3UL, Errno.None)]
    [TestCase(0x0UL, Errno.EINVAL)]
    [TestCase(0x20UL, Errno.EINVAL)]
    [TestCase(0x41UL, Errno.EINVAL)]
    [TestCase(0x42UL, Errno.EINVAL)]
    public void SetRegsWantsACodeSelectorOfLevel3(ulong selector, Errno expected)
    {
        var cpu = Busy();
        var before = Regs(cpu);
        var reg = Regs(cpu);
        SetWord(reg, Cs, selector);
        SetWord(reg, 112, 77);
        Assert.That(Architecture.SetRegs(cpu, reg), Is.EqualTo(expected));
        Assert.That(Regs(cpu), Is.EqualTo(expected == Errno.None ? reg : before));
    }

    [Test]
    public void FpRegsOfANewProgramAreInitial()
    {
        var fpreg = FpRegs(Fresh());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Word(fpreg, 0), Is.EqualTo(0x37f));
            Assert.That(Word(fpreg, 24), Is.EqualTo(0xffff_0000_1f80), "mxcsr and its mask");
            Assert.That(fpreg.AsSpan(32).ContainsAnyExcept((byte)0), Is.False);
        }
    }

    [Test]
    public void FpRegsComeBackAndKeepReservedMxcsrBits()
    {
        var cpu = Busy();
        var fpreg = FpRegs(cpu);
        SetWord(fpreg, 24, 0xffff_ffff_ffff_1f80);
        Assert.That(Architecture.SetFpRegs(cpu, fpreg), Is.EqualTo(Errno.None));
        SetWord(fpreg, 24, 0x0000_ffff_ffff_1f80);
        Assert.That(FpRegs(cpu), Is.EqualTo(fpreg), "only the mask field is limited");
    }

    [Test]
    public void FpRegsLoseReservedBitsWhenTheProgramGoesOn()
    {
        var cpu = Busy();
        var fpreg = FpRegs(cpu);
        SetWord(fpreg, 0, 0x8000_ffff);
        SetWord(fpreg, 24, 0x0000_ffff_ffff_1f80);
        _ = Architecture.SetFpRegs(cpu, fpreg);
        Assert.That(FpRegs(cpu), Is.EqualTo(fpreg), "as they were set");
        Architecture.ReturnToUser(cpu);
        SetWord(fpreg, 0, 0x0000_1f7f);
        SetWord(fpreg, 24, 0x0000_ffff_0000_1f80);
        Assert.That(FpRegs(cpu), Is.EqualTo(fpreg), "as a processor has them");
    }

    [Test]
    public void ResumeFlagIsTheEnginesNote()
    {
        var cpu = Fresh();
        var reg = Regs(cpu);
        SetWord(reg, Flags, 0x10202);
        _ = Architecture.SetRegs(cpu, reg);
        Assert.That(cpu.ResumeOverBreakpoint, Is.True);
        Assert.That(Word(Regs(cpu), Flags), Is.EqualTo(0x10202));
    }
}
