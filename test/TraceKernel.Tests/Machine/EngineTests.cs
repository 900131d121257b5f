using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

public sealed class EngineTests
{
    private const ulong Code = ToyMachine.CodeStart, Data = ToyMachine.DataStart;

    private ToyMachine _machine = null!;

    private Cpu Cpu => _machine.Cpu;

    [TearDown]
    public void TearDown() => _machine?.Dispose();

    [Test]
    public void A_loop_retires_exactly_its_instructions()
    {
        Start(Sum(100));
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.Trap, Toy.SystemCallTrap)));
        Expect(pc: Code + 20, retired: 302);
        Assert.That(_machine.R(2), Is.EqualTo(5050));
    }

    [Test]
    public void A_slice_ends_at_the_exact_instruction([Range(0, 12)] int budget)
    {
        Start(Sum(100));
        // Hot first, so that the slice ends inside a reduced block.
        _machine.Run(151);
        Assert.That(_machine.Run(budget).Kind, Is.EqualTo(ExitKind.Budget));
        Expect(pc: Code + 4 + (ulong)(budget % 3) * 4, retired: 151 + budget);
    }

    [Test]
    public void A_trap_that_completes_counts_and_one_that_refuses_does_not()
    {
        Start(new ToyAssembler().Emit(ToyOp.SystemCall).Emit(ToyOp.Check, d: 1, a: 0).Emit(ToyOp.CopyWord, d: 1, a: 2, b: 2));
        Assert.That(_machine.Run().Trap, Is.EqualTo(Toy.SystemCallTrap));
        Expect(pc: Code + 4, retired: 1);
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.Trap, Toy.CheckTrap)));
        Expect(pc: Code + 4, retired: 1);
        Cpu.Pc += 4;
        Cpu[Toy.R(2)] = Data;
        _machine.Poke(Data, BitConverter.GetBytes(Toy.Poison));
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.Trap, Toy.HelperTrap)));
        Expect(pc: Code + 8, retired: 1);
        Cpu.Pc += 4;
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.Trap, Toy.IllegalTrap)));
        Expect(pc: Code + 12, retired: 1);
    }

    [Test]
    public void A_fault_leaves_everything_as_it_was([Values(1UL, 0x5ffdUL, 0x7ffcUL)] ulong address)
    {
        Start(new ToyAssembler().Emit(ToyOp.AddImmediate, d: 1, a: 1, immediate: 1).Emit(ToyOp.AddMemory, d: 1, a: 3));
        Cpu[Toy.R(3)] = address;
        var exit = _machine.Run();
        ulong missing = address < 0x7000 ? address : 0x8000;
        Assert.That(exit, Is.EqualTo(new Exit(ExitKind.MemoryFault, Address: missing, Access: Access.Read)));
        Expect(pc: Code + 4, retired: 1);
        Assert.That((Cpu[Toy.Z], Cpu[Toy.C], _machine.R(1)), Is.EqualTo((0, 0, 1)));
    }

    [Test]
    public void A_helpers_fault_is_the_instructions()
    {
        Start(new ToyAssembler().Emit(ToyOp.CopyWord, d: 1, a: 2, b: 3));
        Cpu[Toy.R(2)] = Data;
        Cpu[Toy.R(3)] = Data + 0x1ffc;
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.MemoryFault, Address: 0x8000, Access: Access.Write)));
        Expect(pc: Code, retired: 0);
    }

    [Test]
    public void Running_off_executable_memory_faults_at_the_first_missing_byte_when_it_gets_there()
    {
        Start(new ToyAssembler().Emit(ToyOp.Jump, immediate: 0x7f));
        // Two instructions; the second begins two bytes before the end of the page.
        _machine.Poke(Code + Frame.Size - 6, new ToyAssembler().Emit(ToyOp.Set, d: 1, immediate: 5).Emit(ToyOp.Set, d: 1, immediate: 6).Code.AsSpan(0, 6));
        Cpu.Pc = Code + Frame.Size - 6;
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.MemoryFault, Address: Code + Frame.Size, Access: Access.Execute)));
        Expect(pc: Code + Frame.Size - 2, retired: 1);
        _machine.Map(Code + Frame.Size, 1, Access.Read | Access.Execute);
        _machine.Poke(Code + Frame.Size, [0, 9]);
        Assert.That(_machine.Run(1).Kind, Is.EqualTo(ExitKind.Budget));
        Assert.That(_machine.R(1), Is.EqualTo(9));
    }

    [Test]
    public void Memory_that_may_not_be_executed_is_not([Values(Access.None, Access.ReadWrite)] Access access)
    {
        Start(Sum(100));
        _machine.Run(200);
        ulong pc = Cpu.Pc;
        _machine.Memory.Protect(Code, Code + Frame.Size, access);
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.MemoryFault, Address: pc, Access: Access.Execute)));
        Expect(pc, retired: 200);
    }

    [Test]
    public void The_trace_flag_is_sampled_when_an_instruction_begins()
    {
        Start(new ToyAssembler().Emit(ToyOp.Set, d: 1, immediate: 1).Emit(ToyOp.SetTrace, a: 1).Emit(ToyOp.Set, d: 1).Emit(ToyOp.SetTrace, a: 1));
        var stepped = new Exit(ExitKind.Debug, Stepped: true);
        Assert.That(_machine.Run(), Is.EqualTo(stepped));
        Expect(pc: Code + 12, retired: 3);
        Assert.That(_machine.Run(), Is.EqualTo(stepped), "the instruction that clears the flag began with it");
        Expect(pc: Code + 16, retired: 4);
    }

    [Test]
    public void A_step_over_a_hot_loop_costs_no_lift()
    {
        Start(Sum(100));
        _machine.Run(200);
        long lifts = _machine.Engine.Lifts;
        Cpu[Toy.T] = 1;
        for (int i = 1; i <= 9; i++)
        {
            Assert.That(_machine.Run().Stepped, Is.True);
            Assert.That(Cpu.Retired, Is.EqualTo(200 + i));
        }
        Assert.That(_machine.Engine.Lifts, Is.EqualTo(lifts));
    }

    [Test]
    public void An_execution_breakpoint_stops_before_its_instruction_each_time()
    {
        Start(Sum(100));
        _machine.Run(100);
        Cpu.Comparators = [default, new DebugComparator(Code + 8, 1, Access.Execute)];
        long[] expected = [101, 104, 107];
        foreach (long retired in expected)
        {
            Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.Debug, Hits: 2)));
            Expect(pc: Code + 8, retired);
            Cpu.ResumeOverBreakpoint = true;
        }
        Assert.That(_machine.Run(0).Kind, Is.EqualTo(ExitKind.Budget));
        Assert.That(Cpu.ResumeOverBreakpoint, Is.True, "nothing has retired yet");
        Cpu.Comparators = [];
        Assert.That(_machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
        Assert.That(Cpu.ResumeOverBreakpoint, Is.False);
    }

    [Test]
    public void A_watchpoint_is_exact_to_the_byte_and_comes_after_the_instruction()
    {
        Start(new ToyAssembler()
            .Emit(ToyOp.Store, d: 1, a: 3, size: 8, immediate: -8)
            .Emit(ToyOp.Load, d: 1, a: 3, size: 4)
            .Emit(ToyOp.Store, d: 1, a: 3, size: 1, immediate: 4)
            .Emit(ToyOp.AddMemory, d: 4, a: 3, size: 2, immediate: 2)
            .Emit(ToyOp.SystemCall));
        Cpu[Toy.R(3)] = Data + 0x10;
        Cpu.Comparators = [default, default, new DebugComparator(Data + 0x10, 4, Access.Write)];
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.Debug, Hits: 4)));
        Expect(pc: Code + 16, retired: 4);
        Assert.That(Cpu[Toy.Z], Is.EqualTo(1), "the instruction is complete");
        Assert.That(_machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
    }

    [Test]
    public void A_step_and_a_watchpoint_are_reported_together()
    {
        Start(new ToyAssembler().Emit(ToyOp.LoadPair, a: 3).Emit(ToyOp.SystemCall));
        Cpu[Toy.R(3)] = Data + 1;
        Cpu[Toy.T] = 1;
        Cpu.Comparators = [new DebugComparator(Data + 16, 1, Access.ReadWrite)];
        Assert.That(_machine.Run(), Is.EqualTo(new Exit(ExitKind.Debug, Stepped: true, Hits: 1)));
    }

    [Test]
    public void The_kernels_own_accesses_hit_no_watchpoint()
    {
        Start(Sum(3));
        Cpu.Comparators = [new DebugComparator(Data, 8, Access.ReadWrite)];
        _machine.Run(1);
        _machine.Memory.TryStore(Data, 8, 0);
        Assert.That(_machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
    }

    [Test]
    public void A_write_to_the_next_instruction_takes_effect_at_once()
    {
        Start(new ToyAssembler().Emit(ToyOp.Store, d: 1, a: 3, size: 4).Emit(ToyOp.Set, d: 2, immediate: 1).Emit(ToyOp.SystemCall));
        _machine.Memory.Enter(Code, _machine.Memory.Lookup(Code, out _)!, Access.All);
        Cpu[Toy.R(1)] = BitConverter.ToUInt32(new ToyAssembler().Emit(ToyOp.Set, d: 2, immediate: 7).Code);
        Cpu[Toy.R(3)] = Code + 4;
        _machine.Run();
        Assert.That(_machine.R(2), Is.EqualTo(7));
    }

    [Test]
    public void A_breakpoint_removed_brings_the_old_block_back_without_lifting()
    {
        Start(Sum(100));
        _machine.Run(100);
        var original = Sum(100).Code[8..12];
        long lifts = 0;
        for (int i = 0; i < 5; i++)
        {
            _machine.Poke(Code + 8, new ToyAssembler().Emit(ToyOp.SystemCall).Code);
            Assert.That(_machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
            Cpu.Pc -= 4;
            Cpu.Retired--;
            _machine.Poke(Code + 8, original);
            Assert.That(_machine.Run(3).Kind, Is.EqualTo(ExitKind.Budget));
            // By then every block that execution enters here has been seen, with and without the breakpoint.
            if (i == 1)
                lifts = _machine.Engine.Lifts;
        }
        Assert.That(_machine.Engine.Lifts, Is.EqualTo(lifts));
        Assert.That(_machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
        Assert.That((_machine.R(2), Cpu.Retired), Is.EqualTo((5050, 302)));
    }

    [Test]
    public void A_write_drops_only_the_blocks_it_touches()
    {
        Start(new ToyAssembler().Emit(ToyOp.Jump, immediate: 2).Emit(ToyOp.Set, d: 1).Emit(ToyOp.Jump, immediate: -2));
        _machine.Run(10);
        long lifts = _machine.Engine.Lifts;
        _machine.Poke(Code + 5, [0x20]);
        _machine.Run(10);
        Assert.That(_machine.Engine.Lifts, Is.EqualTo(lifts), "no block covers it");
        _machine.Poke(Code + 11, [0xfe]);
        _machine.Run(10);
        Assert.That(_machine.Engine.Lifts, Is.EqualTo(lifts), "the same bytes");
    }

    [Test]
    public void A_write_through_another_address_space_takes_effect()
    {
        Start(Sum(100));
        _machine.Run(100);
        using var other = new AddressSpace(_machine.Physical, 47);
        other.Enter(0x1000, _machine.Memory.Lookup(Code, out _)!, Access.ReadWrite);
        other.TryStore(0x1008, 4, BitConverter.ToUInt32(new ToyAssembler().Emit(ToyOp.SystemCall).Code));
        Assert.That(_machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
        Expect(pc: Code + 12, retired: 102);
    }

    [Test]
    public void Each_iteration_of_a_repeated_instruction_counts_one()
    {
        Start(new ToyAssembler().Emit(ToyOp.CopyBytes, d: 3, a: 4, b: 5).Emit(ToyOp.SystemCall));
        Cpu[Toy.R(3)] = Data;
        Cpu[Toy.R(4)] = Data + 0x1000;
        Cpu[Toy.R(5)] = 100;
        Assert.That(_machine.Run(40).Kind, Is.EqualTo(ExitKind.Budget));
        Expect(pc: Code, retired: 40);
        Assert.That(_machine.R(5), Is.EqualTo(60));
        _machine.Run();
        Expect(pc: Code + 8, retired: 101);
    }

    [Test]
    public void A_helper_sees_the_exact_count_and_address()
    {
        var program = new ToyAssembler();
        for (int i = 0; i < 10; i++)
            program.Emit(ToyOp.Set, d: 1, immediate: i);
        Start(program.Emit(ToyOp.CopyWord, d: 1, a: 2, b: 2).Emit(ToyOp.Jump, immediate: -11));
        Cpu[Toy.R(2)] = Data;
        for (long end = 11; end < 500; end += 12)
        {
            Assert.That(_machine.Run(end - Cpu.Retired).Kind, Is.EqualTo(ExitKind.Budget));
            Assert.That(_machine.R(1), Is.EqualTo((ulong)end - 1));
        }
    }

    private static ToyAssembler Sum(int count) => new ToyAssembler()
        .Emit(ToyOp.Set, d: 1, immediate: count)
        .Emit(ToyOp.Add, d: 2, a: 2, b: 1)
        .Emit(ToyOp.AddImmediate, d: 1, a: 1, immediate: -1)
        .Emit(ToyOp.BranchNotZero, immediate: -2)
        .Emit(ToyOp.SystemCall);

    private void Start(ToyAssembler program) => _machine = new ToyMachine(program.Code);

    private void Expect(ulong pc, long retired) => Assert.That((Cpu.Pc, Cpu.Retired), Is.EqualTo((pc, retired)));
}
