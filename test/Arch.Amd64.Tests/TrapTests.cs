using Arch.Amd64.Lifting;
using Arch.Amd64.Registers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Tests;

/// <summary>What raises a trap, which one, and where the program counter is then.</summary>
[TestFixture]
internal sealed class TrapTests
{
    [TestCase("0f05", Traps.SystemCall, 2, TestName = "syscall: after it")]
    [TestCase("cc", Traps.Breakpoint, 1, TestName = "int3: after it")]
    [TestCase("cd03", Traps.Breakpoint, 2, TestName = "int 3: after it")]
    [TestCase("f1", Traps.Debug, 1, TestName = "int1: after it")]
    [TestCase("cd80", Traps.GeneralProtection, 0, TestName = "int 80h: no gate for user programs")]
    [TestCase("0f0b", Traps.InvalidOpcode, 0, TestName = "ud2")]
    [TestCase("f4", Traps.GeneralProtection, 0, TestName = "hlt")]
    [TestCase("fa", Traps.GeneralProtection, 0, TestName = "cli")]
    [TestCase("e460", Traps.GeneralProtection, 0, TestName = "in al, 60h")]
    [TestCase("6e", Traps.GeneralProtection, 0, TestName = "outsb")]
    [TestCase("0f20c0", Traps.GeneralProtection, 0, TestName = "mov rax, cr0")]
    [TestCase("0f30", Traps.GeneralProtection, 0, TestName = "wrmsr")]
    [TestCase("f3480faec0", Traps.InvalidOpcode, 0, TestName = "rdfsbase without FSGSBASE")]
    [TestCase("0f0100", Traps.GeneralProtection, 0, TestName = "sgdt [rax]")]
    [TestCase("0f01e0", Traps.GeneralProtection, 0, TestName = "smsw eax")]
    [TestCase("c5f877", Traps.InvalidOpcode, 0, TestName = "vzeroupper without AVX")]
    [TestCase("06", Traps.InvalidOpcode, 0, TestName = "push es in 64-bit mode")]
    [TestCase("ff28", Traps.InvalidOpcode, 0, TestName = "far jmp")]
    [TestCase("f048 01c0", Traps.InvalidOpcode, 0, TestName = "lock add rax, rax")]
    [TestCase("f7f1", Traps.DivideError, 0, TestName = "div ecx by zero")]
    [TestCase("8ed9", Traps.GeneralProtection, 0, TestName = "mov ds, cx with a kernel selector")]
    [TestCase("666666666666666666666666666666909090", Traps.GeneralProtection, 0, TestName = "more than fifteen bytes")]
    public void Raises(string hexadecimal, int trap, int advance)
    {
        byte[] code = Convert.FromHexString(hexadecimal.Replace(" ", ""));
        var state = new MachineState();
        state[Register.RCX] = hexadecimal == "8ed9" ? 0x20UL : 0;

        Assert.That(new GuestCpu().Execute(state, code), Is.EqualTo(trap));
        Assert.That(state.Pc - Layout.Instruction, Is.EqualTo((ulong)advance));
    }

    [Test]
    public void UnalignedCompareExchangeOfSixteenBytesIsRefused()
    {
        var state = new MachineState();
        state[Register.RSI] = Layout.Data + 8;
        Assert.That(new GuestCpu().Execute(state, [0x48, 0x0f, 0xc7, 0x0e]), Is.EqualTo(Traps.GeneralProtection));
    }

    [Test]
    public void UndefinedInstructionsAreReportedOnceWithTheirText()
    {
        var reports = new List<string>();
        var architecture = new Amd64 { UndefinedInstruction = (_, text) => reports.Add(text) };
        var guest = new GuestCpu();

        for (var turn = 0; turn < 2; turn++)
        {
            Assert.That(guest.Execute(new MachineState(), [0xc5, 0xf8, 0x77]), Is.EqualTo(Traps.InvalidOpcode));
            _ = architecture.Trap(guest.Cpu, new Exit(ExitKind.Trap, Traps.InvalidOpcode), stepArmed: false);
        }

        Assert.That(reports, Is.EqualTo(new[] { "vzeroupper" }));
    }

    [TestCase(new byte[] { 0x48 })]
    [TestCase(new byte[] { 0x48, 0x8b, 0x04 })]
    [TestCase(new byte[] { })]
    public void BytesThatEndInsideAnInstructionAreNone(byte[] code)
    {
        var builder = new IrBuilder(Slots.Count);
        Assert.That(new Amd64InstructionSet().Lift(builder, 0x1000, code), Is.Zero);
        Assert.That(builder.Operations, Is.Empty);
    }
}
