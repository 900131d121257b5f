using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>Who holds the flock(2) of a file: open files, which processes may share. kern_lockf.c, F_FLOCK.</summary>
internal sealed class AdvisoryLock(Kernel kernel)
{
    private readonly List<OpenFile> _holders = [];
    private bool _isExclusive;

    /// <summary>Takes it, in place of what this open file holds; EAGAIN when others are in the way.</summary>
    public Errno TryLock(OpenFile file, bool exclusive)
    {
        foreach (var holder in _holders)
            if (holder != file && (exclusive || _isExclusive)) return Errno.EAGAIN;
        if (!_holders.Contains(file)) _holders.Add(file);
        var wasExclusive = _isExclusive;
        _isExclusive = exclusive;
        if (wasExclusive && !exclusive) kernel.Wakeup(this);
        return Errno.None;
    }

    /// <summary>Gives up what an open file may hold.</summary>
    public void Unlock(OpenFile file)
    {
        if (_holders.Remove(file)) kernel.Wakeup(this);
    }
}
