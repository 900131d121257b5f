using System.Diagnostics;

namespace TraceKernel.Machine.Memory;

/// <summary>A page of physical memory: 4,096 bytes, reference-counted, which several address spaces may map.</summary>
public sealed unsafe class Frame
{
    /// <summary>Bytes of a frame, and of a page.</summary>
    public const int Size = 4096;

    private readonly PhysicalMemory _memory;
    private readonly Slab _slab;

    // Where it is mapped: what pmap.c calls the page's pv list. Nearly all frames are mapped once.
    private PageView _view;
    private List<PageView>? _otherViews;

    internal Frame(PhysicalMemory memory, Slab slab, byte* bytes)
    {
        _memory = memory;
        _slab = slab;
        Bytes = bytes;
    }

    /// <summary>How many hold this frame; each mapping is one of them.</summary>
    public int References { get; private set; } = 1;

    /// <summary>The frame's bytes in host memory; they never move.</summary>
    internal byte* Bytes { get; }

    /// <summary>In how many places translations of its bytes are kept; while there are any, writes must be reported.</summary>
    internal int CodeViews { get; set; }

    public void AddReference()
    {
        Debug.Assert(References > 0, "a released frame is used");
        References++;
    }

    /// <summary>Gives up one reference; the memory is free when none is left.</summary>
    public void Release()
    {
        Debug.Assert(References > 0, "a frame is released twice");
        if (--References == 0)
            _memory.Free(_slab, Bytes);
    }

    public void Read(int offset, Span<byte> destination) => Range(offset, destination.Length).CopyTo(destination);

    /// <summary>The kernel's and the debugger's way to write: seen in every address space, drops translations of those bytes.</summary>
    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        source.CopyTo(Range(offset, source.Length));
        if (CodeViews > 0)
            ReportCodeWritten(offset, source.Length);
    }

    /// <summary>A new frame with the same bytes and one reference, or null at the memory's limit.</summary>
    public Frame? TryCopy()
    {
        var copy = _memory.TryAllocate();
        if (copy is not null)
            Range(0, Size).CopyTo(copy.Range(0, Size));
        return copy;
    }

    /// <summary>pmap_remove_all: no address space sees the frame any more; the next access faults.</summary>
    internal void RemoveViews()
    {
        while (_view.Space is { } space)
            space.Remove(_view.Page, _view.Page + Size);
    }

    /// <summary>pmap_remove_write and its like: takes all rights not in <paramref name="access"/> from every view of the frame.</summary>
    internal void ProtectViews(Access access)
    {
        _view.Space?.Protect(_view.Page, _view.Page + Size, access);
        for (int i = 0; i < _otherViews?.Count; i++)
            _otherViews[i].Space!.Protect(_otherViews[i].Page, _otherViews[i].Page + Size, access);
    }

    internal void ReportCodeWritten(int offset, int length)
    {
        _view.Space?.OnCodeWritten(_view.Page, offset, length);
        for (int i = 0; i < _otherViews?.Count; i++)
            _otherViews[i].Space!.OnCodeWritten(_otherViews[i].Page, offset, length);
    }

    internal void AddView(AddressSpace space, ulong page)
    {
        if (_view.Space is null)
            _view = new PageView(space, page);
        else
            (_otherViews ??= []).Add(new PageView(space, page));
    }

    internal void RemoveView(AddressSpace space, ulong page)
    {
        var view = new PageView(space, page);
        if (_view != view)
            _otherViews!.Remove(view);
        else if (_otherViews is { Count: > 0 } others)
        {
            _view = others[^1];
            others.RemoveAt(others.Count - 1);
        }
        else
            _view = default;
    }

    /// <summary>Makes every address space forget the fast way to this frame.</summary>
    internal void ForgetTranslations()
    {
        _view.Space?.ForgetTranslation(_view.Page);
        for (int i = 0; i < _otherViews?.Count; i++)
            _otherViews[i].Space!.ForgetTranslation(_otherViews[i].Page);
    }

    private Span<byte> Range(int offset, int length) => new Span<byte>(Bytes, Size).Slice(offset, length);

    private readonly record struct PageView(AddressSpace? Space, ulong Page);
}
