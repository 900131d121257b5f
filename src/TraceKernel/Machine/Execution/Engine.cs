using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>Runs guest instructions: one per address space, holding its lifted blocks.</summary>
public sealed unsafe class Engine
{
    private readonly InstructionSet _instructionSet;
    private readonly AddressSpace _memory;
    private readonly BlockCache _blocks;
    private readonly Interpreter _interpreter;
    private readonly Translator _translator;
    private readonly TranslationPolicy _policy;
    private readonly ExecutionBreakpoints _breakpoints = new();

    // The block that execution was last in, the likely one to go on in after a step.
    private Block? _current;

    /// <param name="memory">The address space it executes in.</param>
    /// <param name="policy">When it translates; <see cref="TranslationPolicy.Default"/> unless given.</param>
    public Engine(InstructionSet instructionSet, AddressSpace memory, TranslationPolicy? policy = null)
    {
        _instructionSet = instructionSet;
        _memory = memory;
        _blocks = new BlockCache(instructionSet, memory);
        _interpreter = new Interpreter(instructionSet, memory, _blocks);
        _policy = policy ?? TranslationPolicy.Default;
        _translator = new Translator(instructionSet, memory, _policy) { IsBarred = block => !_breakpoints.AreOutside(block) };
        _blocks.Dropped = OnDropped;
        _blocks.Revived = OnRevived;
        memory.CodeWritten = _blocks.Drop;
        memory.Code.Forget = _blocks.Clear;
    }

    /// <summary>Blocks lifted so far; code that came back (a removed breakpoint) is not lifted again.</summary>
    public long Lifts => _blocks.Lifts;

    /// <summary>What was translated so far; code that came back is not translated again.</summary>
    public TranslationCounts Translations => _translator.Counts;

    /// <summary>Translations made so far, by all engines of this process of the host.</summary>
    public static long AllTranslations => Translator.Compiled;

    /// <summary>
    /// Runs until <paramref name="budget"/> more instructions have retired or something else ends the slice. A trap raised by a Trap operation
    /// counts as retired; an instruction that faults or is refused does not.
    /// </summary>
    public Exit Run(Cpu cpu, long budget)
    {
        cpu.Memory = _memory;
        _memory.Code.Use();
        _memory.Watch(cpu.Comparators);
        _memory.TakeHits();
        if (_breakpoints.Replace(cpu.Comparators))
        {
            _blocks.UnlinkAll();
            _translator.ReconsiderAll();
        }
        if (_translator.IsFull)
            _translator.Clear();
        _translator.Install();
        _interpreter.Use(cpu);
        bool isTarget = false, alone = false, mayTranslate = true;
        MicroOperation* exit = null;
        while (budget > 0)
        {
            uint hits = cpu.ResumeOverBreakpoint ? 0 : _breakpoints.Match(cpu.Pc);
            if (hits != 0)
                return new Exit(ExitKind.Debug, Hits: hits);
            if (!TryEnter(cpu.Pc, isTarget, exit, out int ordinal, out ulong missing))
                return new Exit(ExitKind.MemoryFault, Address: missing, Access: Access.Execute);
            bool traced = cpu[_instructionSet.TraceFlag] != 0;
            alone |= traced || cpu.ResumeOverBreakpoint;
            if (mayTranslate && !alone && ordinal == 0 && Translator.CanRun(_current!, budget))
            {
                var left = _translator.Run(cpu, _current!, ref budget);
                _current = left ?? _current;
                mayTranslate = isTarget = left is null;
                exit = null;
                hits = _memory.TakeHits();
                if (hits != 0)
                    return new Exit(ExitKind.Debug, Hits: hits);
                continue;
            }
            mayTranslate = true;
            long limit = alone ? 1 : Math.Min(budget, _breakpoints.InstructionsBefore(_current!, ordinal));
            long retired = cpu.Retired;
            _interpreter.Stop = false;
            _interpreter.Remaining = limit;
            var leave = _interpreter.Execute(_current!, ordinal, exactly: alone);
            retired = cpu.Retired - retired;
            budget -= retired;
            if (retired > 0)
                cpu.ResumeOverBreakpoint = false;
            hits = _memory.TakeHits();
            if (ExitAfter(leave, traced && retired > 0, hits) is { } end)
                return end;
            alone = leave == Leave.Observed;
            isTarget = leave == Leave.Lookup;
            exit = isTarget ? _interpreter.At : null;
        }
        return new Exit(ExitKind.Budget);
    }

