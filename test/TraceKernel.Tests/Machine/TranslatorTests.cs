using System.Diagnostics.Tracing;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

public sealed class TranslatorTests
{
    private const ulong Code = ToyMachine.CodeStart, Data = ToyMachine.DataStart;

    private static readonly TranslationPolicy Eager = new(Threshold: 2, Growth: 4, IsImmediate: true);

    [Test]
    public void A_hot_loop_runs_translated_and_counts_exactly()
    {
        using var machine = new ToyMachine(Loop.Code, policy: Eager);
        machine.Run(10_001);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Cpu.Retired, Is.EqualTo(10_001));
            Assert.That(machine.R(2), Is.EqualTo(3334));
            Assert.That(machine.Engine.Translations.Retired, Is.GreaterThan(9_000));
        });
    }

    [Test]
    public void A_slice_ends_at_the_exact_instruction([Range(1, 40)] int budget)
    {
        using var machine = new ToyMachine(Loop.Code, policy: Eager);
        machine.Run(301);
        Assert.That(machine.Run(budget).Kind, Is.EqualTo(ExitKind.Budget));
        Assert.That((machine.Cpu.Retired, machine.Cpu.Pc), Is.EqualTo((301 + budget, Code + (ulong)((301 + budget) % 3) * 4)));
    }

    [Test]
    public void A_breakpoint_set_and_removed_a_thousand_times_costs_no_translation()
    {
        using var machine = new ToyMachine(Loop.Code, policy: Eager);
        machine.Run(1000);
        byte[] original = Loop.Code[4..8], breakpoint = new ToyAssembler().Emit(ToyOp.SystemCall).Code;
        var before = machine.Engine.Translations;
        long lifts = 0;
        for (int i = 0; i < 1000; i++)
        {
            machine.Poke(Code + 4, breakpoint);
            Assert.That(machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
            machine.Cpu.Pc -= 4;
            machine.Poke(Code + 4, original);
            Assert.That(machine.Run(300).Kind, Is.EqualTo(ExitKind.Budget));
            // By then every block that execution enters has been seen, with and without the breakpoint.
            if (i == 100)
                (before, lifts) = (machine.Engine.Translations, machine.Engine.Lifts);
        }
        var after = machine.Engine.Translations;
        TestContext.Out.WriteLine($"{after}, {machine.Engine.Lifts} blocks lifted");
        Assert.Multiple(() =>
        {
            Assert.That(after.Translations, Is.EqualTo(before.Translations));
            Assert.That(machine.Engine.Lifts, Is.EqualTo(lifts));
            Assert.That(after.Retired, Is.GreaterThan(before.Retired + 50_000), "the translation is in use again each time");
        });
    }

    /// <summary>The code of a breakpoint that is gone need not be entered again for what is translated with it to be in use.</summary>
    [Test]
    public void What_is_translated_with_a_breakpoints_code_comes_back_without_it()
    {
        const int Rest = 4;
        byte[] code = new ToyAssembler()
            .Emit(ToyOp.AddImmediate, d: 1, a: 1, immediate: 1).Emit(ToyOp.AddImmediate, d: 6, a: 6, immediate: -1).Emit(ToyOp.BranchZero, immediate: 2)
            .Emit(ToyOp.Jump, immediate: -3).Emit(ToyOp.Set, d: 6, immediate: 1).Emit(ToyOp.Jump, immediate: -Rest - 1).Code;
        byte[] breakpoint = new ToyAssembler().Emit(ToyOp.SystemCall).Code;
        using var machine = new ToyMachine(code, policy: Eager with { Growth = 1_000_000 });
        machine.Cpu[Toy.R(6)] = 1;
        machine.Run(1000);
        machine.Poke(Code + 4 * Rest, breakpoint);
        Assert.That(machine.Run().Kind, Is.EqualTo(ExitKind.Trap));
        machine.Poke(Code + 4 * Rest, code.AsSpan(4 * Rest, 4));
        machine.Cpu.Pc = Code + 4 * Rest;
        // It is entered once more; then the loop goes on by itself.
        machine.Run(2);
        machine.Cpu[Toy.R(6)] = 1_000_000;
        var before = machine.Engine.Translations;
        machine.Run(100_000);
        Assert.That(machine.Engine.Translations.Translations, Is.EqualTo(before.Translations));
        Assert.That(machine.Engine.Translations.Retired, Is.GreaterThan(before.Retired + 90_000));
    }

    /// <summary>
    /// The windows of translated code are right because nothing that it calls changes what may be accessed: who does is found out.
    /// </summary>
    [Test]
    public void A_helper_must_not_change_what_may_be_accessed()
    {
        byte[] code = new ToyAssembler().Emit(ToyOp.BreakContract, a: 7).Emit(ToyOp.Jump, immediate: -1).Code;
        using var machine = new ToyMachine(code, policy: Eager);
        Assert.That(() => machine.Run(1000), Throws.InvalidOperationException.With.Message.Contains("changed what may be accessed"));
    }

    [Test]
    public void Without_a_page_to_read_and_write_execution_is_as_exact()
    {
        using var machine = new ToyMachine(new ToyAssembler().Emit(ToyOp.AddImmediate, d: 2, a: 2, immediate: 1).Emit(ToyOp.Jump, immediate: -1).Code, policy: Eager);
        machine.Memory.Protect(Data, Data + 2 * Frame.Size, Access.Read);
        machine.Run(1001);
        Assert.That((machine.R(2), machine.Cpu.Retired, machine.Engine.Translations.Retired), Is.EqualTo((501, 1001, 0)));
        machine.Memory.Enter(Data, machine.Memory.Lookup(Data, out _)!, Access.ReadWrite);
        machine.Run(1000);
        Assert.That((machine.R(2), machine.Cpu.Retired), Is.EqualTo((1001, 2001)));
        Assert.That(machine.Engine.Translations.Retired, Is.GreaterThan(900));
    }

    [Test]
    public void A_hardware_breakpoint_takes_its_translation_out_of_use()
    {
        using var machine = new ToyMachine(Loop.Code, policy: Eager);
        machine.Run(1000);
        machine.Cpu.Comparators = [new DebugComparator(Code + 4, 1, Access.Execute)];
        Assert.That(machine.Run(), Is.EqualTo(new Exit(ExitKind.Debug, Hits: 1)));
        Assert.That((machine.Cpu.Pc, machine.Cpu.Retired), Is.EqualTo((Code + 4, 1000)));
        machine.Cpu.Comparators = [];
        long translated = machine.Engine.Translations.Retired;
        machine.Run(3000);
        Assert.That(machine.Engine.Translations.Retired, Is.GreaterThan(translated + 2000));
    }

    /// <summary>Bytes before and after those that the loop stores, and in pages of their own.</summary>
    [TestCase(-8, 8), TestCase(-1, 1), TestCase(8, 8), TestCase(9, 1), TestCase(-4096, 8), TestCase(4096, 8)]
    public void What_accesses_beside_a_watchpoint_stays_translated(int distance, int length)
    {
        using var machine = new ToyMachine(Loop.Code, policy: Eager);
        ulong stored = PlaceStore(machine);
        machine.Cpu.Comparators = [new DebugComparator(stored + (ulong)distance, length, Access.ReadWrite)];
        machine.Run(1000);
        long entries = machine.Engine.Translations.Entries;
        Assert.That(machine.Run(3000), Is.EqualTo(new Exit(ExitKind.Budget)));
        Assert.That(machine.Engine.Translations.Entries, Is.EqualTo(entries + 1));
    }

    [TestCase(-7, 8), TestCase(-1, 2), TestCase(0, 1), TestCase(7, 8), TestCase(-8, 24)]
    public void What_overlaps_a_watchpoint_is_seen_in_translated_code(int distance, int length)
    {
        using var machine = new ToyMachine(Loop.Code, policy: Eager);
        ulong stored = PlaceStore(machine);
        machine.Run(1000);
        machine.Cpu.Comparators = [new DebugComparator(stored + (ulong)distance, length, Access.Write)];
        for (int i = 0; i < 100; i++)
        {
            Assert.That(machine.Run(), Is.EqualTo(new Exit(ExitKind.Debug, Hits: 1)));
            Assert.That(machine.Cpu.Retired, Is.EqualTo(1001 + 3 * i));
        }
    }

    [Test]
    public void What_is_held_is_bounded()
    {
        var program = new ToyAssembler();
        for (int loop = 0; loop < 30; loop++)
        {
            program.Emit(ToyOp.Set, d: 6, immediate: 60);
            for (int i = 0; i < 8; i++)
                program.Emit(ToyOp.Add, d: 1, a: 1, b: 6);
            program.Emit(ToyOp.AddImmediate, d: 6, a: 6, immediate: -1).Emit(ToyOp.BranchNotZero, immediate: -9);
        }
        program.Emit(ToyOp.SystemCall);
        using var machine = new ToyMachine(program.Code, policy: Eager with { MaximumHeld = 50 });
        while (machine.Run(500).Kind == ExitKind.Budget)
            Assert.That(machine.Engine.Translations.Instructions, Is.LessThan(250));
        Assert.That(machine.Engine.Translations.Clears, Is.GreaterThan(2));
    }

    /// <summary>
    /// A bytecode interpreter in small: handlers that find the next one by a computed jump are one region, which is not left between them.
    /// </summary>
    [Test]
    public void Computed_jumps_stay_within_a_region()
    {
        const int Handlers = 6, HandlerBytes = 12, Instructions = 90_000;
        var program = new ToyAssembler();
        for (int i = 0; i < Handlers; i++)
        {
            int next = i < Handlers - 1 ? HandlerBytes : -(Handlers - 1) * HandlerBytes;
            program.Emit(ToyOp.AddImmediate, d: 2, a: 2, immediate: i).Emit(ToyOp.AddImmediate, d: 4, a: 4, immediate: next).Emit(ToyOp.JumpRegister, a: 4);
        }
        using var machine = new ToyMachine(program.Code, policy: Eager);
        machine.Cpu[Toy.R(4)] = Code;
        machine.Run(Instructions);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(machine.Cpu[Toy.R(2)], Is.EqualTo(Instructions / (3UL * Handlers) * (Handlers * (Handlers - 1) / 2)));
            Assert.That(machine.Engine.Translations.Entries, Is.LessThan(10));
            Assert.That(machine.Engine.Translations.Retired, Is.GreaterThan(Instructions - 1000));
        }
    }

    /// <summary>Regions that lead to each other all the time become one, which can be entered where they began.</summary>
    [Test]
    public void Regions_entered_often_grow([Values(4, 1_000_000)] int growth)
    {
        const int Rounds = 3000;
        var program = new ToyAssembler();
        // The inner loop becomes hot first, and its region is formed without what comes after it.
        program.Emit(ToyOp.Set, d: 6, immediate: 40)
            .Emit(ToyOp.AddImmediate, d: 1, a: 1, immediate: 1).Emit(ToyOp.AddImmediate, d: 6, a: 6, immediate: -1).Emit(ToyOp.BranchNotZero, immediate: -2)
            .Emit(ToyOp.Add, d: 2, a: 2, b: 1).Emit(ToyOp.Jump, immediate: -5);
        using var machine = new ToyMachine(program.Code, policy: Eager with { Growth = growth });
        using var expected = new ToyMachine(program.Code, policy: new TranslationPolicy(IsOn: false));
        for (int i = 0; i < Rounds; i++)
        {
            machine.Run(100 + i % 7);
            expected.Run(100 + i % 7);
        }
        Assert.That(machine.Cpu.File.Take(16), Is.EqualTo(expected.Cpu.File.Take(16)));
        Assert.That(machine.Engine.Translations.Translations, growth < Rounds ? Is.GreaterThan(2) : Is.LessThanOrEqualTo(2));
    }

    /// <summary>
    /// The largest regions of the most demanding instructions: the JIT must not have given up on any (see TRANSLATOR.md, fact 4).
    /// </summary>
    [Test]
    public void The_jit_optimises_every_region()
    {
        using var listener = new JitListener();
        var program = new ToyAssembler();
        for (int i = 0; i < 60; i++)
        {
            program.Emit(ToyOp.AddMemory, d: 1, a: 2, immediate: i).Emit(ToyOp.PushTwo, d: 1, a: 3, b: 4).Emit(ToyOp.AddImmediate, d: 3, a: 3, immediate: 16);
            if (i % 16 == 15)
                program.Emit(ToyOp.CopyWord, d: 5, a: 2, b: 2).Emit(ToyOp.BranchZero, immediate: 1);
        }
        program.Emit(ToyOp.JumpRegister, a: 7);
        using var machine = new ToyMachine(program.Code, policy: Eager with { MaximumInstructions = 400 });
        for (int i = 0; i < 8; i++)
            machine.Cpu[Toy.R(i)] = Data + 0x400;
        machine.Cpu[Toy.R(7)] = Code;
        machine.Run(50_000);
        Assert.That(machine.Engine.Translations.Retired, Is.GreaterThan(10_000));
        var tiers = listener.WaitFor((int)machine.Engine.Translations.Translations);
        Assert.That(tiers, Is.Not.Empty);
        Assert.That(tiers, Is.All.EqualTo(JitListener.Optimized));
    }

    /// <summary>A block hands over two flags each of which is what the other was.</summary>
    [Test]
    public void Flags_made_of_each_other_are_handed_over_together()
    {
        byte[] code = new ToyAssembler()
            .Emit(ToyOp.Add, d: 0, a: 0, b: 1).Emit(ToyOp.BranchNotZero, immediate: 1).Emit(ToyOp.Increment, d: 4)
            .Emit(ToyOp.SwapFlags).Emit(ToyOp.Jump, immediate: 1)
            .Emit(ToyOp.AddCarry, d: 2, a: 2, b: 3).Emit(ToyOp.BranchZero, immediate: 1).Emit(ToyOp.Increment, d: 5)
            .Emit(ToyOp.SwapFlags).Emit(ToyOp.BranchZero, immediate: 1).Emit(ToyOp.AddCarry, d: 6, a: 6, b: 3)
            .Emit(ToyOp.Jump, immediate: -11).Code;
        using var translated = new ToyMachine(code, policy: Eager);
        using var interpreted = new ToyMachine(code, policy: new TranslationPolicy(IsOn: false));
        foreach (var machine in (ReadOnlySpan<ToyMachine>)[translated, interpreted])
        {
            machine.Cpu[Toy.R(1)] = 3UL << 60;
            machine.Run(5000);
        }
        Assert.That(translated.Cpu.File.Take(translated.InstructionSet.Registers), Is.EqualTo(interpreted.Cpu.File.Take(translated.InstructionSet.Registers)));
        Assert.That(translated.Engine.Translations.Retired, Is.GreaterThan(3000));
    }

    /// <summary>
    /// An access fails after an instruction that changed some flags only: those come from it, the others from a block before, one that the
    /// block was entered from or one that the last region ended with.
    /// </summary>
    [Test]
    public void Flags_are_exact_where_a_block_is_left([Values(2, 3, 4)] int pointer, [Range(0, 5)] int value, [Values(0, 1)] int rounds)
    {
        byte[] code = new ToyAssembler()
            .Emit(ToyOp.Add, d: 0, a: 0, b: 1).Emit(ToyOp.BranchZero, immediate: 1)
            .Emit(ToyOp.Load, d: 5, a: 2).Emit(ToyOp.Increment, d: 1).Emit(ToyOp.Load, d: 5, a: 3)
            .Emit(ToyOp.ShiftOut, d: 5, a: 1).Emit(ToyOp.Load, d: 5, a: 4).Emit(ToyOp.AddCarry, d: 5, a: 0, b: 1).Emit(ToyOp.Increment, d: 6)
            .Emit(ToyOp.Jump, immediate: -9).Code;
        using var translated = new ToyMachine(code, policy: Eager);
        using var interpreted = new ToyMachine(code, policy: new TranslationPolicy(IsOn: false));
        var states = new List<string>();
        foreach (var machine in (ReadOnlySpan<ToyMachine>)[translated, interpreted])
        {
            for (int i = 2; i <= 4; i++)
                machine.Cpu[Toy.R(i)] = Data;
            machine.Run(1000);
            // Near where each of the flags changes, and with a turn that ends on the way.
            (machine.Cpu[Toy.R(0)], machine.Cpu[Toy.R(1)]) = ((ulong)value - 3, (ulong)value - 2);
            machine.Run(1 + 10 * rounds + value);
            machine.Cpu[Toy.R(pointer)] = 1;
            var exit = machine.Run(1000);
            Assert.That(exit, Is.EqualTo(new Exit(ExitKind.MemoryFault, Address: 1, Access: Access.Read)));
            states.Add($"{machine.Cpu.Retired} {string.Join(' ', machine.Cpu.File.Take(machine.InstructionSet.Registers))}");
        }
        Assert.That(states[0], Is.EqualTo(states[1]));
        Assert.That(translated.Engine.Translations.Retired, Is.GreaterThan(500));
    }

    // Where the loop stores eight bytes: in the middle of a page.
    private static ulong PlaceStore(ToyMachine machine)
    {
        machine.Cpu[Toy.R(7)] = Data + 0x480;
        return Data + 0x400;
    }

    // Counts up in r2 for ever.
    private static ToyAssembler Loop => new ToyAssembler()
        .Emit(ToyOp.AddImmediate, d: 2, a: 2, immediate: 1)
        .Emit(ToyOp.Store, d: 2, a: 7, immediate: -128)
        .Emit(ToyOp.Jump, immediate: -2);

    /// <summary>Hears from the runtime how it compiled our methods.</summary>
    private sealed class JitListener : EventListener
    {
        /// <summary>OptimizationTier of the event MethodLoadVerbose: Optimized.</summary>
        public const uint Optimized = 2;

        private const EventKeywords Jit = (EventKeywords)0x10;
        private const int TierShift = 7, TierMask = 7;

        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly List<uint> _tiers = [];

        /// <summary>
        /// The tiers of the regions compiled since, once there are <paramref name="count"/>: events come by a thread of the runtime's.
        /// </summary>
        public uint[] WaitFor(int count)
        {
            lock (_tiers)
            {
                while (_tiers.Count < count && Monitor.Wait(_tiers, Patience))
                {
                }
                return [.. _tiers];
            }
        }

        protected override void OnEventSourceCreated(EventSource source)
        {
            if (source.Name == "Microsoft-Windows-DotNETRuntime")
                EnableEvents(source, EventLevel.Verbose, Jit);
        }

        protected override void OnEventWritten(EventWrittenEventArgs data)
        {
            if (data.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) != true || data.PayloadNames is not { } names)
                return;
            if (data.Payload![names.IndexOf("MethodName")] is not string name || !name.StartsWith("Region ", StringComparison.Ordinal))
                return;
            lock (_tiers)
            {
                _tiers.Add(((uint)data.Payload[names.IndexOf("MethodFlags")]! >> TierShift) & TierMask);
                Monitor.PulseAll(_tiers);
            }
        }
    }
}
