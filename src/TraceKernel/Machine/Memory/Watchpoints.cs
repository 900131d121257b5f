using TraceKernel.Machine.Execution;

namespace TraceKernel.Machine.Memory;

/// <summary>The data comparators in force, exact to the byte, and their hits so far.</summary>
internal sealed class Watchpoints
{
    private readonly List<(int Number, DebugComparator Comparator)> _active = [];

    /// <summary>Bit n: comparator n matched an access.</summary>
    public uint Hits { get; set; }

    public bool Any => _active.Count > 0;

    /// <summary>The data comparators in force and their numbers.</summary>
    public IReadOnlyList<(int Number, DebugComparator Comparator)> Active => _active;

    /// <summary>Whether the data comparators of <paramref name="comparators"/> are those in force.</summary>
    public bool AreInForce(ReadOnlySpan<DebugComparator> comparators)
    {
        int next = 0;
        for (int i = 0; i < comparators.Length; i++)
        {
            if (!IsData(comparators[i]))
                continue;
            if (next == _active.Count || _active[next] != (i, comparators[i]))
                return false;
            next++;
        }
        return next == _active.Count;
    }

    /// <summary>Puts the data comparators of <paramref name="comparators"/> in force, numbered by position.</summary>
    public void Replace(ReadOnlySpan<DebugComparator> comparators)
    {
        _active.Clear();
        for (int i = 0; i < comparators.Length; i++)
        {
            if (IsData(comparators[i]))
                _active.Add((i, comparators[i]));
        }
    }

    /// <summary>The kinds of access to <paramref name="length"/> bytes from <paramref name="start"/> that would hit.</summary>
    public Access Watched(ulong start, ulong length)
    {
        var kinds = Access.None;
        foreach (var (_, comparator) in _active)
        {
            if (Overlaps(comparator, start, length))
                kinds |= comparator.Access;
        }
        return kinds;
    }

    /// <summary>Takes note of an access.</summary>
    public void Note(ulong address, ulong length, Access access)
    {
        foreach (var (number, comparator) in _active)
        {
            if ((comparator.Access & access) != 0 && Overlaps(comparator, address, length))
                Hits |= 1u << number;
        }
    }

    private static bool IsData(in DebugComparator comparator) => comparator.Length > 0 && (comparator.Access & Access.ReadWrite) != 0;

    // In offsets, so that ranges that end at the top of the address space compare right.
    private static bool Overlaps(in DebugComparator comparator, ulong start, ulong length) =>
        start - comparator.Address < (ulong)comparator.Length || comparator.Address - start < length;
}
