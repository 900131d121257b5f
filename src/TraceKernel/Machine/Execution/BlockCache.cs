using System.Diagnostics;
using System.Runtime.CompilerServices;
using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// The blocks lifted from one address space. Writes drop exactly the blocks whose bytes they touch; those are kept by content, so that a
/// removed breakpoint brings the old block back.
/// </summary>
internal sealed unsafe class BlockCache
{
    private const int MaximumInstructions = 64;
    private const int MaximumOperations = 1 << 20;
    private const int MaximumDropped = 4096;
    private const int IndirectEntries = 1024;

    private readonly InstructionSet _instructionSet;
    private readonly AddressSpace _memory;
    private readonly IrBuilder _builder;
    private readonly Optimizer _optimizer;
    private readonly Verifier _verifier;
    private readonly Dictionary<ulong, Block> _byAddress = [];
    private readonly Dictionary<ulong, List<Block>> _byPage = [];
    private readonly Dictionary<ulong, List<Block>> _dropped = [];
    private readonly List<Block> _blocks = [];
    private readonly byte[] _code;
    private readonly ushort[] _offsets = new ushort[MaximumInstructions];

    // Targets of computed jumps, found by the low bits of the address.
    private readonly IndirectTarget[] _indirect = GC.AllocateArray<IndirectTarget>(IndirectEntries, pinned: true);
    private int _operations;
    private int _droppedBlocks;

    public BlockCache(InstructionSet instructionSet, AddressSpace memory)
    {
        _instructionSet = instructionSet;
        _memory = memory;
        _builder = new IrBuilder(instructionSet.Registers);
        _optimizer = new Optimizer(instructionSet.Registers);
        _verifier = new Verifier(instructionSet.Registers);
        _code = new byte[MaximumInstructions * instructionSet.MaximumInstructionLength];
    }

    /// <summary>Blocks lifted so far; those that came back by content were not lifted again.</summary>
    public long Lifts { get; private set; }

    /// <summary>Raised when a block is dropped, or (null) all are; whoever executes must look before the next instruction.</summary>
    public Action<Block?>? Dropped { get; set; }

    /// <summary>Raised when a block that was dropped is back.</summary>
    public Action<Block>? Revived { get; set; }

    public Block this[BlockEntry* entry] => _blocks[entry->Index];

    public IndirectTarget* Indirect => (IndirectTarget*)Unsafe.AsPointer(ref _indirect[0]);

    /// <summary>The place where a computed jump to <paramref name="address"/> looks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IndirectTarget* IndirectOf(IndirectTarget* table, ulong address) => table + ((address ^ (address >> 10)) & (IndirectEntries - 1));

    /// <summary>The block that begins at an address, lifted if need be; null when its first instruction cannot be fetched whole.</summary>
    /// <param name="missing">Then, the first byte that cannot.</param>
    public Block? Find(ulong address, out ulong missing)
    {
        missing = 0;
        if (_byAddress.TryGetValue(address, out var block))
            return block;
        if (_operations > MaximumOperations || _droppedBlocks > MaximumDropped || !_memory.Code.HasRoom())
            Clear();
        int fetched = _memory.Fetch(address, Window(address));
        var revived = Revive(address, fetched);
        block = revived ?? Lift(address, fetched);
        if (block is null)
            missing = address + (ulong)fetched;
        else
            Register(block);
        if (revived is not null)
            Revived?.Invoke(revived);
        return block;
    }

    /// <summary>The block that begins at an address, if it is lifted and up to date.</summary>
    public Block? FindLifted(ulong address) => _byAddress.GetValueOrDefault(address);

    /// <summary>A block of which an instruction begins at an address, perhaps not the first.</summary>
    public Block? FindContaining(ulong address)
    {
        if (_byPage.TryGetValue(address & Translation.PageMask, out var blocks))
        {
            foreach (var block in blocks)
            {
                if (block.OrdinalOf(address) >= 0)
                    return block;
            }
        }
        return null;
    }

    /// <summary>Gives a block its reduced list.</summary>
    public void Reduce(Block block)
    {
        _operations -= block.Operations;
        _memory.Code.Add(-block.Bytes);
        block.Reduce(_optimizer);
        _operations += block.Operations;
        _memory.Code.Add(block.Bytes);
    }

    /// <summary>Lets an exit go straight to the block at its target.</summary>
    public void Link(MicroOperation* exit, Block target)
    {
        if (exit->Code == IrOpcode.GotoIndirect)
            *IndirectOf(Indirect, target.Address) = new IndirectTarget { Address = target.Address, Entry = target.Entry };
        else if (exit->Link == null)
        {
            exit->Link = target.Entry;
            target.Incoming.Add((nint)exit);
        }
    }

