using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>Decoded and translated code is bounded for all address spaces of a machine together, and the oldest goes first.</summary>
[TestFixture]
internal sealed class CodeBudgetTests
{
    private const int Instructions = 20_000, Spaces = 16;

    [Test]
    public void The_code_of_all_spaces_is_bounded_and_the_oldest_goes_first()
    {
        using var physical = new PhysicalMemory(64 << 20);
        var code = new ToyAssembler();
        for (var i = 0; i < Instructions; i++) code.Emit(ToyOp.AddImmediate, d: 1, a: 1, immediate: 1);
        code.Emit(ToyOp.SystemCall);
        var machines = Enumerable.Range(0, Spaces).Select(_ => new ToyMachine(code.Code, physical: physical)).ToArray();
        foreach (var machine in machines)
        {
            Run(machine);
            Assert.That(physical.Code.Bytes, Is.Positive.And.LessThanOrEqualTo(physical.Code.MaximumBytes + machine.Memory.Code.Bytes));
        }
        var (first, last) = (machines[0].Engine, machines[^1].Engine);
        var (firstLifts, lastLifts) = (first.Lifts, last.Lifts);
        Run(machines[^1]);
        Assert.That(last.Lifts, Is.EqualTo(lastLifts), "the space that ran last keeps its code");
        Run(machines[0]);
        Assert.That(first.Lifts, Is.EqualTo(2 * firstLifts), "the space that ran first has lost its code");
        foreach (var machine in machines) machine.Memory.Dispose();
        Assert.That(physical.Code.Bytes, Is.Zero, "everything is given back");
    }

    [Test]
    public void Translations_count()
    {
        var code = new ToyAssembler().Emit(ToyOp.AddImmediate, d: 1, a: 1, immediate: 1).Emit(ToyOp.Jump, immediate: -1).Code;
        using var machine = new ToyMachine(code, policy: new TranslationPolicy(Threshold: 2, IsImmediate: true), physical: new(64 << 20));
        machine.Run(3);
        var decoded = machine.Physical.Code.Bytes;
        machine.Run(10_000);
        Assert.That(machine.Engine.Translations.Translations, Is.Positive);
        Assert.That(machine.Physical.Code.Bytes, Is.GreaterThan(decoded + 1000));
    }

    private static void Run(ToyMachine machine)
    {
        (machine.Cpu.Pc, machine.Cpu[Toy.R(1)]) = (ToyMachine.CodeStart, 0);
        Assert.That(machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
        Assert.That(machine.R(1), Is.EqualTo(Instructions));
    }
}
