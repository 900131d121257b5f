using TraceKernel.Abi;

namespace TraceKernel.Signals;

/// <summary>sigqueue_t: pending signals of a process or thread, with a siginfo each or as a bare bit.</summary>
public sealed class SignalQueue
{
    private readonly List<Entry> _entries = [];
    /// <summary>Pending without siginfo (sq_kill: SIGKILL, SIGSTOP, and what overflowed).</summary>
    private sigset _bare;
    /// <summary>Injected by a debugger when the queue was full (sq_ptrace).</summary>
    private sigset _injected;

    /// <param name="Injected">KSI_PTRACE: given by a debugger, not to be reported again.</param>
    /// <param name="Record">The record of a sender that must know whether it is queued (KSI_EXT).</param>
    private readonly record struct Entry(siginfo Info, bool Injected, SignalRecord? Record = null);

    /// <summary>Every number that is pending here.</summary>
    public sigset Pending { get; private set; }

    /// <summary>Records with siginfo, counted against the per-process limit.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds a record, at the head when a debugger's stop gives it back.</summary>
    public void Add(in siginfo info, bool injected = false, bool atHead = false)
    {
        _entries.Insert(atHead ? 0 : _entries.Count, new Entry(info, injected));
        Pending = Pending.With(info.si_signo);
    }

    /// <summary>Adds the record of a sender that keeps it; it must not be queued yet (KSI_INS).</summary>
    internal void Add(SignalRecord record, in siginfo info)
    {
        record.Queue = this;
        _entries.Add(new Entry(info, false, record));
        Pending = Pending.With(info.si_signo);
    }

    /// <summary>sigqueue_take: the sender takes its record back.</summary>
    internal void Remove(SignalRecord record)
    {
        var index = _entries.FindIndex(entry => entry.Record == record);
        var signal = _entries[index].Info.si_signo;
        RemoveAt(index);
        Recount(signal);
    }

    /// <summary>Gives back what was taken, to be the next of its number; SIGKILL and SIGSTOP are bits only.</summary>
    public void Requeue(in siginfo info, bool injected = false)
    {
        if (info.si_signo is Abi.Signals.SIGKILL or Abi.Signals.SIGSTOP) AddBare(info.si_signo);
        else Add(info, injected, atHead: true);
    }

    /// <summary>Makes a number pending without siginfo.</summary>
    public void AddBare(int signal, bool injected = false)
    {
        if (injected) _injected = _injected.With(signal);
        else _bare = _bare.With(signal);
        Pending = Pending.With(signal);
    }

    /// <summary>sigqueue_get: takes the next instance of a number; order: debugger's bit, bare bit, then first in first out.</summary>
    public bool TryTake(int signal, out siginfo info, out bool injected)
    {
        info = new siginfo { si_signo = signal };
        injected = false;
        if (!Pending.Contains(signal)) return false;
        if (_injected.Contains(signal))
        {
            _injected = _injected.Without(signal);
            injected = true;
        }
        else if (_bare.Contains(signal))
        {
            _bare = _bare.Without(signal);
        }
        else
        {
            var index = IndexOf(signal);
            (info, injected) = (_entries[index].Info, _entries[index].Injected);
            RemoveAt(index);
        }
        Recount(signal);
        return true;
    }

    /// <summary>sigqueue_delete: every instance of a number.</summary>
    public void Delete(int signal)
    {
        if (!Pending.Contains(signal)) return;
        for (var index = _entries.Count - 1; index >= 0; index--)
            if (_entries[index].Info.si_signo == signal) RemoveAt(index);
        _bare = _bare.Without(signal);
        _injected = _injected.Without(signal);
        Pending = Pending.Without(signal);
    }

    /// <summary>sigqueue_delete_set.</summary>
    public void Delete(sigset signals)
    {
        for (var rest = Pending & signals; !rest.IsEmpty; rest = rest.Without(rest.First)) Delete(rest.First);
    }

    /// <summary>Deletes the SIGCHLD record of one child.</summary>
    public void DeleteChild(int pid)
    {
        if (!Pending.Contains(Abi.Signals.SIGCHLD)) return;
        for (var index = _entries.Count - 1; index >= 0; index--)
            if (_entries[index].Info is { si_signo: Abi.Signals.SIGCHLD } info && info.si_pid == pid) RemoveAt(index);
        Recount(Abi.Signals.SIGCHLD);
    }

    /// <summary>sigqueue_move_set: everything of <paramref name="signals"/> to another queue.</summary>
    public void MoveTo(SignalQueue other, sigset signals)
    {
        for (var rest = Pending & signals; !rest.IsEmpty; rest = rest.Without(rest.First))
        {
            var signal = rest.First;
            foreach (var entry in _entries)
            {
                if (entry.Info.si_signo != signal) continue;
                other._entries.Add(entry);
                other.Pending = other.Pending.With(signal);
                if (entry.Record is { } record) record.Queue = other;
            }
            _entries.RemoveAll(entry => entry.Info.si_signo == signal);
            if (_bare.Contains(signal)) other.AddBare(signal);
            if (_injected.Contains(signal)) other.AddBare(signal, injected: true);
            Delete(signal);
        }
    }

    public void Clear()
    {
        while (_entries.Count > 0) RemoveAt(_entries.Count - 1);
        Pending = _bare = _injected = default;
    }

    private void RemoveAt(int index)
    {
        if (_entries[index].Record is { } record) record.Queue = null;
        _entries.RemoveAt(index);
    }

    private void Recount(int signal)
    {
        if (!_bare.Contains(signal) && !_injected.Contains(signal) && IndexOf(signal) < 0) Pending = Pending.Without(signal);
    }

    /// <summary>Where the first record of a number is; −1: nowhere. Without a delegate: a debugger's every step passes here.</summary>
    private int IndexOf(int signal)
    {
        for (var index = 0; index < _entries.Count; index++)
            if (_entries[index].Info.si_signo == signal) return index;
        return -1;
    }
}

/// <summary>
/// The ksiginfo_t that a timer, an asynchronous transfer or a message queue owns (KSI_EXT): it is in one queue at most, and its owner can take it back.
/// </summary>
internal sealed class SignalRecord
{
    /// <summary>ksi_sigq: the queue that it is in; null when it is in none.</summary>
    public SignalQueue? Queue { get; set; }

    /// <summary>KSI_ONQ.</summary>
    public bool IsQueued => Queue is not null;

    /// <summary>sigqueue_take.</summary>
    public void TakeBack() => Queue?.Remove(this);
}