    private Exit? ExitAfter(Leave leave, bool stepped, uint hits) => leave switch
    {
        Leave.Trap => new Exit(ExitKind.Trap, _interpreter.Trap, Hits: hits),
        Leave.Watched => new Exit(ExitKind.Debug, Address: _interpreter.FaultAddress, Hits: hits),
        Leave.Refused => new Exit(ExitKind.Trap, _interpreter.Trap),
        Leave.Fault => new Exit(ExitKind.MemoryFault, Address: _interpreter.FaultAddress, Access: _interpreter.FaultAccess),
        _ when hits != 0 || stepped => new Exit(ExitKind.Debug, Stepped: stepped, Hits: hits),
        _ => null,
    };

    // Finds the block to go on in. Execution that was interrupted inside a block goes on there; the target of a jump is a block of its own.
    private bool TryEnter(ulong pc, bool isTarget, MicroOperation* exit, out int ordinal, out ulong missing)
    {
        missing = 0;
        if (!isTarget)
        {
            if (_current is null || !_current.IsLive || _current.OrdinalOf(pc) < 0)
                _current = _blocks.FindContaining(pc);
            if (_current is not null)
            {
                ordinal = _current.OrdinalOf(pc);
                return true;
            }
        }
        ordinal = 0;
        _interpreter.Stop = false;
        _current = _blocks.Find(pc, out missing);
        if (_current is null)
            return false;
        // Finding a block may clear the cache, and with it the exit that led here.
        if (exit != null && !_interpreter.Stop && _breakpoints.AreOutside(_current))
        {
            _blocks.Link(exit, _current);
            if (exit->Code == IrOpcode.GotoIndirect)
                _interpreter.LeftBlock.JumpTargets.Add(pc);
        }
        if (--_current.Entry->Countdown <= 0)
            LookAt(_current);
        return true;
    }

    // A block has become hot, or is translated.
    private void LookAt(Block block)
    {
        _translator.Install();
        var entry = block.Entry;
        if (entry->Reduced == null)
        {
            _blocks.Reduce(block);
            entry->Countdown = _policy.IsOn ? _policy.Threshold : int.MaxValue;
        }
        else if (block.IsBack)
        {
            block.IsBack = false;
            entry->Countdown = block.Region is null ? _policy.Threshold * 8 : _policy.Threshold;
            foreach (var region in block.Regions)
                _translator.Reconsider(region);
        }
        else if (block.Region is null && _policy.IsOn)
        {
            _translator.Request(block, _blocks.FindLifted);
            _translator.Install();
        }
        else
        {
            // One of the others of its regions may have come back meanwhile, and not been entered since.
            if (block.RunningRegion is null)
            {
                if (block.Region is { } own)
                    _translator.Reconsider(own);
                if (block.GrownRegion is { } grown)
                    _translator.Reconsider(grown);
            }
            if (block.GrownRegion is null && block.Region is { ShouldGrow: true })
                _translator.Grow(block, _blocks.FindLifted);
            entry->Countdown = block.RunningRegion is null ? _policy.Threshold : 0;
        }
    }

    private void OnDropped(Block? block)
    {
        _interpreter.Stop = true;
        _translator.Stop = true;
        if (block is null)
            _translator.Clear();
        else
        {
            foreach (var region in block.Regions)
            {
                if (region.IsActive)
                    _translator.Reconsider(region);
            }
        }
    }

    // A breakpoint that is passed is out of the way for one instruction: the translations of that code wait until it is entered again.
    private static void OnRevived(Block block)
    {
        if (block.Regions.Count == 0)
            return;
        block.IsBack = true;
        block.Entry->Countdown = 2;
    }
}
