using Arch.Amd64.Conventions;
using Arch.Amd64.Registers;
using NUnit.Framework;
using Shared;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>sendsig's frame, byte for byte by machine/sigframe.h, and sigreturn's checks.</summary>
internal sealed class SignalFrameTests
{
    private const ulong Handler = 0x20_5000, Base = Stack - 0x4000, Context = 16, Machine = Context + 16;

    private static readonly sigset Mask = new(0x1111_2222_3333_4444, 0x5555_6666_7777_8888);

    private static readonly siginfo Info = new() { si_signo = 11, si_code = -2, si_addr = 0x1234, si_trapno = 12, si_pid = 77 };

    private static readonly SignalDelivery Delivery = new(Handler, Info, true, Mask, 0, 0xa000, 0xb000, 4, false);

    private static (Cpu Cpu, UserSpace Memory) Interrupted(bool trace = false)
    {
        var cpu = Busy();
        cpu[Slots.TF] = trace ? 1UL : 0;
        _ = Architecture.MemoryFault(cpu, new Exit(ExitKind.MemoryFault, Address: 0x1234, Access: Access.Write), false, true);
        return (cpu, new UserSpace(Base, 0x4000));
    }

    [Test]
    public void SizesAreThoseOfTheHeader() =>
        Assert.That((sigframe.Bytes, ucontext.Bytes, mcontext.Bytes, TrapFrame.Bytes, siginfo.Bytes), Is.EqualTo((976, 880, 800, 192, 80)));

    [Test]
    public void FrameHasTheLayoutOfTheHeader()
    {
        var (cpu, memory) = Interrupted(trace: true);
        var before = cpu.File[..Slots.Count];
        var fpu = FpRegs(cpu);
        Assert.That(Architecture.SendSignal(cpu, memory, Delivery), Is.EqualTo(Errno.None));
        var extended = (Stack - 0x101 - 128 - 64) & ~63UL;
        var frame = (extended - 976) & ~15UL;
        ulong At(Slot slot) => before[slot.Index];
        ulong Field(ulong offset) => memory.Word(frame + Machine + offset);

        (int Offset, Slot Slot)[] registers =
        [
            (8, Slots.Rdi), (16, Slots.Rsi), (24, Slots.Rdx), (32, Slots.Rcx), (40, Slots.R8), (48, Slots.R9), (56, Slots.Rax),
            (64, Slots.Rbx), (72, Slots.Rbp), (80, Slots.R10), (88, Slots.R11), (96, Slots.General(12)), (104, Slots.General(13)),
            (112, Slots.General(14)), (120, Slots.General(15)), (160, Slot.Pc), (184, Slots.Rsp),
        ];
        foreach (var (offset, slot) in registers) Assert.That(Field((ulong)offset), Is.EqualTo(At(slot)), $"mcontext + {offset}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(memory.Word(frame), Is.EqualTo(Handler), "sf_handler");
            Assert.That(memory.Word(frame + Context), Is.EqualTo(Mask.Low));
            Assert.That(memory.Word(frame + Context + 8), Is.EqualTo(Mask.High));
            Assert.That(Field(0), Is.Zero, "mc_onstack");
            Assert.That(Field(128), Is.EqualTo(0x001b_0013_0000_000c), "trapno, fs, gs");
            Assert.That(Field(136), Is.EqualTo(0x1234), "mc_addr");
            Assert.That(Field(144), Is.EqualTo(0x003b_003b_0000_0005), "mc_flags, es, ds");
            Assert.That(Field(152), Is.EqualTo(6), "mc_err");
            Assert.That(Field(168), Is.EqualTo(0x43), "mc_cs");
            Assert.That(Field(176), Is.EqualTo(0x210743), "mc_rflags with TF, DF and the fault's RF");
            Assert.That(Field(192), Is.EqualTo(0x3b), "mc_ss");
            Assert.That(Field(200), Is.EqualTo(800), "mc_len");
            Assert.That(Field(208), Is.EqualTo(0x10002), "mc_fpformat");
            Assert.That(Field(216), Is.EqualTo(0x20001), "mc_ownedfp");
            Assert.That(Field(736), Is.EqualTo(At(Slots.FsBase)));
            Assert.That(Field(744), Is.EqualTo(At(Slots.GsBase)));
            for (ulong i = 0; i < 512; i += 8) Assert.That(Field(224 + i), Is.EqualTo(Word(fpu, (int)i)), $"mc_fpstate + {i}");
            Assert.That((Field(752), Field(760)), Is.EqualTo((extended, 64UL)), "mc_xfpustate, mc_xfpustate_len");
            Assert.That((memory.Word(extended), memory.Word(extended + 8)), Is.EqualTo((3UL, 0UL)), "struct xstate_hdr");
            for (ulong i = 768; i < 800; i += 8) Assert.That(Field(i), Is.Zero, $"mcontext + {i}");
            Assert.That(memory.Word(frame + Context + 816), Is.Zero, "uc_link");
            Assert.That(memory.Word(frame + Context + 824), Is.EqualTo(0xa000), "ss_sp");
            Assert.That(memory.Word(frame + Context + 832), Is.EqualTo(0xb000), "ss_size");
            Assert.That(memory.Word(frame + Context + 840), Is.EqualTo(4), "ss_flags");
            Assert.That(memory.Half(frame + Context + 848), Is.Zero, "uc_flags");
            Assert.That(memory.Half(frame + 896), Is.EqualTo(11), "si_signo");
            Assert.That(memory.Word(frame + 896 + 24), Is.EqualTo(0x1234), "si_addr");
            Assert.That(memory.Half(frame + 896 + 40), Is.EqualTo(12), "si_trapno");
        }
    }

