using System.Collections;

namespace TraceKernel.Vm;

/// <summary>
/// The entries of a map in the order of their addresses: a balanced tree in which every subtree knows its number of entries and its widest
/// gap. All operations take time proportional to the logarithm of the number of entries (vm_map.c keeps max_free for the same end).
/// </summary>
internal sealed class VmEntryTree : IReadOnlyList<VmEntry>
{
    private Node? _root;
    // The priorities only balance the tree; no result depends on them.
    private uint _priority = 2463534242;

    /// <summary>Entries in the tree.</summary>
    public int Count => CountOf(_root);

    /// <summary>The entry with so many entries below it.</summary>
    public VmEntry this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            var node = _root!;
            for (; ; )
            {
                int below = CountOf(node.Left);
                if (index == below)
                    return node.Entry;
                node = index < below ? node.Left! : node.Right!;
                index -= index < below ? 0 : below + 1;
            }
        }
    }

    /// <summary>The first entry that ends after an address; null when there is none.</summary>
    public VmEntry? AtOrAfter(ulong address)
    {
        VmEntry? found = null;
        for (var node = _root; node is not null;)
        {
            if (node.Entry.End > address)
                found = node.Entry;
            node = node.Entry.End > address ? node.Left : node.Right;
        }
        return found;
    }

    /// <summary>Index of the first entry that ends after an address.</summary>
    public int IndexAtOrAfter(ulong address)
    {
        int index = 0;
        for (var node = _root; node is not null;)
        {
            if (node.Entry.End > address)
            {
                node = node.Left;
                continue;
            }
            index += CountOf(node.Left) + 1;
            node = node.Right;
        }
        return index;
    }

    /// <summary>
    /// vm_map_findspace: the lowest address, not below <paramref name="from"/>, at which <paramref name="length"/> bytes are free before
    /// the next entry. The end of the address space is not looked at.
    /// </summary>
    public ulong FindSpace(ulong from, ulong length)
    {
        if (AtOrAfter(from) is not { } next || (next.Start >= from && next.Start - from >= length))
            return from;
        return TryFindGap(_root, from, length, out ulong start) ? start : _root!.End;
    }

    /// <summary>Puts an entry before the one that has the index now.</summary>
    public void Insert(int index, VmEntry entry)
    {
        _priority ^= _priority << 13;
        _priority ^= _priority >> 17;
        _priority ^= _priority << 5;
        var (below, above) = Divide(_root, index);
        _root = Join(Join(below, new Node(entry, _priority)), above);
    }

    /// <summary>Takes <paramref name="count"/> entries out, from an index on.</summary>
    public void RemoveRange(int index, int count)
    {
        var (below, rest) = Divide(_root, index);
        _root = Join(below, Divide(rest, count).Above);
    }

    /// <summary>After a change of an entry's borders: brings the gaps on the way to it up to date.</summary>
    public void Resized(VmEntry entry) => Update(_root, entry);

    /// <inheritdoc/>
    public IEnumerator<VmEntry> GetEnumerator()
    {
        var pending = new Stack<Node>();
        for (var node = _root; node is not null || pending.Count > 0; node = node.Right)
        {
            for (; node is not null; node = node.Left)
                pending.Push(node);
            node = pending.Pop();
            yield return node.Entry;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static int CountOf(Node? node) => node?.Count ?? 0;

    /// <summary>The first gap between two entries of a subtree that begins after an address and is wide enough.</summary>
    private static bool TryFindGap(Node? node, ulong after, ulong length, out ulong start)
    {
        start = 0;
        if (node is null || node.WidestGap < length || node.End <= after)
            return false;
        if (TryFindGap(node.Left, after, length, out start))
            return true;
        if (node.Left is { } left && left.End > after && node.Entry.Start - left.End >= length)
        {
            start = left.End;
            return true;
        }
        if (node.Right is { } right && node.Entry.End > after && right.Start - node.Entry.End >= length)
        {
            start = node.Entry.End;
            return true;
        }
        return TryFindGap(node.Right, after, length, out start);
    }

    private static (Node? Below, Node? Above) Divide(Node? node, int index)
    {
        if (node is null)
            return default;
        int below = CountOf(node.Left);
        if (index <= below)
        {
            var (first, second) = Divide(node.Left, index);
            node.Left = second;
            node.Update();
            return (first, node);
        }
        var (third, fourth) = Divide(node.Right, index - below - 1);
        node.Right = third;
        node.Update();
        return (node, fourth);
    }

    private static Node? Join(Node? below, Node? above)
    {
        if (below is null || above is null)
            return below ?? above;
        if (below.Priority > above.Priority)
        {
            below.Right = Join(below.Right, above);
            below.Update();
            return below;
        }
        above.Left = Join(below, above.Left);
        above.Update();
        return above;
    }

    private static void Update(Node? node, VmEntry entry)
    {
        if (node is null)
            return;
        if (node.Entry != entry)
            Update(entry.Start < node.Entry.Start ? node.Left : node.Right, entry);
        node.Update();
    }

    private sealed class Node
    {
        public Node(VmEntry entry, uint priority)
        {
            Entry = entry;
            Priority = priority;
            Update();
        }

        public readonly VmEntry Entry;
        public readonly uint Priority;
        public Node? Left, Right;

        /// <summary>Entries in the subtree.</summary>
        public int Count { get; private set; }

        /// <summary>Where the first entry of the subtree begins.</summary>
        public ulong Start { get; private set; }

        /// <summary>Where the last entry of the subtree ends.</summary>
        public ulong End { get; private set; }

        /// <summary>Bytes of the widest gap between two entries of the subtree.</summary>
        public ulong WidestGap { get; private set; }

        public void Update()
        {
            Count = CountOf(Left) + CountOf(Right) + 1;
            Start = Left?.Start ?? Entry.Start;
            End = Right?.End ?? Entry.End;
            ulong below = Left is null ? 0 : Math.Max(Left.WidestGap, Entry.Start - Left.End);
            ulong above = Right is null ? 0 : Math.Max(Right.WidestGap, Right.Start - Entry.End);
            WidestGap = Math.Max(below, above);
        }
    }
}
