namespace TraceKernel.Machine.Execution;

/// <summary>The blocks of a region in the order of their translation, and what flows between them.</summary>
internal sealed class RegionPlan
{
    private readonly FlagSlots _flags;
    private readonly HashSet<ulong> _jumpTargets;
    private readonly Dictionary<ulong, int> _order = [];

    // What LeavesOf said: a value may be part of another by many ways.
    private readonly Dictionary<(Value, bool), uint> _leaves = [];

    public RegionPlan(InstructionSet instructionSet, Region region)
    {
        var blocks = region.Blocks;
        _jumpTargets = region.JumpTargets;
        _flags = new FlagSlots(instructionSet);
        var plans = blocks.Select(block => new BlockReader(instructionSet).Read(block)).ToDictionary(plan => plan.Block.Address);
        Blocks = InOrder(plans, region.Entries);
        for (int i = 0; i < Blocks.Count; i++)
            _order.Add(Blocks[i].Block.Address, i);
        foreach (var entry in region.Entries)
            Blocks[_order[entry.Address]].IsLoopHead = true;
        FindLoops();
        FindLiveFlags();
        foreach (var entry in region.Entries)
        {
            Longest = Math.Max(Longest, At(entry.Address)!.Longest);
            FlagsEntering |= At(entry.Address)!.FlagsLive;
        }
        foreach (var plan in Blocks)
        {
            Registers.UnionWith(plan.Registers);
            Written.UnionWith(plan.Written);
            FlagsHeld |= plan.FlagsLive | FlagsAfterHelpers(plan);
            CallsHelpers |= plan.CallsHelpers;
        }
    }

    public IReadOnlyList<BlockPlan> Blocks { get; }

    /// <summary>Fewest instructions that must remain for an entry.</summary>
    public int Longest { get; }

    /// <summary>The flags whose values may be asked for after an entry.</summary>
    public uint FlagsEntering { get; }

    /// <summary>Registers, flags apart, that any block reads or writes.</summary>
    public SortedSet<int> Registers { get; } = [];

    /// <summary>Registers, flags apart, that any block writes.</summary>
    public SortedSet<int> Written { get; } = [];

    /// <summary>The flags that have a value of their own somewhere.</summary>
    public uint FlagsHeld { get; }

    public bool CallsHelpers { get; }

    /// <summary>The plan of the block at an address; null outside the region.</summary>
    public BlockPlan? At(ulong address) => _order.TryGetValue(address, out int place) ? Blocks[place] : null;

    // Reverse postorder: what goes backwards in it closes a loop.
    private List<BlockPlan> InOrder(Dictionary<ulong, BlockPlan> plans, IReadOnlyList<Block> entries)
    {
        var order = new List<BlockPlan>();
        var seen = new HashSet<ulong>();
        foreach (var entry in entries)
            Visit(entry.Address);
        order.Reverse();
        return order;

        void Visit(ulong address)
        {
            if (!plans.TryGetValue(address, out var plan) || !seen.Add(address))
                return;
            foreach (ulong target in plan.Targets(_jumpTargets))
                Visit(target);
            order.Add(plan);
        }
    }

    private void FindLoops()
    {
        for (int i = Blocks.Count - 1; i >= 0; i--)
        {
            foreach (ulong target in Blocks[i].Targets(_jumpTargets))
            {
                if (_order.TryGetValue(target, out int place) && place <= i)
                    Blocks[place].IsLoopHead = true;
            }
        }
        for (int i = Blocks.Count - 1; i >= 0; i--)
        {
            int beyond = 0;
            foreach (ulong target in Blocks[i].Targets(_jumpTargets))
            {
                if (At(target) is { IsLoopHead: false } next)
                    beyond = Math.Max(beyond, next.Longest);
            }
            Blocks[i].Longest = Blocks[i].Block.Instructions + beyond;
        }
    }

    private void FindLiveFlags()
    {
        foreach (var plan in Blocks)
        {
            foreach (var step in plan.Steps)
                step.VisitOperands(value => plan.FlagsRead |= LeavesOf(value));
            plan.FlagsLive = plan.FlagsRead;
        }
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = Blocks.Count - 1; i >= 0; i--)
                changed |= Extend(Blocks[i]);
        }
    }

    private bool Extend(BlockPlan plan)
    {
        uint live = plan.FlagsLive;
        foreach (var step in plan.Steps)
        {
            uint asked = FlagsAskedFor(step);
            for (int i = 0; i < _flags.Count; i++)
            {
                if ((asked >> i & 1) != 0)
                    live |= step.FlagValues![i] is { } value ? LeavesOf(value) : 1u << i;
            }
        }
        bool changed = live != plan.FlagsLive;
        plan.FlagsLive = live;
        return changed;
    }

    /// <summary>The flags that the blocks to which an exit may lead ask for.</summary>
    public uint FlagsAskedFor(Step step)
    {
        uint asked = 0;
        foreach (ulong target in step.Targets(_jumpTargets))
            asked |= At(target)?.FlagsLive ?? 0;
        return asked;
    }

    // The flags that must be loaded again after a helper call, because their values then are asked for.
    private uint FlagsAfterHelpers(BlockPlan plan)
    {
        uint flags = 0;
        if (!plan.CallsHelpers)
            return flags;
        foreach (var step in plan.Steps)
        {
            step.VisitOperands(value => flags |= LeavesOf(value, isAfterHelper: true));
            foreach (var value in step.FlagValues ?? [])
                flags |= value is null ? 0 : LeavesOf(value, isAfterHelper: true);
        }
        return flags;
    }

    // The flags on whose values at the block's beginning, or after a helper call, a value depends.
    private uint LeavesOf(Value value, bool isAfterHelper = false)
    {
        if (value.Kind == ValueKind.Register)
            return value.Epoch > 0 == isAfterHelper ? _flags.BitOf(value.Slot) : 0;
        if (!value.IsComputed)
            return 0;
        if (_leaves.TryGetValue((value, isAfterHelper), out uint leaves))
            return leaves;
        foreach (var operand in (ReadOnlySpan<Value?>)[value.A, value.B, value.C])
            leaves |= operand is null ? 0 : LeavesOf(operand, isAfterHelper);
        _leaves.Add((value, isAfterHelper), leaves);
        return leaves;
    }
}
