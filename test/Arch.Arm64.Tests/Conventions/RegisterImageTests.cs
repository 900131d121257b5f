using Arch.Arm64.Registers;
using NUnit.Framework;
using TraceKernel.Abi;
using static Arch.Arm64.Tests.Conventions.Program;

namespace Arch.Arm64.Tests.Conventions;

/// <summary>fill_regs, set_regs and their like, by machine/reg.h.</summary>
internal sealed class RegisterImageTests
{
    private const ulong Step = 1 << 21, Negative = 1UL << 31, Overflow = 1 << 28;

    [Test]
    public void General_registers_stand_where_the_header_says()
    {
        var cpu = Busy();
        cpu[Slots.SS] = 1;
        var reg = Regs(cpu);
        using (Assert.EnterMultipleScope())
        {
            for (var number = 0; number < 30; number++)
                Assert.That(Word(reg, 8 * number), Is.EqualTo(cpu[Slots.General(number)]), $"x{number}");
            Assert.That(Word(reg, 240), Is.EqualTo(cpu[Slots.Lr]));
            Assert.That(Word(reg, 248), Is.EqualTo(cpu[Slots.Sp]));
            Assert.That(Word(reg, 256), Is.EqualTo(cpu.Pc));
            Assert.That(Word(reg, 264), Is.EqualTo(0xa000_0000 | Step), "spsr: N, C, SS");
        }
    }

    [TestCase(false, 0u)]
    [TestCase(true, 1u)]
    public void Of_spsr_the_flags_are_taken_and_by_newer_kernels_the_step(bool newer, ulong step)
    {
        var cpu = Busy();
        var reg = Regs(cpu);
        SetWord(reg, 8 * 7, 77);
        // Modes and masks are passed over.
        SetWord(reg, 264, Negative | Overflow | Step | 0x3c5);
        Assert.That(Of(newer).SetRegs(cpu, reg), Is.EqualTo(Errno.None));
        Assert.That(cpu[Slots.General(7)], Is.EqualTo(77));
        Assert.That((cpu[Slots.N], cpu[Slots.Z], cpu[Slots.C], cpu[Slots.V]), Is.EqualTo((1UL, 0UL, 0UL, 1UL)));
        Assert.That(cpu[Slots.SS], Is.EqualTo(step));
        Assert.That(Word(Regs(cpu), 264), Is.EqualTo(Negative | Overflow | (step * Step)));
    }

    [Test]
    public void Floating_point_registers_stand_where_the_header_says()
    {
        var cpu = Busy();
        var fpreg = FpRegs(cpu);
        for (var number = 0; number < 32; number++)
        {
            Assert.That(Word(fpreg, 16 * number), Is.EqualTo(cpu[Slots.Vector(number)]));
            Assert.That(Word(fpreg, 16 * number + 8), Is.EqualTo(cpu.File[Slots.Vector(number).Index + 1]));
        }
        var status = cpu[Slots.FloatStatus];
        Assert.That((Half(fpreg, 512), Half(fpreg, 516), Word(fpreg, 520)),
            Is.EqualTo(((uint)(status & FloatControl.FpsrMask), (uint)(status & FloatControl.FpcrMask), 0UL)));
        var other = Fresh();
        Assert.That(Newer.SetFpRegs(other, fpreg), Is.EqualTo(Errno.None));
        Assert.That(FpRegs(other), Is.EqualTo(fpreg));
    }

    [TestCase(false, Errno.EDOOFUS)]
    [TestCase(true, Errno.None)]
    public void The_program_counter_is_set_by_newer_kernels(bool newer, Errno expected)
    {
        var cpu = Busy();
        Assert.That(Of(newer).SetPc(cpu, 0x40_0000), Is.EqualTo(expected));
        Assert.That(cpu.Pc, Is.EqualTo(newer ? 0x40_0000 : Pc));
    }

    [Test]
    public void The_thread_pointer_is_a_set_that_can_be_read()
    {
        var set = Newer.RegisterSets.Single(set => set.Note == CoreNotes.NT_ARM_TLS);
        var image = new byte[set.Bytes];
        set.Fill(Busy(), image);
        Assert.That((image.Length, Word(image, 0), set.Set), Is.EqualTo((8, 0x8_0000_1000UL, (object?)null)));
    }

    [Test]
    public void Without_pointer_authentication_no_bit_of_an_address_is_masked()
    {
        var set = Newer.RegisterSets.Single(set => set.Note == CoreNotes.NT_ARM_ADDR_MASK);
        var image = new byte[set.Bytes];
        set.Fill(Busy(), image);
        Assert.That(image, Is.EqualTo(new byte[16]));
    }

    /// <summary>A forked child of a stepped parent is stepped itself only where the kernel copied the flag.</summary>
    [TestCase(false, 1u)]
    [TestCase(true, 0u)]
    public void Children_of_a_stepped_thread(bool newer, ulong step)
    {
        var (parent, child, thread) = (Busy(), Fresh(), Fresh());
        parent[Slots.SS] = parent[Slots.Exclusive] = 1;
        Of(newer).ForkChild(parent, child);
        Of(newer).SetUpcall(parent, thread, 0x40_0000, 5, 0x50_0000, 0x1008);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((child[Slots.SS], child[Slots.Exclusive]), Is.EqualTo((step, 0UL)));
            Assert.That((child[Slots.General(0)], child[Slots.General(1)], child[Slots.C], child.Pc),
                Is.EqualTo((0UL, 0UL, 0UL, parent.Pc)));
            Assert.That((thread[Slots.SS], thread[Slots.Exclusive]), Is.EqualTo((step, 0UL)));
            Assert.That((thread[Slots.General(0)], thread[Slots.Sp], thread.Pc), Is.EqualTo((5UL, 0x50_1000UL, 0x40_0000UL)));
        }
    }
}
