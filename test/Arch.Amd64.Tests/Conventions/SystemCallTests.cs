using Arch.Amd64.Registers;
using NUnit.Framework;
using Shared;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>System call arguments, results, and what the way back to user mode leaves of the registers.</summary>
internal sealed class SystemCallTests
{
    private const ulong Next = Program.Pc + 2, Sp = 0x1000;

    /// <summary>A program right after a SYSCALL instruction with arguments 11 to 16 in registers and 17, 18 on its stack.</summary>
    private static (Cpu Cpu, UserSpace Memory) Calling(ulong number)
    {
        var cpu = Busy();
        cpu.Pc = Next;
        cpu[Slots.Rax] = number;
        (cpu[Slots.Rdi], cpu[Slots.Rsi], cpu[Slots.Rdx], cpu[Slots.R10], cpu[Slots.R8], cpu[Slots.R9]) = (11, 12, 13, 14, 15, 16);
        cpu[Slots.Rsp] = Sp;
        var memory = new UserSpace(Sp, 64);
        for (ulong i = 0; i < 4; i++) memory.SetWord(Sp + 8 + 8 * i, 17 + i);
        return (cpu, memory);
    }

    private static Errno Fetch((Cpu Cpu, UserSpace Memory) call, int count, out ulong[] arguments, out uint code)
    {
        arguments = new ulong[8];
        return Architecture.FetchSystemCall(call.Cpu, call.Memory, _ => count, arguments, out code);
    }

    [TestCase(4UL, 3, 4U, new ulong[] { 11, 12, 13 })]
    [TestCase(4UL, 6, 4U, new ulong[] { 11, 12, 13, 14, 15, 16 })]
    [TestCase(4UL, 8, 4U, new ulong[] { 11, 12, 13, 14, 15, 16, 17, 18 })]
    [TestCase(0UL, 3, 11U, new ulong[] { 12, 13, 14 })]
    [TestCase(198UL, 8, 11U, new ulong[] { 12, 13, 14, 15, 16, 17, 18, 19 })]
    [TestCase(0xffff_ffff_0000_0004UL, 1, 4U, new ulong[] { 11 })]
    public void ArgumentsComeFromRegistersThenTheStack(ulong number, int count, uint expectedCode, ulong[] expected)
    {
        var call = Calling(number);
        Assert.That(Fetch(call, count, out var arguments, out var code), Is.EqualTo(Errno.None));
        Assert.That(code, Is.EqualTo(expectedCode));
        Assert.That(arguments[..count], Is.EqualTo(expected));
    }

    [TestCase(6, Errno.None)]
    [TestCase(7, Errno.EFAULT)]
    public void StackIsReadOnlyWhenNeeded(int count, Errno expected)
    {
        var call = Calling(4);
        call.Cpu[Slots.Rsp] = 0x9000;
        Assert.That(Fetch(call, count, out _, out _), Is.EqualTo(expected));
    }

    [Test]
    public void FrameInACallShowsArgument4InRcxAndADebuggersChangeIsFetchedFromThere()
    {
        var call = Calling(4);
        _ = Fetch(call, 6, out _, out _);
        var reg = Regs(call.Cpu);
        Assert.That((Word(reg, 104), Word(reg, 112)), Is.EqualTo((14UL, 4UL)), "rcx, rax");
        SetWord(reg, 104, 99);
        SetWord(reg, 40, 98);
        SetWord(reg, 112, 5);
        Assert.That(Architecture.SetRegs(call.Cpu, reg), Is.EqualTo(Errno.None));
        _ = Fetch(call, 6, out var arguments, out var code);
        Assert.That(code, Is.EqualTo(5));
        Assert.That(arguments[..6], Is.EqualTo(new ulong[] { 11, 12, 13, 99, 15, 16 }));
    }

    [TestCase(Errno.None, 0UL, 7UL, 8UL)]
    [TestCase(Errno.EFAULT, 1UL, 14UL, 13UL)]
    public void ResultIsInRaxRdxAndCarry(Errno error, ulong carry, ulong rax, ulong rdx)
    {
        var call = Calling(4);
        _ = Fetch(call, 3, out _, out _);
        Assert.That(Architecture.SecondReturnValue(call.Cpu), Is.EqualTo(13));
        Architecture.SetSystemCallResult(call.Cpu, error, 7, 8);
        Assert.That((call.Cpu[Slots.CF], call.Cpu[Slots.Rax], call.Cpu[Slots.Rdx]), Is.EqualTo((carry, rax, rdx)));
        Assert.That(call.Cpu.Pc, Is.EqualTo(Next));
    }

