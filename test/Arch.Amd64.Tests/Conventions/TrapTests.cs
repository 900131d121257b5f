using Arch.Amd64.Registers;
using NUnit.Framework;
using TraceKernel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>Which signal a fault becomes (trap.c), and what it leaves in the frame and in DR6.</summary>
internal sealed class TrapTests
{
    // The processor's vector; signal, si_code, si_trapno; whether the processor sets RF.
    [TestCase(0, 8, 2, 18, true, TestName = "#DE is SIGFPE FPE_INTDIV")]
    [TestCase(3, 5, 1, 3, false, TestName = "#BP is SIGTRAP TRAP_BRKPT")]
    [TestCase(4, 8, 1, 20, false, TestName = "#OF is SIGFPE FPE_INTOVF")]
    [TestCase(5, 8, 8, 21, true, TestName = "#BR is SIGFPE FPE_FLTSUB")]
    [TestCase(6, 4, 5, 1, true, TestName = "#UD is SIGILL ILL_PRVOPC")]
    [TestCase(12, 10, 2, 27, true, TestName = "#SS is SIGBUS BUS_ADRERR")]
    [TestCase(13, 10, 3, 9, true, TestName = "#GP is SIGBUS BUS_OBJERR")]
    [TestCase(17, 10, 1, 14, true, TestName = "#AC is SIGBUS BUS_ADRALN")]
    [TestCase(1, 5, 2, 10, false, TestName = "#DB by instruction is SIGTRAP TRAP_TRACE")]
    [TestCase(20, 10, 3, 30, true, TestName = "Others are SIGBUS BUS_OBJERR")]
    public void TrapBecomesSignalAtThePc(int trap, int signal, int code, int trapNumber, bool setsResumeFlag)
    {
        var cpu = Busy();
        var expected = new TrapSignal(signal, code, cpu.Pc, trapNumber);
        Assert.That(Architecture.Trap(cpu, new Exit(ExitKind.Trap, trap), false), Is.EqualTo(expected));
        Assert.That((cpu[Slots.TrapNumber], cpu[Slots.ErrorCode], cpu[Slots.TrapAddress]), Is.EqualTo(((ulong)trapNumber, 0UL, 0UL)));
        Assert.That(cpu.ResumeOverBreakpoint, Is.EqualTo(setsResumeFlag));
    }

    // Status and control word. Of the unmasked exceptions: invalid (or its stack fault), zero divide, denormal, overflow, underflow,
    // precision.
    [TestCase(0x01, 0x37e, 7)]
    [TestCase(0x41, 0x37e, 8)]
    [TestCase(0x02, 0x340, 5)]
    [TestCase(0x04, 0x340, 3)]
    [TestCase(0x08, 0x340, 4)]
    [TestCase(0x10, 0x340, 5)]
    [TestCase(0x20, 0x340, 6)]
    [TestCase(0x3f, 0x340, 7)]
    [TestCase(0x3e, 0x340, 3)]
    [TestCase(0x3a, 0x340, 5)]
    [TestCase(0x38, 0x340, 4)]
    [TestCase(0x30, 0x340, 5)]
    [TestCase(0x3f, 0x37b, 3)]
    public void X87ErrorIsNamedByPriority(int status, int control, int code)
    {
        var cpu = Fresh();
        (cpu[Slots.Fsw], cpu[Slots.Fcw]) = ((ulong)status, (ulong)control);
        var expected = new TrapSignal(8, code, cpu.Pc, 6);
        Assert.That(Architecture.Trap(cpu, new Exit(ExitKind.Trap, Traps.FloatingPoint), false), Is.EqualTo(expected));
    }

    [TestCase(0x1f00UL | 1, 7)]
    [TestCase(0x1d80UL | 0x3f, 3)]
    [TestCase(0x0f80UL | 0x3f, 6)]
    [TestCase(0x1b80UL | 8, 4)]
    public void SseErrorIsNamedByPriority(ulong mxcsr, int code)
    {
        var cpu = Fresh();
        cpu[Slots.Mxcsr] = mxcsr;
        var expected = new TrapSignal(8, code, cpu.Pc, 29);
        Assert.That(Architecture.Trap(cpu, new Exit(ExitKind.Trap, Traps.SimdFloatingPoint), false), Is.EqualTo(expected));
    }

    // Error code: present 1, write 2, user 4, fetch 16. Present is what the page is, not why it was refused.
    [TestCase(Access.Read, 0x1234UL, false, true, 11, 1, 4UL)]
    [TestCase(Access.Write, 0x1234UL, false, true, 11, 1, 6UL)]
    [TestCase(Access.Execute, 0x1234UL, false, false, 11, 1, 20UL)]
    [TestCase(Access.Read, 0x1234UL, true, true, 11, 2, 4UL)]
    [TestCase(Access.Write, Program.Page, true, true, 11, 2, 7UL)]
    [TestCase(Access.Execute, Program.Page, true, true, 11, 2, 21UL)]
    [TestCase(Access.Write, Program.Page, true, false, 10, 12, 7UL)]
    public void PageFaultBecomesSignalAtTheAddress(
        Access access, ulong address, bool protection, bool freebsdAbi, int signal, int code, ulong error)
    {
        var cpu = Busy();
        var exit = new Exit(ExitKind.MemoryFault, Address: address, Access: access);
        Assert.That(Architecture.MemoryFault(cpu, exit, protection, freebsdAbi), Is.EqualTo(new TrapSignal(signal, code, address, 12)));
        Assert.That((cpu[Slots.TrapNumber], cpu[Slots.ErrorCode], cpu[Slots.TrapAddress]), Is.EqualTo((12UL, error, address)));
        Assert.That(Word(Regs(cpu), 152) & 0x10000, Is.Not.Zero, "a fault shows RF");
    }

