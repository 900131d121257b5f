using Arch.Amd64.Registers;
using NUnit.Framework;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;
using static Arch.Amd64.Tests.Conventions.Program;

namespace Arch.Amd64.Tests.Conventions;

/// <summary>A handler really run: the trampoline calls it with its arguments and makes the call that brings everything back.</summary>
internal sealed class TrampolineTests
{
    private const ulong Handler = 0x20_5000;

    [Test]
    public void HandlerRunsAndSigreturnIsCalledWithItsContext()
    {
        using var physical = new PhysicalMemory(1 << 20);
        using var memory = new AddressSpace(physical, Architecture.InstructionSet.AddressBits);
        Map(memory, physical, Architecture.SharedPage, Access.Read | Access.Execute, Architecture.SignalCode);
        // mov %rdi,%r15; then, as a function may expect rsp to be 8 modulo 16: test $8,%spl; jne to ret; ud2; ret
        Map(memory, physical, Handler, Access.Read | Access.Execute,
            [0x49, 0x89, 0xff, 0x40, 0xf6, 0xc4, 0x08, 0x75, 0x02, 0x0f, 0x0b, 0xc3]);
        Map(memory, physical, Stack - 0x1000, Access.ReadWrite, []);
        var (cpu, user) = (Busy(), new Space(memory));
        var before = Regs(cpu);
        var delivery = new SignalDelivery(Handler, new siginfo { si_signo = 30 }, true, sigset.Of(5), 0, 0, 0, 4, false);
        Assert.That(Architecture.SendSignal(cpu, user, delivery), Is.EqualTo(Errno.None));
        var frame = cpu[Slots.Rsp];

        var exit = new Engine(Architecture.InstructionSet, memory).Run(cpu, 100);
        Assert.That((exit.Kind, exit.Trap), Is.EqualTo((ExitKind.Trap, Architecture.SystemCallTrap)));
        Assert.That(cpu[Slots.General(15)], Is.EqualTo(30), "the handler got the signal");
        var arguments = new ulong[8];
        Assert.That(Architecture.FetchSystemCall(cpu, user, _ => 1, arguments, out var code), Is.EqualTo(Errno.None));
        Assert.That((code, arguments[0]), Is.EqualTo((417U, frame + 16)));

        Assert.That(Architecture.SignalReturn(cpu, user, arguments[0], out var mask), Is.EqualTo(Errno.EJUSTRETURN));
        Architecture.SetSystemCallResult(cpu, Errno.EJUSTRETURN, 0, 0);
        Architecture.ReturnToUser(cpu);
        Assert.That((mask, Regs(cpu)), Is.EqualTo((sigset.Of(5), before)));
    }

    private static void Map(AddressSpace memory, PhysicalMemory physical, ulong page, Access access, ReadOnlySpan<byte> contents)
    {
        var frame = physical.TryAllocate()!;
        frame.Write(0, contents);
        memory.Enter(page, frame, access);
    }

    /// <summary>copy(9) where every page is resident.</summary>
    private sealed class Space(AddressSpace memory) : IUserMemory
    {
        public Errno CopyIn(ulong address, Span<byte> destination) => memory.TryRead(address, destination) ? Errno.None : Errno.EFAULT;
        public Errno CopyOut(ulong address, ReadOnlySpan<byte> source) => memory.TryWrite(address, source) ? Errno.None : Errno.EFAULT;

        public Errno CopyInString(ulong address, int maximum, out string text)
        {
            text = "";
            return Errno.EFAULT;
        }
    }
}
