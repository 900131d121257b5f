using System.IO.MemoryMappedFiles;

namespace TraceKernel.Machine.Memory;

/// <summary>A zeroed region of host memory that costs nothing until it is touched, and is given back as a whole.</summary>
internal sealed unsafe class HostMemory : IDisposable
{
    // An anonymous mapping through the framework: one code path on every host, no system calls of our own.
    private readonly MemoryMappedViewAccessor _view;

    public HostMemory(long bytes)
    {
        using var file = MemoryMappedFile.CreateNew(null, bytes);
        _view = file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start;
    }

    /// <summary>The first byte, aligned to a host page.</summary>
    public byte* Start { get; }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}
