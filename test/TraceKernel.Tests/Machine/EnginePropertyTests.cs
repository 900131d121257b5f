using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>Random programs: whatever the slices, the engine does what the reference does, instruction by instruction.</summary>
public sealed class EnginePropertyTests
{
    private const int Instructions = 48;

    /// <summary>How a run is cut into slices.</summary>
    public enum Slices
    {
        One,
        Random,
        Whole,
    }

    [Test]
    public void Agrees_with_the_reference([Range(1, 60)] int seed, [Values] Slices slices)
    {
        using var expected = Machine(seed);
        using var actual = Machine(seed);
        var reference = new ReferenceEngine(expected.InstructionSet, expected.Memory);

        var expectedEvents = Run(expected, reference.Run, seed, Slices.Whole);
        var actualEvents = Run(actual, actual.Engine.Run, seed, slices);

        for (int i = 0; i < Math.Min(expectedEvents.Count, actualEvents.Count); i++)
            Assert.That(actualEvents[i], Is.EqualTo(expectedEvents[i]), $"seed {seed} event {i}\n{Listing(seed)}");
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
        using var expected = Machine(seed);
        using var actual = Machine(seed);
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

    // Runs 5,000 instructions, going on after every event, and noting each.
    private static List<(Exit, string)> Run(ToyMachine machine, Func<Cpu, long, Exit> run, int seed, Slices slices)
    {
        var random = new Random(seed);
        List<(Exit, string)> events = [];
        while (machine.Cpu.Retired < 5000 && events.Count < 3000)
        {
            long left = 5000 - machine.Cpu.Retired;
            long budget = slices switch { Slices.One => 1, Slices.Random => Math.Min(left, random.Next(1, 30)), _ => left };
            var exit = run(machine.Cpu, budget);
            if (exit.Kind == ExitKind.Budget)
                continue;
            events.Add((exit, State(machine)));
            GoOn(machine, exit);
        }
        return events;
    }

    private static void GoOn(ToyMachine machine, Exit exit)
    {
        var cpu = machine.Cpu;
        switch (exit.Kind)
        {
            case ExitKind.MemoryFault when exit.Access == Access.Execute:
                cpu.Pc = ToyMachine.CodeStart + (cpu.Pc % Instructions) * 4;
                break;
            case ExitKind.MemoryFault:
            case ExitKind.Trap when exit.Trap != Toy.SystemCallTrap:
                cpu.Pc += 4;
                // So that programs do not end up going from fault to fault.
                for (int i = 0; i < 8; i++)
                    cpu[Toy.R(i)] = ToyMachine.DataStart + 0x800 + (cpu[Toy.R(i)] & 0xfff);
                cpu[Toy.R(2)] = ToyMachine.CodeStart + (cpu[Toy.R(2)] & 0xfc);
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

    private static ToyMachine Machine(int seed)
    {
        var random = new Random(seed);
        var machine = new ToyMachine(Program(random));
        if (random.Next(2) == 0)
            machine.Memory.Enter(ToyMachine.CodeStart, machine.Memory.Lookup(ToyMachine.CodeStart, out _)!, Access.All);
        for (int i = 0; i < 8; i++)
            machine.Cpu[Toy.R(i)] = ToyMachine.DataStart + (ulong)random.Next(0x2000);
        machine.Cpu[Toy.R(2)] = ToyMachine.CodeStart + (ulong)random.Next(Instructions) * 4;
        machine.Cpu[Toy.R(5)] = (ulong)random.Next(40);
        machine.Poke(ToyMachine.DataStart + 0x100, BitConverter.GetBytes(Toy.Poison));
        if (random.Next(3) == 0)
        {
            machine.Cpu.Comparators =
            [
                new DebugComparator(ToyMachine.DataStart + (ulong)random.Next(0x1000), random.Next(0, 2000), (Access)random.Next(1, 4)),
                new DebugComparator(ToyMachine.CodeStart + (ulong)random.Next(Instructions) * 4, random.Next(0, 5), Access.Execute),
                default,
                new DebugComparator(ToyMachine.CodeStart + (ulong)random.Next(Instructions) * 4, random.Next(0, 9), (Access)random.Next(1, 8)),
            ];
        }
        return machine;
    }

    // Loops, mostly: short backward branches, so that blocks become hot.
    private static byte[] Program(Random random)
    {
        var assembler = new ToyAssembler();
        for (int i = 0; i < Instructions; i++)
        {
            var op = random.Next(20) switch
            {
                < 6 => random.Next(2) == 0 ? ToyOp.Add : ToyOp.AddImmediate,
                < 9 => random.Next(2) == 0 ? ToyOp.BranchZero : ToyOp.BranchNotZero,
                _ => (ToyOp)random.Next((int)ToyOp.Set, (int)ToyOp.HelperSetTrace + 1),
            };
            int immediate = op is ToyOp.BranchZero or ToyOp.BranchNotZero or ToyOp.Jump ? random.Next(-10, 4) : random.Next(-128, 128);
            assembler.Emit(op, random.Next(8), op == ToyOp.JumpRegister ? 2 : random.Next(8), random.Next(8), 1 << random.Next(4), immediate);
        }
        return assembler.Code;
    }

    private static string Listing(int seed)
    {
        var random = new Random(seed);
        return string.Join('\n', Program(random).Chunk(4).Select((bytes, i) =>
            $"{ToyMachine.CodeStart + (ulong)i * 4:x} {(ToyOp)bytes[0]} d{bytes[1] & 7} a{bytes[1] >> 4 & 7} b{bytes[2] & 7} size{1 << (bytes[2] >> 4 & 3)} {(sbyte)bytes[3]}"));
    }
}
