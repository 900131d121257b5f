using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace TraceKernel.Tests.Machine;

public sealed class EngineTests
{
    [Test]
    public void A_loop_retires_exactly_its_instructions()
    {
        using var machine = new ToyMachine(new ToyAssembler()
            .Emit(ToyOp.Set, d: 1, immediate: 100)
            .Emit(ToyOp.Add, d: 2, a: 2, b: 1)
            .Emit(ToyOp.AddImmediate, d: 1, a: 1, immediate: -1)
            .Emit(ToyOp.BranchNotZero, immediate: -2)
            .Emit(ToyOp.SystemCall).Code);

        var exit = machine.Run();

        Assert.Multiple(() =>
        {
            Assert.That(exit, Is.EqualTo(new Exit(ExitKind.Trap, Toy.SystemCallTrap)));
            Assert.That(machine.R(2), Is.EqualTo(5050));
            Assert.That(machine.Cpu.Retired, Is.EqualTo(302));
            Assert.That(machine.Cpu.Pc, Is.EqualTo(ToyMachine.CodeStart + 20));
        });
    }
}
