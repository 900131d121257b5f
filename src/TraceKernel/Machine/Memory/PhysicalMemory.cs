namespace TraceKernel.Machine.Memory;

/// <summary>The machine's RAM: hands out page frames, counts them and holds them to a limit.</summary>
public sealed unsafe class PhysicalMemory : IDisposable
{
    private readonly long _maximumFrames;
    private readonly List<Slab> _slabs = [];
    private readonly Stack<Slab> _withSpace = [];

    /// <param name="maximumBytes">Limit on the memory of all frames together.</param>
    public PhysicalMemory(long maximumBytes)
    {
        _maximumFrames = maximumBytes / Frame.Size;
        Code = new CodeBudget(maximumBytes);
    }

    /// <summary>The budget of the machine's decoded and translated code, beside the frames.</summary>
    public CodeBudget Code { get; }

    /// <summary>Frames handed out and not yet released.</summary>
    public long FramesInUse { get; private set; }

    /// <summary>Host memory reserved for frames, in bytes; untouched parts of it cost nothing.</summary>
    public long HostBytes => _slabs.Count * (long)Slab.Size;

    /// <summary>A zeroed frame with one reference, or null at the limit.</summary>
    public Frame? TryAllocate()
    {
        if (FramesInUse >= _maximumFrames)
            return null;
        if (_withSpace.Count == 0)
        {
            var fresh = new Slab();
            _slabs.Add(fresh);
            _withSpace.Push(fresh);
        }
        var slab = _withSpace.Peek();
        byte* bytes = slab.Take();
        if (slab.IsFull)
            _withSpace.Pop();
        FramesInUse++;
        return new Frame(this, slab, bytes);
    }

    /// <summary>Gives all host memory back; no frame may be used afterwards.</summary>
    public void Dispose()
    {
        foreach (var slab in _slabs)
            slab.Dispose();
        _slabs.Clear();
        _withSpace.Clear();
    }

    internal void Free(Slab slab, byte* bytes)
    {
        FramesInUse--;
        if (slab.IsDisposed)
            return;
        if (slab.IsFull)
            _withSpace.Push(slab);
        slab.Give(bytes);
        if (slab.IsEmpty)
            Shrink();
    }

    // Empty slabs go back to the host, but for one, so that a program at a slab's edge does not map and unmap it all the time.
    private void Shrink()
    {
        int empty = 0;
        foreach (var slab in _slabs)
            empty += slab.IsEmpty ? 1 : 0;
        if (empty < 2)
            return;
        var kept = new List<Slab>();
        foreach (var slab in _slabs)
        {
            if (slab.IsEmpty && empty-- > 1)
                slab.Dispose();
            else
                kept.Add(slab);
        }
        _slabs.Clear();
        _slabs.AddRange(kept);
        _withSpace.Clear();
        foreach (var slab in kept)
        {
            if (!slab.IsFull)
                _withSpace.Push(slab);
        }
    }
}
