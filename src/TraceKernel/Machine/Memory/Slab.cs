using System.Runtime.InteropServices;

namespace TraceKernel.Machine.Memory;

/// <summary>One piece of host memory, cut into frames.</summary>
internal sealed unsafe class Slab : IDisposable
{
    /// <summary>Bytes of a slab.</summary>
    public const int Size = Frames * Frame.Size;

    private const int Frames = 256;

    private readonly HostMemory _memory = new(Size);
    private readonly Stack<nint> _returned = [];
    private int _neverUsed = Frames;

    public bool IsFull => _neverUsed == 0 && _returned.Count == 0;

    public bool IsEmpty => _neverUsed + _returned.Count == Frames;

    public bool IsDisposed { get; private set; }

    /// <summary>A zeroed frame's bytes.</summary>
    public byte* Take()
    {
        if (_returned.TryPop(out nint used))
        {
            NativeMemory.Clear((void*)used, Frame.Size);
            return (byte*)used;
        }
        return _memory.Start + (Frames - _neverUsed--) * Frame.Size;
    }

    public void Give(byte* bytes) => _returned.Push((nint)bytes);

    public void Dispose()
    {
        IsDisposed = true;
        _memory.Dispose();
    }
}
