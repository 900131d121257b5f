using System.Runtime.CompilerServices;
using TraceKernel.Machine.Execution;

namespace TraceKernel.Machine.Memory;

/// <summary>
/// Which frame is seen at which page, with what rights: FreeBSD's pmap. It never decides policy: what a fault means is the kernel's
/// business. Rights are exactly those entered (an architecture on which writing implies reading enters both).
/// </summary>
public sealed unsafe partial class AddressSpace : IDisposable
{
    private static long s_changes;

    private readonly PageTable _pages = new();
    private readonly Watchpoints _watchpoints = new();
    private readonly HostMemory _translationMemory = new((long)Translation.Entries * sizeof(Translation));
    private readonly List<ulong> _collected = [];
    private bool _disposed;

    /// <param name="memory">Where the frames come from that will be entered.</param>
    /// <param name="addressBits">Bits of a user address: 47 on amd64, 48 on arm64.</param>
    public AddressSpace(PhysicalMemory memory, int addressBits)
    {
        Memory = memory;
        Code = memory.Code.Open();
        AddressBits = addressBits;
        Translations = (Translation*)_translationMemory.Start;
        Forget(Translations);
    }

    public PhysicalMemory Memory { get; }

    /// <summary>The part of the machine's budget that code decoded from here takes.</summary>
    internal CodeAccount Code { get; }

    /// <summary>Bits of an address; nothing can be entered above.</summary>
    public int AddressBits { get; }

    /// <summary>
    /// Called with a range of bytes marked by <see cref="MarkCode"/>, within one page, after they were written (by anybody, through any
    /// address space), or when they can no longer be executed here.
    /// </summary>
    public Action<ulong, int>? CodeWritten { get; set; }

    /// <summary>The table that accesses look at first.</summary>
    internal Translation* Translations { get; }

    /// <summary>
    /// A number that no address space has had before whenever something that could be accessed in one go may not be any more: whoever
    /// remembers pages forgets them when it differs.
    /// </summary>
    internal long Changes { get; private set; } = Interlocked.Increment(ref s_changes);

    /// <summary>Maps a frame at a page, which takes a reference; what was there before is removed (pmap_enter).</summary>
    public void Enter(ulong page, Frame frame, Access access)
    {
        if ((page & ~Translation.PageMask) != 0 || page >> AddressBits != 0)
            throw new ArgumentOutOfRangeException(nameof(page), page, "not a page of this address space");
        ref var entry = ref _pages.Find(page);
        if (!Unsafe.IsNullRef(ref entry) && entry.Frame == frame)
        {
            ChangeAccess(page, ref entry, access);
            return;
        }
        frame.AddReference();
        if (!Unsafe.IsNullRef(ref entry))
            Remove(page);
        entry = ref _pages.Add(page);
        entry = new PageEntry { Frame = frame, Access = access };
        frame.AddView(this, page);
    }

    /// <summary>Removes the mappings of the pages from <paramref name="start"/> up to <paramref name="end"/> (pmap_remove).</summary>
    public void Remove(ulong start, ulong end)
    {
        foreach (ulong page in Collect(start, end))
            Remove(page);
    }

    /// <summary>Takes from the present pages of a range all rights not in <paramref name="access"/> (pmap_protect).</summary>
    public void Protect(ulong start, ulong end, Access access)
    {
        foreach (ulong page in Collect(start, end))
        {
            ref var entry = ref _pages.Find(page);
            ChangeAccess(page, ref entry, entry.Access & access);
        }
    }

    /// <summary>The frame at an address and its rights; null when there is none.</summary>
    public Frame? Lookup(ulong address, out Access access)
    {
        ref var entry = ref _pages.Find(address);
        if (Unsafe.IsNullRef(ref entry))
        {
            access = Access.None;
            return null;
        }
        access = entry.Access;
        return entry.Frame;
    }

