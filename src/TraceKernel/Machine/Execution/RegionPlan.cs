namespace TraceKernel.Machine.Execution;

/// <summary>The blocks of a region in the order of their translation, the entry first, and what flows between them.</summary>
internal sealed class RegionPlan
{
    private readonly FlagSlots _flags;
    private readonly Dictionary<ulong, int> _order = [];

    public RegionPlan(InstructionSet instructionSet, IReadOnlyList<Block> blocks)
    {
        _flags = new FlagSlots(instructionSet);
        var plans = blocks.Select(block => new BlockReader(instructionSet).Read(block)).ToDictionary(plan => plan.Block.Address);
        Blocks = InOrder(plans, blocks[0].Address);
        for (int i = 0; i < Blocks.Count; i++)
            _order.Add(Blocks[i].Block.Address, i);
        FindLoops();
        FindLiveFlags();
        foreach (var plan in Blocks)
        {
            Registers.UnionWith(plan.Registers);
            Written.UnionWith(plan.Written);
            FlagsHeld |= plan.FlagsLive;
            CallsHelpers |= plan.CallsHelpers;
        }
    }

    public IReadOnlyList<BlockPlan> Blocks { get; }

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
    private static List<BlockPlan> InOrder(Dictionary<ulong, BlockPlan> plans, ulong entry)
    {
        var order = new List<BlockPlan>();
        var seen = new HashSet<ulong>();
        Visit(entry);
        order.Reverse();
        return order;

        void Visit(ulong address)
        {
            if (!plans.TryGetValue(address, out var plan) || !seen.Add(address))
                return;
            foreach (ulong target in plan.Targets)
                Visit(target);
            order.Add(plan);
        }
    }

    private void FindLoops()
    {
        Blocks[0].IsLoopHead = true;
        for (int i = Blocks.Count - 1; i >= 0; i--)
        {
            foreach (ulong target in Blocks[i].Targets)
            {
                if (_order.TryGetValue(target, out int place) && place <= i)
                    Blocks[place].IsLoopHead = true;
            }
        }
        for (int i = Blocks.Count - 1; i >= 0; i--)
        {
            int beyond = 0;
            foreach (ulong target in Blocks[i].Targets)
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
            if (step.FlagValues is null || At(step.Target) is not { } next)
                continue;
            for (int i = 0; i < _flags.Count; i++)
            {
                if ((next.FlagsLive >> i & 1) != 0)
                    live |= step.FlagValues[i] is { } value ? LeavesOf(value) : 1u << i;
            }
        }
        bool changed = live != plan.FlagsLive;
        plan.FlagsLive = live;
        return changed;
    }

    // The flags on whose values at the block's beginning a value depends.
    private uint LeavesOf(Value value)
    {
        if (value.Kind == ValueKind.Register)
            return value.Epoch == 0 ? _flags.BitOf(value.Slot) : 0;
        uint leaves = 0;
        if (value.A is not null)
            leaves |= LeavesOf(value.A);
        if (value.B is not null)
            leaves |= LeavesOf(value.B);
        if (value.C is not null)
            leaves |= LeavesOf(value.C);
        return leaves;
    }
}
