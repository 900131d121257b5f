using Arch.Arm64.Registers;
using NUnit.Framework;
using Shared;
using TraceKernel;
using TraceKernel.Abi;
using static Arch.Arm64.Tests.Conventions.Program;

namespace Arch.Arm64.Tests.Conventions;

/// <summary>sendsig's frame by machine/frame.h and machine/ucontext.h, and sigreturn's checks.</summary>
internal sealed class SignalFrameTests
{
    private const ulong Handler = 0x20_5000, Base = Stack - 0x4000, SharedPage = 0xffff_ffff_f000, Context = 80, Machine = Context + 16;

    private static readonly sigset Mask = new(0x1111_2222_3333_4444, 0x5555_6666_7777_8888);

    private static readonly siginfo Info = new() { si_signo = 11, si_code = -2, si_addr = 0x1234, si_trapno = 36, si_pid = 77 };

    private static readonly SignalDelivery Delivery = new(Handler, Info, true, Mask, 0, 0xa000, 0xb000, 4, false);

    [TestCase(false)]
    [TestCase(true)]
    public void The_frame_has_the_layout_of_the_headers(bool newer)
    {
        var cpu = Busy();
        cpu[Slots.SS] = 1;
        var (reg, fpreg, memory) = (Regs(cpu), FpRegs(cpu), new UserSpace(Base, 0x4000));
        Assert.That(Of(newer).SendSignal(cpu, memory, Delivery), Is.EqualTo(Errno.None));
        var frame = (Stack - 0x100 - 1040) & ~15UL;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(memory.Half(frame), Is.EqualTo(11), "si_signo");
            Assert.That(memory.Word(frame + 24), Is.EqualTo(0x1234), "si_addr");
            Assert.That((memory.Word(frame + Context), memory.Word(frame + Context + 8)), Is.EqualTo((Mask.Low, Mask.High)));
            for (var offset = 0; offset < 272; offset += 8)
                Assert.That(memory.Word(frame + Machine + (ulong)offset), Is.EqualTo(Word(reg, offset)), $"mc_gpregs + {offset}");
            for (var offset = 0; offset < 520; offset += 8)
                Assert.That(memory.Word(frame + Machine + 272 + (ulong)offset), Is.EqualTo(Word(fpreg, offset)), $"mc_fpregs + {offset}");
            Assert.That(memory.Half(frame + Machine + 800), Is.EqualTo(1), "mc_flags: _MC_FP_VALID");
            Assert.That((memory.Word(frame + Context + 904), memory.Word(frame + Context + 912), memory.Half(frame + Context + 920)),
                Is.EqualTo((0xa000UL, 0xb000UL, 4u)), "uc_stack");
            Assert.That((cpu[Slots.General(0)], cpu[Slots.General(1)], cpu[Slots.General(2)], cpu[Slots.Sp]),
                Is.EqualTo((11UL, frame, frame + Context, frame)));
        }
    }

    [Test]
    public void Newer_kernels_start_the_trampoline_unstepped()
    {
        var cpu = Busy();
        cpu[Slots.SS] = cpu[Slots.Exclusive] = 1;
        Assert.That(Newer.SendSignal(cpu, new UserSpace(Base, 0x4000), Delivery), Is.EqualTo(Errno.None));
        Assert.That((cpu.Pc, cpu[Slots.General(8)], cpu[Slots.SS], cpu[Slots.Exclusive]), Is.EqualTo((SharedPage, Handler, 0UL, 0UL)));
        Assert.That(Half(Newer.SignalCode, 0), Is.EqualTo(0xd63f_0100), "blr x8");
    }

    [Test]
    public void Older_kernels_start_the_handler_and_step_it()
    {
        var cpu = Busy();
        cpu[Slots.SS] = 1;
        Assert.That(Older.SendSignal(cpu, new UserSpace(Base, 0x4000), Delivery), Is.EqualTo(Errno.None));
        Assert.That((cpu.Pc, cpu[Slots.Lr], cpu[Slots.SS]), Is.EqualTo((Handler, SharedPage, 1UL)));
        Assert.That(Half(Older.SignalCode, 0), Is.EqualTo(0x9100_03e0), "mov x0, sp");
        Assert.That(Older.SignalCode.SequenceEqual(Newer.SignalCode[4..]), Is.True);
    }

    [Test]
    public void What_cannot_be_written_changes_nothing()
    {
        var cpu = Busy();
        var before = Regs(cpu);
        Assert.That(Newer.SendSignal(cpu, new UserSpace(0x1000, 16), Delivery), Is.EqualTo(Errno.EFAULT));
        Assert.That(Regs(cpu), Is.EqualTo(before));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Sigreturn_brings_everything_back(bool newer)
    {
        var cpu = Busy();
        var (reg, fpreg, memory) = (Regs(cpu), FpRegs(cpu), new UserSpace(Base, 0x4000));
        _ = Of(newer).SendSignal(cpu, memory, Delivery);
        var context = cpu[Slots.General(2)];
        var other = Busy(seed: 2);
        Assert.That(Of(newer).SignalReturn(other, memory, context, out var mask), Is.EqualTo(Errno.EJUSTRETURN));
        Assert.That((Regs(other), FpRegs(other), mask), Is.EqualTo((reg, fpreg, Mask)));
    }

    /// <summary>
    /// A step that was armed as the signal came goes on after it in newer kernels; one that is armed at the call ends with the call.
    /// </summary>
    [TestCase(true, 0u, 0u, 0u)]
    [TestCase(true, 1u, 0u, 1u)]
    [TestCase(true, 0u, 1u, 1u)]
    [TestCase(false, 1u, 0u, 0u)]
    [TestCase(false, 0u, 1u, 1u)]
    public void Sigreturn_arms_and_never_disarms(bool newer, uint inFrame, uint atCall, uint expected)
    {
        var (cpu, memory) = (Busy(), new UserSpace(Base, 0x4000));
        cpu[Slots.SS] = inFrame;
        _ = Of(newer).SendSignal(cpu, memory, Delivery);
        cpu[Slots.SS] = atCall;
        _ = Of(newer).SignalReturn(cpu, memory, cpu[Slots.General(2)], out _);
        Assert.That(cpu[Slots.SS], Is.EqualTo(expected));
    }

    /// <summary>EL1, AArch32, and any of D, A, I, F.</summary>
    [TestCase(0x4UL)]
    [TestCase(0x10UL)]
    [TestCase(0x40UL)]
    [TestCase(0x80UL)]
    [TestCase(0x100UL)]
    [TestCase(0x200UL)]
    public void Sigreturn_refuses_what_user_mode_may_not_have(ulong bits)
    {
        var (cpu, memory) = (Busy(), new UserSpace(Base, 0x4000));
        _ = Newer.SendSignal(cpu, memory, Delivery);
        var context = cpu[Slots.General(2)];
        memory.SetWord(context + 16 + 264, bits);
        var before = Regs(cpu);
        Assert.That(Newer.SignalReturn(cpu, memory, context, out _), Is.EqualTo(Errno.EINVAL));
        Assert.That(Regs(cpu), Is.EqualTo(before));
    }
}
