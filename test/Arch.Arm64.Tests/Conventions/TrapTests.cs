using Arch.Arm64.Registers;
using NUnit.Framework;
using Shared;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;
using static Arch.Arm64.Tests.Conventions.Program;
using static TraceKernel.Abi.Signals;

namespace Arch.Arm64.Tests.Conventions;

/// <summary>Exceptions of user mode as signals (trap.c), and the way of a system call.</summary>
internal sealed class TrapTests
{
    private const int InstructionAbort = 0x20, DataAbort = 0x24, Step = 0x32;

    // Newer kernels look at the ABI note, and tell the exception's class.
    [TestCase(false, false, SIGSEGV, SEGV_ACCERR, 0)]
    [TestCase(false, true, SIGSEGV, SEGV_ACCERR, 0)]
    [TestCase(true, false, SIGBUS, 12, DataAbort)]
    [TestCase(true, true, SIGSEGV, SEGV_ACCERR, DataAbort)]
    public void A_protection_failure(bool newer, bool note, int signal, int code, int trap)
    {
        var exit = new Exit(ExitKind.MemoryFault, Address: 0x1234, Access: Access.Write);
        Assert.That(Of(newer).MemoryFault(Busy(), exit, protection: true, note), Is.EqualTo(new TrapSignal(signal, code, 0x1234, trap)));
    }

    [TestCase(Access.Read, DataAbort)]
    [TestCase(Access.Execute, InstructionAbort)]
    public void Nothing_is_mapped(Access access, int trap)
    {
        var exit = new Exit(ExitKind.MemoryFault, Address: 0x1234, Access: access);
        Assert.That(Newer.MemoryFault(Busy(), exit, protection: false, freebsdAbi: false),
            Is.EqualTo(new TrapSignal(SIGSEGV, SEGV_MAPERR, 0x1234, trap)));
    }

    [TestCase(Traps.Undefined, SIGILL, ILL_ILLTRP, 0)]
    [TestCase(Traps.SystemRegister, SIGILL, ILL_PRVOPC, 0x18)]
    [TestCase(Traps.SystemCallImmediate, SIGILL, ILL_ILLOPN, 0x15)]
    [TestCase(Traps.Breakpoint, SIGTRAP, TRAP_BRKPT, 0x3c)]
    [TestCase(Traps.StackAlignment, SIGBUS, BUS_ADRALN, 0x26)]
    [TestCase(Traps.PcAlignment, SIGBUS, BUS_ADRALN, 0x22)]
    [TestCase(Traps.DataAlignment, SIGBUS, BUS_ADRALN, DataAbort)]
    public void Exceptions(int number, int signal, int code, int trap)
    {
        var exit = new Exit(ExitKind.Trap, Trap: number);
        var cpu = Busy();
        var address = number == Traps.StackAlignment ? cpu[Slots.Sp] : Pc;
        var addressOfOlder = number == Traps.Undefined ? 0 : address;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Newer.Trap(cpu, exit, stepArmed: false), Is.EqualTo(new TrapSignal(signal, code, address, trap)));
            Assert.That(Older.Trap(cpu, exit, stepArmed: false), Is.EqualTo(new TrapSignal(signal, code, addressOfOlder, 0)));
        }
    }

    [Test]
    public void A_step_ends_with_its_exception()
    {
        var cpu = Busy();
        Assert.That(Newer.SingleStep(cpu), Is.True, "none was armed");
        Assert.That(Newer.SingleStep(cpu), Is.False);
        Assert.That(Newer.Trap(cpu, new Exit(ExitKind.Debug, Stepped: true), stepArmed: true),
            Is.EqualTo(new TrapSignal(SIGTRAP, TRAP_TRACE, Pc, Step)));
        Assert.That(Newer.IsSingleStepping(cpu), Is.False);
    }

    [TestCase(20u, 0, 20u)]
    [TestCase(0u, 1, 77u, Description = "syscall(2)")]
    [TestCase(198u, 1, 77u, Description = "__syscall(2)")]
    public void The_number_is_in_x8_and_the_arguments_follow(ulong x8, int shift, uint expected)
    {
        var cpu = Busy();
        cpu[Slots.General(8)] = x8;
        cpu[Slots.General(0)] = 77;
        cpu[Slots.Exclusive] = 1;
        Span<ulong> arguments = stackalloc ulong[8];
        Assert.That(Newer.FetchSystemCall(cpu, new UserSpace(0, 0), _ => 6, arguments, out var code), Is.EqualTo(Errno.None));
        Assert.That(code, Is.EqualTo(expected));
        for (var index = 0; index + shift < 8; index++) Assert.That(arguments[index], Is.EqualTo(cpu[Slots.General(index + shift)]));
        Assert.That(cpu[Slots.Exclusive], Is.Zero, "the exception return closes the monitor");
    }

    [TestCase(Errno.None, 5u, 6u, 0u, 0)]
    [TestCase(Errno.EBADF, 9u, null, 1u, 0)]
    [TestCase(Errno.ERESTART, null, null, 1u, -4)]
    [TestCase(Errno.EJUSTRETURN, null, null, 1u, 0)]
    public void The_result_is_in_x0_x1_and_the_carry_flag(Errno error, uint? x0, uint? x1, uint carry, int moved)
    {
        var cpu = Busy();
        var (first, second) = (cpu[Slots.General(0)], cpu[Slots.General(1)]);
        Newer.SetSystemCallResult(cpu, error, 5, 6);
        Assert.That((cpu[Slots.General(0)], cpu[Slots.General(1)], cpu[Slots.C], cpu.Pc),
            Is.EqualTo((x0 ?? first, x1 ?? second, (ulong)carry, Pc + (ulong)moved)));
    }

    [Test]
    public void Another_threads_turn_closes_the_monitor()
    {
        var cpu = Busy();
        cpu[Slots.Exclusive] = 1;
        Newer.Switch(cpu);
        Assert.That(cpu[Slots.Exclusive], Is.Zero);
    }
}
