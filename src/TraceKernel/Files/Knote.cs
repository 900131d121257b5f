using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>struct knote: one thing that a kqueue watches for.</summary>
internal sealed class Knote(Kqueue queue, KqueueFilter filter, OpenFile? file, in kevent change)
{
    /// <summary>kn_kevent: what will be reported.</summary>
    public kevent Event = change with
    {
        fflags = 0, data = 0,
        flags = (ushort)(change.flags & ~(Kevents.EV_ADD | Kevents.EV_DELETE | Kevents.EV_ENABLE | Kevents.EV_DISABLE | Kevents.EV_FORCEONESHOT)),
    };

    public Kqueue Queue => queue;
    public KqueueFilter Filter => filter;

    /// <summary>The open file of a descriptor's filter.</summary>
    public OpenFile? File => file;

    /// <summary>kn_sfflags: the events asked for.</summary>
    public uint WantedFlags { get; set; } = change.fflags;

    /// <summary>kn_sdata: the argument given.</summary>
    public long WantedData { get; set; } = change.data;

    /// <summary>KN_ACTIVE: it has happened.</summary>
    public bool IsActive { get; set; }

    /// <summary>KN_DISABLED: remembered, not reported.</summary>
    public bool IsDisabled { get; set; } = (change.flags & Kevents.EV_DISABLE) != 0;

    /// <summary>KN_QUEUED: it stands in line to be reported.</summary>
    public bool IsQueued { get; set; }

    /// <summary>What the filter keeps: the process, the timer, the transfer, whether a user event was triggered.</summary>
    public object? Attachment { get; set; }

    public bool Has(ushort flag) => (Event.flags & flag) != 0;
}

/// <summary>struct knlist: the notes of one file or process.</summary>
internal sealed class KnoteList
{
    private readonly List<Knote> _notes = [];

    public void Add(Knote note) => _notes.Add(note);
    public void Remove(Knote note) => _notes.Remove(note);

    /// <summary>The notes of now: reporting to one may remove it.</summary>
    public IReadOnlyList<Knote> Snapshot => _notes.ToArray();

    /// <summary>KNOTE: something has happened; the filters judge whether it matters.</summary>
    /// <param name="hint">What has; 0: look.</param>
    public void Post(long hint)
    {
        if (_notes.Count == 0) return;
        foreach (var note in Snapshot) note.Queue.Post(note, hint);
    }
}
