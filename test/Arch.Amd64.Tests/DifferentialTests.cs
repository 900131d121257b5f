using Arch.Amd64.Registers;
using Iced.Intel;
using NUnit.Framework;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Tests;

/// <summary>Every integer instruction against the host's processor, on random operands and states.</summary>
[TestFixture]
internal sealed class DifferentialTests
{
    private static IEnumerable<Code> Comparable() => InstructionRows.Lifted().Where(code => InstructionRows.NotComparable(code) is null);

    [TestCaseSource(nameof(Comparable))]
    public void AgreesWithTheHost(Code code)
    {
        if (!NativeCpu.IsSupported)
            Assert.Ignore("the host is not Linux on x86-64");
        int count = int.Parse(TestContext.Parameters.Get("count", "50"));
        int seed = int.Parse(TestContext.Parameters.Get("seed", "1"));
        var random = new Random(seed * 10007 + (int)code);
        var guest = new GuestCpu();
        var (before, expected, actual) = (new MachineState(), new MachineState(), new MachineState());
        var forms = new InstructionForms(random);
        int executed = 0;
        for (int attempt = 0; attempt < 20 * count && executed < count; attempt++)
        {
            if (forms.Draw(code) is not var (instruction, bytes) || !Preparation.TryPrepare(before, instruction, random))
                continue;
            before.CopyTo(actual);
            int trap = guest.Execute(actual, bytes);
            executed++;
            if (Divisions.Overflows(before, instruction))
            {
                Assert.That(trap, Is.EqualTo(Traps.DivideError), () => Describe(instruction, before));
                Assert.That(actual.DifferenceFrom(before, 0), Is.Empty, () => Describe(instruction, before));
                continue;
            }
            before.CopyTo(expected);
            NativeCpu.Execute(expected, bytes);
            Assert.That(trap, Is.EqualTo(InstructionSet.NoTrap), () => Describe(instruction, before));
            ulong undefined = UndefinedFlags.Of(instruction, before);
            Assert.That(actual.DifferenceFrom(expected, undefined), Is.Empty, () => $"seed {seed}: {Describe(instruction, before)}");
        }
        Assert.That(executed, Is.EqualTo(count), "too few forms could be prepared");
    }

    private static string Describe(Instruction instruction, MachineState state) =>
        $"{instruction} with flags {(MachineState.RflagsOfImage)state.Flags}, " +
        string.Join(" ", Enumerable.Range(0, 16).Select(i => $"{Register.RAX + i}={state.Registers[i]:x}"));
}
