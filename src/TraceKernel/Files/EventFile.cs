using System.Runtime.InteropServices;
using TraceKernel.Abi;
using static TraceKernel.Abi.EventFiles;

namespace TraceKernel.Files;

/// <summary>What eventfd(2) opens: a number that writing adds to and reading takes away. sys_eventfd.c.</summary>
/// <param name="flags">EFD_*.</param>
internal sealed class EventFile(Kernel kernel, uint initialValue, int flags) : FileObject
{
    public override FileKind Kind => FileKind.EventCounter;

    private ulong _count = initialValue;

    public override string ReadMessage => "efdrd";
    public override string WriteMessage => "efdwr";
    public override int TransferBytes => sizeof(ulong);

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (_count == 0) return Errno.EAGAIN;
        var taken = (flags & EFD_SEMAPHORE) != 0 ? 1 : _count;
        _count -= taken;
        MemoryMarshal.Write(destination, taken);
        count = sizeof(ulong);
        NotifyChanged(kernel);
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        var added = MemoryMarshal.Read<ulong>(source);
        if (added == ulong.MaxValue) return Errno.EINVAL;
        if (ulong.MaxValue - _count <= added) return Errno.EAGAIN;
        _count += added;
        count = sizeof(ulong);
        NotifyChanged(kernel);
        return Errno.None;
    }

    public override PollEvents Poll(OpenFile file) =>
        (_count > 0 ? PollEvents.Readable : PollEvents.None) | (_count < ulong.MaxValue - 1 ? PollEvents.Writable : PollEvents.None);

    // filt_eventfdread, filt_eventfdwrite
    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        ended = false;
        bytes = (long)(forWriting ? ulong.MaxValue - 1 - _count : _count);
        return bytes != 0;
    }

    public override stat Stat() => new() { st_mode = FileModes.S_IFIFO };
}
