using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>
/// Random programs under random debugging: whatever the slices, the engine does what the reference does, instruction by instruction.
/// </summary>
public sealed class EnginePropertyTests
{
    // Instructions between two things that a debugger does.
    private const int Moment = 700;

    /// <summary>How a run is cut into slices.</summary>
    public enum Slices
    {
        One,
        Random,
        Whole,
    }

    /// <summary>Who executes: the interpreter alone, or translations of everything that ran twice since it became hot.</summary>
    public enum By
    {
        Interpreter,
        Translator,
    }

    [Test]
    public void Agrees_with_the_reference([Range(1, 40)] int seed, [Values] Slices slices, [Values] By by)
    {
        var program = new ToyProgram(seed);
        using var expected = program.Start();
        using var actual = program.Start(new TranslationPolicy(IsOn: by == By.Translator, Threshold: 2, Growth: 4, IsImmediate: true, MaximumHeld: 200));
        var reference = new ReferenceEngine(expected.InstructionSet, expected.Memory);

        var expectedEvents = Run(program, expected, reference.Run, seed, Slices.Whole);
        var actualEvents = Run(program, actual, actual.Engine.Run, seed, slices);

        TestContext.Out.WriteLine(actual.Engine.Translations);
        for (int i = 0; i < Math.Min(expectedEvents.Count, actualEvents.Count); i++)
            Assert.That(actualEvents[i], Is.EqualTo(expectedEvents[i]), $"seed {seed} event {i}\n{program.Listing}");
        Assert.Multiple(() =>
        {
            Assert.That(actualEvents, Has.Count.EqualTo(expectedEvents.Count), $"seed {seed}");
            Assert.That(State(actual), Is.EqualTo(State(expected)), $"seed {seed}");
            Assert.That(Contents(actual), Is.EqualTo(Contents(expected)), $"seed {seed}");
        });
    }

    [Test]
    public void Tracing_stops_after_every_instruction([Range(1, 20)] int seed)
    {
        var program = new ToyProgram(seed);
        using var expected = program.Start();
        using var actual = program.Start();
        var reference = new ReferenceEngine(expected.InstructionSet, expected.Memory);
        var random = new Random(seed);
        for (int i = 0; i < 2000; i++)
        {
            expected.Cpu[Toy.T] = actual.Cpu[Toy.T] = (ulong)random.Next(2);
            var expectedExit = reference.Run(expected.Cpu, 2);
            var actualExit = actual.Run(2);
            Assert.That((actualExit, State(actual)), Is.EqualTo((expectedExit, State(expected))), $"seed {seed} step {i}");
            GoOn(expected, expectedExit);
            GoOn(actual, actualExit);
        }
    }

    // Goes on after every event, and notes each.
    private static List<(Exit, string)> Run(ToyProgram program, ToyMachine machine, Func<Cpu, long, Exit> run, int seed, Slices slices)
    {
        var random = new Random(seed);
        List<(Exit, string)> events = [];
        for (int moment = 1; moment <= 12; moment++)
        {
            while (machine.Cpu.Retired < moment * Moment && events.Count < moment * 200)
            {
                long left = moment * Moment - machine.Cpu.Retired;
                long budget = slices switch { Slices.One => 1, Slices.Random => Math.Min(left, random.Next(1, 300)), _ => left };
                var exit = run(machine.Cpu, budget);
                if (exit.Kind == ExitKind.Budget)
                    continue;
                events.Add((exit, State(machine)));
                GoOn(machine, exit);
            }
            program.Disturb(machine, moment);
        }
        return events;
    }

    private static void GoOn(ToyMachine machine, Exit exit)
    {
        var cpu = machine.Cpu;
        switch (exit.Kind)
        {
            case ExitKind.MemoryFault when exit.Access == Access.Execute:
                machine.Memory.Enter(ToyMachine.CodeStart, machine.Memory.Lookup(ToyMachine.CodeStart, out _)!, Access.All);
                if (cpu.Pc - ToyMachine.CodeStart >= Frame.Size)
                    cpu.Pc = ToyMachine.CodeStart;
                break;
            case ExitKind.MemoryFault:
            case ExitKind.Trap when exit.Trap != Toy.SystemCallTrap:
                cpu.Pc += 4;
                ToyProgram.GoOn(machine);
                break;
            case ExitKind.Debug:
                cpu[Toy.T] = 0;
                cpu.ResumeOverBreakpoint = true;
                break;
        }
    }

    private static string State(ToyMachine machine) =>
        $"{machine.Cpu.Retired} {machine.Cpu.ResumeOverBreakpoint} {string.Join(' ', machine.Cpu.File.Take(machine.InstructionSet.Registers).Select(value => value.ToString("x")))}";

    private static byte[] Contents(ToyMachine machine)
    {
        var bytes = new byte[0x2000 + Frame.Size];
        machine.Memory.TryRead(ToyMachine.DataStart, bytes.AsSpan(0, 0x2000));
        machine.Memory.TryRead(ToyMachine.CodeStart, bytes.AsSpan(0x2000));
        return bytes;
    }
}
