using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// Chooses the blocks of a region: what a hot block leads to, as long as that is hot too. The first choice leaves out what is the entry of
/// another region; the second, made when it is known what is hot, takes that as well, so that a loop with all it calls may become one
/// region.
/// </summary>
internal sealed class RegionFormer
{
    private const int MaximumJumpTargets = 64;

    // Around a helper call all registers are stored and loaded: too many make a method that the JIT does not optimise.
    private const int MaximumCalls = 96;

    // So do too many accesses to memory, each of which has its way to another page.
    private const int MaximumAccesses = 160;

    private readonly Func<ulong, Block?> _find;
    private readonly int _maximumInstructions;
    private readonly bool _isGrown;
    private readonly List<Block> _chosen = [];
    private readonly HashSet<ulong> _addresses = [];
    private readonly HashSet<ulong> _jumpTargets = [];
    private int _instructions, _calls, _accesses;

    private RegionFormer(Func<ulong, Block?> find, int maximumInstructions, bool isGrown)
    {
        _find = find;
        _maximumInstructions = maximumInstructions;
        _isGrown = isGrown;
    }

    /// <summary>The region that begins with a block.</summary>
    public static Region Form(int number, Block entry, Func<ulong, Block?> find, int maximumInstructions, bool isGrown)
    {
        var former = new RegionFormer(find, maximumInstructions, isGrown);
        former.Add(entry);
        former.Follow();
        return new Region(number, former._chosen, former._jumpTargets, isGrown);
    }

    private void Follow()
    {
        // Known targets and what calls come back to first: computed jumps lead anywhere.
        int followed = 0, jumped = 0;
        while (followed < _chosen.Count || jumped < _chosen.Count)
        {
            if (followed < _chosen.Count)
                FollowExits(_chosen[followed++]);
            else
                FollowJump(_chosen[jumped++]);
        }
    }

    private void FollowExits(Block block)
    {
        foreach (ref readonly var operation in block.Exact)
        {
            if (operation.IsGoto)
                TryAdd(operation.Immediate);
        }
        if (IsCall(block))
            AddJumpTarget(block.End);
    }

    private void FollowJump(Block block)
    {
        if (block.Exact[^1].Code != IrOpcode.GotoIndirect)
            return;
        foreach (ulong target in block.JumpTargets)
            AddJumpTarget(target);
    }

    private void AddJumpTarget(ulong address)
    {
        if (_jumpTargets.Count < MaximumJumpTargets && TryAdd(address))
            _jumpTargets.Add(address);
    }

    // Whether the block at an address belongs to the region.
    private bool TryAdd(ulong address)
    {
        if (_addresses.Contains(address))
            return true;
        if (_find(address) is not { } block || !IsHot(block) || (_isGrown ? block.GrownRegion : block.Region) is not null)
            return false;
        if (_instructions + block.Instructions > _maximumInstructions || _calls + Calls(block) > MaximumCalls)
            return false;
        if (_accesses + Accesses(block) > MaximumAccesses)
            return false;
        Add(block);
        return true;
    }

    private void Add(Block block)
    {
        _chosen.Add(block);
        _addresses.Add(block.Address);
        _instructions += block.Instructions;
        _calls += Calls(block);
        _accesses += Accesses(block);
    }

    // A jump that leaves the address after it somewhere: in a register, on the stack.
    private static bool IsCall(Block block)
    {
        var operations = block.Exact;
        if (!(operations[^1].Code == IrOpcode.Goto && operations[^1].Immediate != block.End) && operations[^1].Code != IrOpcode.GotoIndirect)
            return false;
        for (int i = operations.Length - 2; i >= 0 && operations[i].Ordinal == operations[^1].Ordinal; i--)
        {
            if (operations[i].Code == IrOpcode.Move && operations[i].B == 0 && operations[i].Immediate == block.End)
                return true;
        }
        return false;
    }

    private static int Accesses(Block block)
    {
        int accesses = 0;
        foreach (ref readonly var operation in block.Exact)
            accesses += operation.IsLoad || operation.IsStore || operation.Code == IrOpcode.ProbeWrite ? 1 : 0;
        return accesses;
    }

    private static int Calls(Block block)
    {
        int calls = 0;
        foreach (ref readonly var operation in block.Exact)
            calls += operation.Code == IrOpcode.Call ? 1 : 0;
        return calls;
    }

    private static unsafe bool IsHot(Block block) => block.Entry->Reduced != null;
}
