using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace TraceKernel.Machine.Memory;

/// <summary>One present page of an address space.</summary>
internal struct PageEntry
{
    public Frame? Frame;
    public Access Access;
    /// <summary>Translations of its bytes are kept: writes are reported.</summary>
    public bool HoldsCode;
}

/// <summary>The pages present in an address space: a sparse table of 2 MB leaves, like the hardware's own.</summary>
internal sealed class PageTable
{
    private const int LeafPages = 512;
    private const int LeafShift = 21;

    private readonly Dictionary<ulong, Leaf> _leaves = [];
    private Leaf? _recent;

    /// <summary>The entry of a present page, or a null reference.</summary>
    public ref PageEntry Find(ulong address)
    {
        if (TryLeaf(address, out var leaf))
        {
            ref var entry = ref leaf[address];
            if (entry.Frame is not null)
                return ref entry;
        }
        return ref Unsafe.NullRef<PageEntry>();
    }

    /// <summary>The entry of a page, present from now on: the caller gives it a frame.</summary>
    public ref PageEntry Add(ulong address)
    {
        if (!TryLeaf(address, out var leaf))
        {
            leaf = new Leaf(address >> LeafShift);
            _leaves.Add(leaf.Number, leaf);
        }
        ref var entry = ref leaf[address];
        if (entry.Frame is null)
            leaf.Present++;
        return ref entry;
    }

    /// <summary>Makes a present page absent.</summary>
    public void Delete(ulong address)
    {
        if (!TryLeaf(address, out var leaf))
            return;
        leaf[address] = default;
        if (--leaf.Present == 0)
        {
            _leaves.Remove(leaf.Number);
            _recent = null;
        }
    }

    /// <summary>Appends the present pages of a range to <paramref name="pages"/>, in time proportional to what is there.</summary>
    public void Collect(ulong start, ulong end, List<ulong> pages)
    {
        if (start >= end)
            return;
        ulong first = start >> LeafShift, last = (end - 1) >> LeafShift;
        if (last - first < (ulong)_leaves.Count)
        {
            for (ulong number = first; number <= last; number++)
            {
                if (_leaves.TryGetValue(number, out var leaf))
                    leaf.Collect(start, end, pages);
            }
            return;
        }
        foreach (var leaf in _leaves.Values)
            leaf.Collect(start, end, pages);
    }

    /// <summary>Some present page with all of some rights that holds no code and suits.</summary>
    public bool TryFind(Access access, Predicate<ulong> suits, out ulong page)
    {
        foreach (var leaf in _leaves.Values)
        {
            if (leaf.TryFind(access, suits, out page))
                return true;
        }
        page = 0;
        return false;
    }

    private bool TryLeaf(ulong address, [NotNullWhen(true)] out Leaf? leaf)
    {
        leaf = _recent;
        if (leaf is not null && leaf.Number == address >> LeafShift)
            return true;
        if (!_leaves.TryGetValue(address >> LeafShift, out leaf))
            return false;
        _recent = leaf;
        return true;
    }

    private sealed class Leaf(ulong number)
    {
        private readonly PageEntry[] _entries = new PageEntry[LeafPages];

        public ulong Number { get; } = number;

        public int Present { get; set; }

        public ref PageEntry this[ulong address] => ref _entries[(address >> 12) & (LeafPages - 1)];

        public bool TryFind(Access access, Predicate<ulong> suits, out ulong page)
        {
            for (int i = 0; i < LeafPages; i++)
            {
                page = (Number << LeafShift) + ((ulong)i << 12);
                if (_entries[i].Frame is { CodeViews: 0 } && (_entries[i].Access & access) == access && page != 0 && suits(page))
                    return true;
            }
            page = 0;
            return false;
        }

        public void Collect(ulong start, ulong end, List<ulong> pages)
        {
            for (int i = 0; i < LeafPages; i++)
            {
                ulong page = (Number << LeafShift) + ((ulong)i << 12);
                if (_entries[i].Frame is not null && page >= start && page < end)
                    pages.Add(page);
            }
        }
    }
}
