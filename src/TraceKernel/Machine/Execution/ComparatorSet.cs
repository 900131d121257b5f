using System.Runtime.InteropServices;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// The comparators in force out of a CPU's list, of those that compare some kinds of access; each keeps its number in that list.
/// </summary>
internal sealed class ComparatorSet(Access kinds)
{
    private readonly List<(int Number, DebugComparator Comparator)> _active = [];

    /// <summary>Those in force, and their numbers.</summary>
    public ReadOnlySpan<(int Number, DebugComparator Comparator)> Active => CollectionsMarshal.AsSpan(_active);

    public bool IsEmpty => _active.Count == 0;

    /// <summary>Whether those of <paramref name="comparators"/> are in force already.</summary>
    public bool AreInForce(ReadOnlySpan<DebugComparator> comparators)
    {
        int next = 0;
        for (int i = 0; i < comparators.Length; i++)
        {
            if (!Concerns(comparators[i]))
                continue;
            if (next == _active.Count || _active[next] != (i, comparators[i]))
                return false;
            next++;
        }
        return next == _active.Count;
    }

    /// <summary>Puts those of <paramref name="comparators"/> in force instead of all others.</summary>
    public void Replace(ReadOnlySpan<DebugComparator> comparators)
    {
        _active.Clear();
        for (int i = 0; i < comparators.Length; i++)
        {
            if (Concerns(comparators[i]))
                _active.Add((i, comparators[i]));
        }
    }

    private bool Concerns(in DebugComparator comparator) => comparator.Length > 0 && (comparator.Access & kinds) != 0;
}