    [TestCase(Errno.None)]
    [TestCase(Errno.ENOENT)]
    public void FastReturnClobbersOnlyOnTheWayOut(Errno error)
    {
        var call = Calling(4);
        _ = Fetch(call, 6, out _, out _);
        Architecture.SetSystemCallResult(call.Cpu, error, 0, 0);
        var stopped = Regs(call.Cpu);
        Assert.That((Word(stopped, 104), Word(stopped, 56), Word(stopped, 48)), Is.EqualTo((14UL, 15UL, 16UL)), "rcx, r8, r9 at the stop");

        Architecture.ReturnToUser(call.Cpu);
        var running = Regs(call.Cpu);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Word(running, 104), Is.EqualTo(Next), "rcx");
            Assert.That(Word(running, 32), Is.EqualTo(Word(running, 152)), "r11 = rflags");
            Assert.That((Word(running, 56), Word(running, 48), Word(running, 40)), Is.EqualTo((0UL, 0UL, 0UL)), "r8, r9, r10");
            Assert.That((Word(running, 64), Word(running, 72)), Is.EqualTo((11UL, 12UL)), "rdi, rsi");
        }
        Architecture.ReturnToUser(call.Cpu);
        Assert.That(Regs(call.Cpu), Is.EqualTo(running), "once");
    }

    [Test]
    public void ChangedFrameIsReturnedWhole([Values] bool atExit)
    {
        var call = Calling(4);
        _ = Fetch(call, 6, out _, out _);
        if (atExit) Architecture.SetSystemCallResult(call.Cpu, Errno.None, 0, 0);
        Assert.That(Architecture.SetRegs(call.Cpu, Regs(call.Cpu)), Is.EqualTo(Errno.None));
        if (!atExit) Architecture.SetSystemCallResult(call.Cpu, Errno.None, 0, 0);
        var frame = Regs(call.Cpu);
        Architecture.ReturnToUser(call.Cpu);
        Assert.That(Regs(call.Cpu), Is.EqualTo(frame));
    }

    [Test]
    public void RestartedCallGetsItsArgumentsAgain()
    {
        var call = Calling(4);
        _ = Fetch(call, 6, out var first, out _);
        call.Cpu[Slots.R10] = 0;
        Architecture.SetSystemCallResult(call.Cpu, Errno.ERESTART, 0, 0);
        Architecture.ReturnToUser(call.Cpu);
        Assert.That(call.Cpu.Pc, Is.EqualTo(Program.Pc));
        call.Cpu.Pc = Next;
        _ = Fetch(call, 6, out var second, out var code);
        Assert.That(code, Is.EqualTo(4));
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void JustReturnLeavesAllAlone()
    {
        var call = Calling(417);
        _ = Fetch(call, 1, out _, out _);
        var before = Regs(call.Cpu);
        Architecture.SetSystemCallResult(call.Cpu, Errno.EJUSTRETURN, 1, 2);
        Assert.That(Regs(call.Cpu), Is.EqualTo(before));
    }

    [Test]
    public void ForkedChildReturns0WithRdx1AndNoStep()
    {
        var call = Calling(2);
        call.Cpu[Slots.TF] = call.Cpu[Slots.CF] = 1;
        var dbreg = new byte[128];
        SetWord(dbreg, 0, 0x5000);
        SetWord(dbreg, 56, 1);
        _ = Architecture.SetDbRegs(call.Cpu, dbreg);
        _ = Fetch(call, 0, out _, out _);
        var child = new Cpu(Architecture.InstructionSet);
        Architecture.ForkChild(call.Cpu, child);
        var (reg, parent) = (Regs(child), Regs(call.Cpu));
        Assert.That((Word(reg, 112), Word(reg, 96)), Is.EqualTo((0UL, 1UL)), "rax, rdx");
        Assert.That(Word(reg, 152), Is.EqualTo(Word(parent, 152) & ~0x101UL), "CF and TF clear");
        foreach (var offset in (int[])[112, 96, 152]) SetWord(parent, offset, Word(reg, offset));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reg, Is.EqualTo(parent), "everything else");
            Assert.That(FpRegs(child), Is.EqualTo(FpRegs(call.Cpu)));
            Assert.That(DbRegs(child), Is.EqualTo(DbRegs(call.Cpu)));
            Assert.That(child.Comparators, Is.EqualTo(call.Cpu.Comparators));
        }
        Architecture.ReturnToUser(child);
        Assert.That(Regs(child), Is.EqualTo(reg), "the child takes its whole frame");
        child[Slots.R10] = 41;
        _ = Architecture.FetchSystemCall(child, call.Memory, _ => 4, new ulong[8], out _);
        Assert.That(child[Slots.Rcx], Is.EqualTo(41), "its next call is a new one");
    }

    [TestCase(0x1000UL, 0x1000UL, 0x1ff8UL)]
    [TestCase(0x1000UL, 0xfffUL, 0x1fe8UL)]
    public void NewThreadCallsItsEntryOnItsStack(ulong stackBase, ulong stackSize, ulong rsp)
    {
        using var physical = new PhysicalMemory(1 << 20);
        using var memory = new AddressSpace(physical, 47);
        memory.Enter(0x1000, physical.TryAllocate()!, Access.ReadWrite);
        Assert.That(memory.TryStore(rsp, 8, ulong.MaxValue), Is.True);
        var call = Calling(455);
        call.Cpu.Memory = memory;
        call.Cpu[Slots.TF] = 1;
        _ = Fetch(call, 2, out _, out _);
        var created = new Cpu(Architecture.InstructionSet);
        Architecture.SetUpcall(call.Cpu, created, 0x20_7000, 99, stackBase, stackSize);
        var (reg, creator) = (Regs(created), Regs(call.Cpu));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((Word(reg, 136), Word(reg, 64)), Is.EqualTo((0x20_7000UL, 99UL)), "rip, rdi");
            Assert.That((Word(reg, 160), Word(reg, 80)), Is.EqualTo((rsp, 0UL)), "rsp, rbp");
            Assert.That(Word(reg, 152), Is.EqualTo(Word(creator, 152) & ~0x100UL), "TF clear");
            Assert.That(FpRegs(created), Is.EqualTo(FpRegs(Fresh())), "a fresh FPU");
            Assert.That(created[Slots.FsBase], Is.EqualTo(call.Cpu[Slots.FsBase]));
            Assert.That(memory.TryLoad(rsp, 8, out var word) ? word : 1, Is.Zero, "backtraces end");
        }
        foreach (var offset in (int[])[136, 64, 160, 80, 152]) SetWord(creator, offset, Word(reg, offset));
        Assert.That(reg, Is.EqualTo(creator), "everything else");
    }

    [TestCase(0x7fff_ffff_e000UL, 0x7fff_ffff_dff8UL)]
    [TestCase(0x7fff_ffff_e008UL, 0x7fff_ffff_e008UL)]
    public void NewImageBeginsWithNothingButItsStack(ulong stack, ulong expectedRsp)
    {
        var cpu = Busy();
        cpu[Slots.TF] = 1;
        Architecture.ExecSetRegisters(cpu, 0x40_0000, stack);
        var reg = Regs(cpu);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((Word(reg, 136), Word(reg, 64), Word(reg, 160)), Is.EqualTo((0x40_0000UL, stack, expectedRsp)), "rip, rdi, rsp");
            Assert.That(Word(reg, 152), Is.EqualTo(0x302), "an armed step stays");
            Assert.That((Word(reg, 120), Word(reg, 128)), Is.EqualTo((0x001b_0013_0000_0000UL, 0x003b_003b_0000_0000UL)), "fs gs es ds");
            Assert.That((Word(reg, 144), Word(reg, 168)), Is.EqualTo((0x43UL, 0x3bUL)), "cs, ss");
            Assert.That((cpu[Slots.FsBase], cpu[Slots.GsBase]), Is.EqualTo((0UL, 0UL)));
            Assert.That(FpRegs(cpu), Is.EqualTo(FpRegs(Fresh())));
        }
        foreach (var offset in (int[])[136, 64, 160, 152, 120, 128, 144, 168]) SetWord(reg, offset, 0);
        Assert.That(reg, Is.EqualTo(new byte[176]), "every other register is 0");
    }

    [Test]
    public void ConstantsAreTheKernels()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That((Architecture.Name, Architecture.MachineArch, Architecture.ElfMachine), Is.EqualTo(("amd64", "amd64", (ushort)62)));
            Assert.That((Architecture.UserTop, Architecture.SharedPage), Is.EqualTo((0x8000_0000_0000UL, 0x7fff_ffff_f000UL)));
            Assert.That(Architecture.PageSizes.ToArray(), Is.EqualTo(new ulong[] { 4096, 2 << 20, 1 << 30 }));
            Assert.That(Convert.ToHexStringLower(Architecture.SignalCode[..22]),
                Is.EqualTo("ff1424488d7c24106a0048c7c0a10100000f05f4ebfd"));
            Assert.That(Architecture.SignalCode.Length, Is.EqualTo(32));
            Assert.That(Architecture.HardwareCapabilities, Is.EqualTo((0UL, 0UL)));
        }
    }
}