    /// <summary>Cuts all links between blocks.</summary>
    public void UnlinkAll()
    {
        foreach (var block in _blocks)
            Unlink(block);
        Array.Clear(_indirect);
    }

    /// <summary>Drops the blocks that have bytes in a range.</summary>
    public void Drop(ulong address, int length)
    {
        ulong last = (address + (ulong)length - 1) & Translation.PageMask;
        for (ulong page = address & Translation.PageMask; page <= last; page += Frame.Size)
        {
            if (!_byPage.TryGetValue(page, out var blocks))
                continue;
            for (int i = blocks.Count - 1; i >= 0; i--)
            {
                if (blocks[i].Overlaps(address, length))
                    Drop(blocks[i]);
            }
        }
    }

    private Span<byte> Window(ulong address)
    {
        // A block lies in two pages at most.
        ulong room = (address & Translation.PageMask) + 2 * Frame.Size - address;
        return _code.AsSpan(0, (int)Math.Min((ulong)_code.Length, room));
    }

    private Block? Revive(ulong address, int fetched)
    {
        if (!_dropped.TryGetValue(address, out var candidates))
            return null;
        foreach (var block in candidates)
        {
            if (!_code.AsSpan(0, fetched).StartsWith(block.Code))
                continue;
            candidates.Remove(block);
            _droppedBlocks--;
            return block;
        }
        return null;
    }

    private Block? Lift(ulong address, int fetched)
    {
        _builder.Clear();
        int length = 0, count = 0;
        bool isCut = fetched == Window(address).Length;
        while (count < MaximumInstructions && !(isCut && count > 0 && fetched - length < _instructionSet.MaximumInstructionLength))
        {
            int before = _builder.Operations.Count;
            int step = fetched == length ? 0 : _instructionSet.Lift(_builder, address + (ulong)length, _code.AsSpan(length, fetched - length));
            if (step == 0)
            {
                _builder.Truncate(before);
                break;
            }
            _offsets[count++] = (ushort)length;
            length += step;
            if (_builder.IsClosed)
                break;
        }
        if (count == 0)
            return null;
        Verify();
        Lifts++;
        var block = new Block(address, _code[..length], _offsets[..count], _builder.Operations, _instructionSet);
        block.Entry->Index = _blocks.Count;
        _blocks.Add(block);
        _operations += block.Operations;
        _memory.Code.Add(block.Bytes);
        return block;
    }

    [Conditional("DEBUG")]
    private void Verify()
    {
        if (_verifier.Check(_builder.Operations) is { } error)
            throw new InvalidOperationException($"bad IR at {_builder.Operations[0].Immediate:x}: {error}");
    }

    private void Register(Block block)
    {
        block.IsLive = true;
        _byAddress.Add(block.Address, block);
        for (ulong page = block.Address & Translation.PageMask; page < block.End; page += Frame.Size)
        {
            if (!_byPage.TryGetValue(page, out var blocks))
                _byPage.Add(page, blocks = []);
            blocks.Add(block);
        }
        _memory.MarkCode(block.Address, block.Code.Length);
    }

    private void Drop(Block block)
    {
        block.IsLive = false;
        _byAddress.Remove(block.Address);
        for (ulong page = block.Address & Translation.PageMask; page < block.End; page += Frame.Size)
        {
            var blocks = _byPage[page];
            blocks.Remove(block);
            if (blocks.Count == 0)
            {
                _byPage.Remove(page);
                _memory.UnmarkCode(page);
            }
        }
        Unlink(block);
        var target = IndirectOf(Indirect, block.Address);
        if (target->Entry == block.Entry)
            *target = default;
        if (!_dropped.TryGetValue(block.Address, out var kept))
            _dropped.Add(block.Address, kept = []);
        kept.Add(block);
        _droppedBlocks++;
        Dropped?.Invoke(block);
    }

    /// <summary>Throws all blocks away.</summary>
    public void Clear()
    {
        foreach (var block in _blocks)
        {
            block.IsLive = false;
            _memory.Code.Add(-block.Bytes);
        }
        foreach (ulong page in _byPage.Keys)
            _memory.UnmarkCode(page);
        _byAddress.Clear();
        _byPage.Clear();
        _dropped.Clear();
        _blocks.Clear();
        Array.Clear(_indirect);
        _operations = 0;
        _droppedBlocks = 0;
        Dropped?.Invoke(null);
    }

    private static void Unlink(Block block)
    {
        foreach (nint exit in block.Incoming)
            ((MicroOperation*)exit)->Link = null;
        block.Incoming.Clear();
    }
}

/// <summary>Where a computed jump to an address leads.</summary>
internal unsafe struct IndirectTarget
{
    public ulong Address;
    public BlockEntry* Entry;
}
