using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Files;

/// <summary>A lock that is asked for: flock(2) by an open file, fcntl(2) by a process, known by its descriptors.</summary>
/// <param name="Owner">An <see cref="OpenFile"/> or a <see cref="FileTable"/>.</param>
/// <param name="Pid">What F_GETLK tells others; −1 for flock(2).</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Last byte.</param>
internal sealed record LockRequest(object Owner, int Pid, bool IsExclusive, long Start, long End)
{
    public bool Overlaps(LockRequest other) => Start <= other.End && other.Start <= End;

    public bool ConflictsWith(LockRequest other) => other.Owner != Owner && (IsExclusive || other.IsExclusive) && Overlaps(other);
}

/// <summary>struct lockf: the advisory locks of one file, those of flock(2) and fcntl(2) together, as kern_lockf.c keeps them.</summary>
internal sealed class AdvisoryLocks(Kernel kernel)
{
    private readonly List<LockRequest> _held = [];

    /// <summary>The first lock in the way, in the order of their bytes; null: none is.</summary>
    public LockRequest? Blocker(LockRequest wanted)
    {
        LockRequest? first = null;
        foreach (var held in _held)
            if (wanted.ConflictsWith(held) && (first is null || held.Start < first.Start)) first = held;
        return first;
    }

    /// <summary>Takes it in place of what the owner has there; EAGAIN when others are in the way, ENOLCK when there are too many.</summary>
    public Errno TryLock(LockRequest wanted)
    {
        if (Blocker(wanted) is not null) return Errno.EAGAIN;
        // Cutting a hole may make two of one.
        if (kernel.LockedRegions.Taken + 2 > kernel.LockedRegions.Maximum) return Errno.ENOLCK;
        var before = _held.Count;
        var gaveUp = Carve(wanted.Owner, wanted.Start, wanted.End);
        _held.Add(Joined(wanted));
        kernel.LockedRegions.Return(before - _held.Count);
        if (gaveUp && !wanted.IsExclusive) kernel.Wakeup(this);
        return Errno.None;
    }

    /// <summary>Gives up what an owner has of a range.</summary>
    public void Unlock(object owner, long start = 0, long end = long.MaxValue)
    {
        var before = _held.Count;
        if (Carve(owner, start, end)) kernel.Wakeup(this);
        kernel.LockedRegions.Return(before - _held.Count);
    }

    /// <summary>Takes it, sleeping while others are in the way. EDEADLK when they wait for the owner.</summary>
    public async ValueTask<Errno> Lock(Lwp lwp, LockRequest wanted)
    {
        var waiting = kernel.FileSystem.LockWaiters;
        Errno error;
        while ((error = TryLock(wanted)) == Errno.EAGAIN)
        {
            if (WouldDeadlock(wanted, waiting)) return Errno.EDEADLK;
            // lf_setlock: who waits for an exclusive flock(2) keeps no shared one.
            if (wanted.Owner is OpenFile) Unlock(wanted.Owner);
            waiting.Add((this, wanted));
            error = await lwp.SleepDeferringStops(this, "lockf");
            waiting.Remove((this, wanted));
            if (error != Errno.None) return error;
        }
        return error;
    }

    /// <summary>Whether those in the way wait, through however many others, for what the owner holds.</summary>
    private bool WouldDeadlock(LockRequest wanted, IReadOnlyList<(AdvisoryLocks Locks, LockRequest Wanted)> waiting)
    {
        var seen = new HashSet<object>();
        var owners = new Stack<object>();
        PushBlockers(wanted, owners);
        while (owners.TryPop(out var owner))
        {
            if (owner == wanted.Owner) return true;
            if (!seen.Add(owner)) continue;
            foreach (var (locks, next) in waiting)
                if (next.Owner == owner) locks.PushBlockers(next, owners);
        }
        return false;
    }

    private void PushBlockers(LockRequest wanted, Stack<object> owners)
    {
        foreach (var held in _held)
            if (wanted.ConflictsWith(held)) owners.Push(held.Owner);
    }

    /// <summary>Cuts a range out of what an owner holds; true when there was anything.</summary>
    private bool Carve(object owner, long start, long end)
    {
        var found = false;
        for (var index = _held.Count - 1; index >= 0; index--)
        {
            var held = _held[index];
            if (held.Owner != owner || held.Start > end || held.End < start) continue;
            found = true;
            _held.RemoveAt(index);
            if (held.Start < start) _held.Add(held with { End = start - 1 });
            if (held.End > end) _held.Add(held with { Start = end + 1 });
        }
        return found;
    }

    /// <summary>One region with the owner's neighbours of the same kind, which are taken out.</summary>
    private LockRequest Joined(LockRequest wanted)
    {
        for (var index = _held.Count - 1; index >= 0; index--)
        {
            var held = _held[index];
            if (held.Owner != wanted.Owner || held.IsExclusive != wanted.IsExclusive) continue;
            if (held.End != wanted.Start - 1 && (wanted.End == long.MaxValue || held.Start != wanted.End + 1)) continue;
            wanted = wanted with { Start = Math.Min(held.Start, wanted.Start), End = Math.Max(held.End, wanted.End) };
            _held.RemoveAt(index);
        }
        return wanted;
    }
}