    /// <summary>
    /// Puts the data comparators of whoever runs now in force, numbered by position; others in the list are ignored. Hits come from typed
    /// accesses (the program's own), not from <see cref="TryRead"/> and <see cref="TryWrite"/> (the kernel's).
    /// </summary>
    public void Watch(ReadOnlySpan<DebugComparator> comparators)
    {
        if (_watchpoints.Comparators.AreInForce(comparators))
            return;
        ForgetWatched();
        _watchpoints.Comparators.Replace(comparators);
        ForgetWatched();
    }

    /// <summary>Whether there is anything for <see cref="TakeHits"/>.</summary>
    public bool HasHits => _watchpoints.Hits != 0;

    /// <summary>Bit n: comparator n was hit since the last call.</summary>
    public uint TakeHits()
    {
        uint hits = _watchpoints.Hits;
        _watchpoints.Hits = 0;
        return hits;
    }

    /// <summary>From now on, writes to the pages of these bytes are reported through <see cref="CodeWritten"/>.</summary>
    public void MarkCode(ulong address, int length)
    {
        for (ulong page = address & Translation.PageMask; page < address + (ulong)length; page += Frame.Size)
        {
            ref var entry = ref _pages.Find(page);
            if (Unsafe.IsNullRef(ref entry) || entry.HoldsCode)
                continue;
            entry.HoldsCode = true;
            if (entry.Frame!.CodeViews++ == 0)
                entry.Frame.ForgetTranslations();
        }
    }

    /// <summary>Nothing is kept of the page at <paramref name="address"/> any more: its writes need no report.</summary>
    public void UnmarkCode(ulong address)
    {
        ref var entry = ref _pages.Find(address);
        if (!Unsafe.IsNullRef(ref entry))
            Unmark(ref entry);
    }

    /// <summary>Removes all mappings and gives the host memory back.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        CodeWritten = null;
        Code.Close();
        Remove(0, ulong.MaxValue);
        _translationMemory.Dispose();
    }

    internal void OnCodeWritten(ulong page, int offset, int length)
    {
        ref var entry = ref _pages.Find(page);
        if (entry.HoldsCode)
            CodeWritten?.Invoke(page + (ulong)offset, length);
    }

    internal void ForgetTranslation(ulong page)
    {
        Changes = Interlocked.Increment(ref s_changes);
        var translation = Translation.Of(Translations, page);
        if ((translation->ReadTag & ~Translation.Beside) == page || (translation->WriteTag & ~Translation.Beside) == page)
            Forget(translation);
    }

    private void Remove(ulong page)
    {
        ref var entry = ref _pages.Find(page);
        var frame = entry.Frame!;
        bool heldCode = entry.HoldsCode;
        Unmark(ref entry);
        ForgetTranslation(page);
        frame.RemoveView(this, page);
        _pages.Delete(page);
        frame.Release();
        if (heldCode)
            CodeWritten?.Invoke(page, Frame.Size);
    }

    private void ForgetWatched()
    {
        foreach (var (_, comparator) in _watchpoints.Comparators.Active)
        {
            foreach (ulong page in Collect(comparator.Address, comparator.Address + (ulong)comparator.Length))
                ForgetTranslation(page);
        }
    }

    private void ChangeAccess(ulong page, ref PageEntry entry, Access access)
    {
        entry.Access = access;
        ForgetTranslation(page);
        if (!entry.HoldsCode || (access & Access.Execute) != 0)
            return;
        Unmark(ref entry);
        CodeWritten?.Invoke(page, Frame.Size);
    }

    private List<ulong> Collect(ulong start, ulong end)
    {
        _collected.Clear();
        _pages.Collect(start & Translation.PageMask, end, _collected);
        return _collected;
    }

    private static void Unmark(ref PageEntry entry)
    {
        if (!entry.HoldsCode)
            return;
        entry.HoldsCode = false;
        entry.Frame!.CodeViews--;
    }

    private static void Forget(Translation* translation) =>
        *translation = new Translation { ReadTag = Translation.Invalid, WriteTag = Translation.Invalid };
}