    [TestCase(0xffff_8000_0000_0000UL)]
    [TestCase(0x7fff_ffff_ffffUL)]
    public void CanonicalAddressesArePageFaults(ulong address) =>
        Assert.That(Architecture.MemoryFault(Fresh(), new Exit(ExitKind.MemoryFault, Address: address, Access: Access.Read), false, true),
            Is.EqualTo(new TrapSignal(11, 1, address, 12)));

    [TestCase(0x8000_0000_0000UL)]
    [TestCase(0xffff_7fff_ffff_ffffUL)]
    public void RunningToANonCanonicalAddressIsGeneralProtection(ulong address)
    {
        var cpu = Fresh();
        cpu.Pc = address;
        Assert.That(Architecture.MemoryFault(cpu, new Exit(ExitKind.MemoryFault, Address: address, Access: Access.Execute), false, true),
            Is.EqualTo(new TrapSignal(10, 3, address, 9)));
    }

    // The instruction's own operand decides, or that it is a push, pop, call or return.
    [TestCase("488b00", false, TestName = "mov (%rax),%rax")]
    [TestCase("488b4424f0", true, TestName = "mov -16(%rsp),%rax")]
    [TestCase("48894510", true, TestName = "mov %rax,16(%rbp)")]
    [TestCase("3e48894510", false, TestName = "mov %rax,%ds:16(%rbp)")]
    [TestCase("50", true, TestName = "push %rax")]
    [TestCase("c3", true, TestName = "ret")]
    [TestCase("a4", false, TestName = "movsb")]
    public void NonCanonicalDataIsAStackFaultThroughTheStackSegment(string hex, bool isStack)
    {
        using var physical = new PhysicalMemory(1 << 20);
        using var memory = new AddressSpace(physical, 47);
        var page = physical.TryAllocate()!;
        page.Write(0, Convert.FromHexString(hex));
        memory.Enter(0x1000, page, Access.Read | Access.Execute);
        var cpu = Fresh();
        cpu.Memory = memory;
        cpu.Pc = 0x1000;
        var exit = new Exit(ExitKind.MemoryFault, Address: 0x8000_0000_0000, Access: Access.Read);
        var expected = isStack ? new TrapSignal(10, 2, 0x1000, 27) : new TrapSignal(10, 3, 0x1000, 9);
        Assert.That(Architecture.MemoryFault(cpu, exit, false, true), Is.EqualTo(expected));
        Assert.That((cpu[Slots.TrapNumber], cpu[Slots.ErrorCode]), Is.EqualTo(((ulong)expected.TrapNumber, 0UL)));
    }

    [TestCase(true, 0UL)]
    [TestCase(false, 1UL)]
    public void StepClearsTheTraceFlagOnlyForADebugger(bool armed, ulong trace)
    {
        var cpu = Fresh();
        cpu[Slots.TF] = 1;
        var signal = Architecture.Trap(cpu, new Exit(ExitKind.Debug, Stepped: true), armed);
        Assert.That(signal, Is.EqualTo(new TrapSignal(5, 2, cpu.Pc, 10)));
        Assert.That(cpu[Slots.TF], Is.EqualTo(trace));
        Assert.That(DbRegs(cpu), Is.EqualTo(new byte[128]), "without debug registers DR6 is not the thread's");
    }

    [Test]
    public void WatchpointKeepsTheStepArmed()
    {
        var cpu = Watching();
        cpu[Slots.TF] = 1;
        Assert.That(Architecture.Trap(cpu, new Exit(ExitKind.Debug, Hits: 2), true), Is.EqualTo(new TrapSignal(5, 2, cpu.Pc, 10)));
        Assert.That(cpu[Slots.TF], Is.EqualTo(1));
        Assert.That(cpu.ResumeOverBreakpoint, Is.False);
    }

    [Test]
    public void Dr6GathersReasonsUntilTheDebuggerClearsIt()
    {
        var cpu = Watching();
        _ = Architecture.Trap(cpu, new Exit(ExitKind.Debug, Hits: 2), false);
        Assert.That(Word(DbRegs(cpu), 48), Is.EqualTo(0xffff_0ff2));
        _ = Architecture.Trap(cpu, new Exit(ExitKind.Debug, Stepped: true), true);
        Assert.That(Word(DbRegs(cpu), 48), Is.EqualTo(0xffff_4ff2));
    }

    [Test]
    public void BreakpointStopsAgainWhenResumed()
    {
        var cpu = Watching();
        _ = Architecture.Trap(cpu, new Exit(ExitKind.Debug, Hits: 1), false);
        Assert.That(cpu.ResumeOverBreakpoint, Is.False, "RF is not pushed for instruction breakpoints");
    }

    /// <summary>A program with an execution breakpoint in slot 0 and a write watch in slot 1.</summary>
    private static Cpu Watching()
    {
        var cpu = Fresh();
        var dbreg = new byte[128];
        SetWord(dbreg, 0, Program.Pc);
        SetWord(dbreg, 8, 0x1000);
        SetWord(dbreg, 56, 1 | 4 | 1 << 20);
        _ = Architecture.SetDbRegs(cpu, dbreg);
        return cpu;
    }
}