    [Test]
    public void HandlerRunsThroughTheTrampolineWithAFreshFpu([Values] bool withInfo)
    {
        var (cpu, memory) = Interrupted(trace: true);
        cpu[Selectors.Ds] = 0;
        Assert.That(Architecture.SendSignal(cpu, memory, Delivery with { WithInfo = withInfo }), Is.EqualTo(Errno.None));
        var frame = (((Stack - 0x101 - 128 - 64) & ~63UL) - 976) & ~15UL;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cpu.Pc, Is.EqualTo(0x7fff_ffff_f000));
            Assert.That(cpu[Slots.Rsp], Is.EqualTo(frame));
            Assert.That(cpu[Slots.Rdi], Is.EqualTo(11));
            Assert.That(cpu[Slots.Rsi], Is.EqualTo(withInfo ? frame + 896 : unchecked((ulong)-2)));
            Assert.That(cpu[Slots.Rdx], Is.EqualTo(frame + 16));
            Assert.That(cpu[Slots.Rcx], Is.EqualTo(0x1234));
            Assert.That(Word(Regs(cpu), 152) & 0x500, Is.Zero, "TF and DF");
            Assert.That(cpu[Selectors.Ds], Is.EqualTo(0x3b));
            Assert.That(FpRegs(cpu), Is.EqualTo(FpRegs(Fresh())));
            Assert.That(memory.Half(frame + 896), Is.EqualTo(withInfo ? 11 : 0), "siginfo only when asked for");
        }
    }

    [Test]
    public void AlternateStackHasNoRedZone()
    {
        var (cpu, memory) = Interrupted();
        var delivery = Delivery with { StackPointer = Base + 0x2008, OnStack = true };
        Assert.That(Architecture.SendSignal(cpu, memory, delivery), Is.EqualTo(Errno.None));
        Assert.That(cpu[Slots.Rsp], Is.EqualTo((((Base + 0x2008 - 64) & ~63UL) - 976) & ~15UL));
        Assert.That(memory.Word(cpu[Slots.Rsp] + Machine), Is.EqualTo(1), "mc_onstack");
    }

    [Test]
    public void UnwritableStackLeavesTheRegisters()
    {
        var (cpu, memory) = Interrupted();
        cpu[Slots.Rsp] = Base + 1000;
        var before = cpu.File[..Slots.Count];
        Assert.That(Architecture.SendSignal(cpu, memory, Delivery), Is.EqualTo(Errno.EFAULT));
        Assert.That(cpu.File[..Slots.Count], Is.EqualTo(before));
    }

    [Test]
    public void ReturningRestoresEverything([Range(1, 20)] int seed, [Values] bool trace)
    {
        var cpu = Busy(seed);
        cpu[Slots.TF] = trace ? 1UL : 0;
        var memory = new UserSpace(Base, 0x4000);
        var (reg, fpreg, bases) = (Regs(cpu), FpRegs(cpu), (cpu[Slots.FsBase], cpu[Slots.GsBase]));
        _ = Architecture.SendSignal(cpu, memory, Delivery);
        var context = Scramble(cpu, seed);
        Assert.That(Architecture.SignalReturn(cpu, memory, context, out var mask), Is.EqualTo(Errno.EJUSTRETURN));
        Architecture.SetSystemCallResult(cpu, Errno.EJUSTRETURN, 0, 0);
        Architecture.ReturnToUser(cpu);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Regs(cpu), Is.EqualTo(reg));
            Assert.That(FpRegs(cpu), Is.EqualTo(fpreg));
            Assert.That((cpu[Slots.FsBase], cpu[Slots.GsBase]), Is.EqualTo(bases));
            Assert.That(mask, Is.EqualTo(Mask));
        }
    }

    public static IEnumerable<TestCaseData> Refusals()
    {
        static TestCaseData Row(string name, ulong offset, ulong value, Errno expected) =>
            new TestCaseData(offset, value, expected).SetArgDisplayNames(name);
        yield return Row("unknown mc_flags", 144, 8 | 0x003b_003b_0000_0000UL, Errno.EINVAL);
        yield return Row("mc_flags HASBASES", 144, 3, Errno.EJUSTRETURN);
        yield return Row("IF cleared", 176, 0x2, Errno.EINVAL);
        yield return Row("IOPL", 176, 0x3202, Errno.EINVAL);
        yield return Row("VM", 176, 0x20202, Errno.EINVAL);
        yield return Row("high half of rflags", 176, 0x1_0000_0202, Errno.EINVAL);
        yield return Row("all user flags", 176, 0x254fd7, Errno.EJUSTRETURN);
        yield return Row("kernel cs", 168, 0x20, Errno.EINVAL);
        yield return Row("32-bit cs", 168, 0x33, Errno.EJUSTRETURN);
        yield return Row("format no device", 208, 0x10000, Errno.EJUSTRETURN);
        yield return Row("format 387", 208, 0x10001, Errno.EINVAL);
        yield return Row("owner none", 216, 0x20000, Errno.EJUSTRETURN);
        yield return Row("owner pcb", 216, 0x20002, Errno.EJUSTRETURN);
        yield return Row("owner unknown", 216, 0x20003, Errno.EINVAL);
        yield return Row("no extended state", 144, 1, Errno.EJUSTRETURN);
        yield return Row("half an extended state", 760, 32, Errno.EINVAL);
        yield return Row("extended state out of memory", 752, 0x10, Errno.EFAULT);
    }

    [TestCaseSource(nameof(Refusals))]
    public void ReturnChecksTheContext(ulong offset, ulong value, Errno expected)
    {
        var (cpu, memory) = Interrupted();
        _ = Architecture.SendSignal(cpu, memory, Delivery);
        var context = Scramble(cpu, 1);
        memory.SetWord(context + 16 + offset, value);
        var before = Regs(cpu);
        Assert.That(Architecture.SignalReturn(cpu, memory, context, out _), Is.EqualTo(expected));
        if (expected != Errno.EJUSTRETURN) Assert.That(Regs(cpu), Is.EqualTo(before));
        var fault = Architecture.SignalReturnFault(cpu, memory, context);
        Assert.That(fault, Is.EqualTo(offset == 168 && value == 0x20 ? new TrapSignal(10, 3, cpu.Pc, 9) : null));
    }

    [Test]
    public void ExtendedStateIsNotLongerThanThatOfTheProcessor()
    {
        var (cpu, memory) = Interrupted();
        _ = Architecture.SendSignal(cpu, memory, Delivery);
        var context = Scramble(cpu, 1);
        memory.SetHalf(context + 16 + 144, 5);
        memory.SetWord(context + 16 + 760, 256);
        Assert.That(Architecture.SignalReturn(cpu, memory, context, out _), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void DroppedFpuIsInitialAndKeptFpuLosesReservedMxcsrBits()
    {
        var (cpu, memory) = Interrupted();
        _ = Architecture.SendSignal(cpu, memory, Delivery);
        var context = Scramble(cpu, 1);
        memory.SetHalf(context + 16 + 224 + 24, 0xffff_ffff);
        _ = Architecture.SignalReturn(cpu, memory, context, out _);
        Assert.That(cpu[Slots.Mxcsr], Is.EqualTo(0xffff));
        memory.SetWord(context + 16 + 216, 0x20000);
        _ = Architecture.SignalReturn(cpu, memory, context, out _);
        Assert.That(FpRegs(cpu), Is.EqualTo(FpRegs(Fresh())));
    }

    [Test]
    public void UnreadableContextIsAFault()
    {
        var (cpu, memory) = Interrupted();
        Assert.That(Architecture.SignalReturn(cpu, memory, Base + 0x4000 - 879, out _), Is.EqualTo(Errno.EFAULT));
        Assert.That(Architecture.SignalReturnFault(cpu, memory, Base + 0x4000 - 879), Is.Null);
    }

    /// <summary>A handler that has used every register and now calls sigreturn; returns the context's address.</summary>
    private static ulong Scramble(Cpu cpu, int seed)
    {
        var context = cpu[Slots.Rdx];
        var handler = Busy(seed + 1000);
        var reg = Regs(handler);
        SetWord(reg, 160, cpu[Slots.Rsp]);
        SetWord(reg, 64, context);
        SetWord(reg, 112, 417);
        Assert.That(Architecture.SetRegs(cpu, reg), Is.EqualTo(Errno.None));
        _ = Architecture.SetFpRegs(cpu, FpRegs(handler));
        _ = Architecture.SetUserTls(cpu, 0x7000);
        Assert.That(Architecture.FetchSystemCall(cpu, new UserSpace(0, 0), _ => 1, new ulong[8], out var code), Is.EqualTo(Errno.None));
        Assert.That(code, Is.EqualTo(417));
        return context;
    }
}
