using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>A named pipe: fifo_vnops.c. Bytes go from all who write to all who read, as long as it is open.</summary>
public sealed class FifoVnode(FileSystem fileSystem, Mount mount, int permissions, Caller owner)
    : Vnode(fileSystem, mount, S_IFIFO, permissions, owner)
{
    private ByteRing? _bytes;
    private int _readers, _writers;
    // Counted for those who wait for the other side: it may have come and gone meanwhile.
    private long _readersEver, _writersEver;
    private Kernel? _kernel;

    public override FileKind Kind => FileKind.Fifo;
    public override bool IsSeekable => false;
    public override bool HasOwner => true;
    public override string ReadMessage => "piperd";
    public override string WriteMessage => "pipewr";

    private int Count => _bytes?.Count ?? 0;

    /// <summary>fifo_open: waits until the other side is open too. ENXIO: writing without a reader and without waiting.</summary>
    internal async ValueTask<Errno> WaitForPeer(Lwp lwp, OpenFile file)
    {
        _kernel = lwp.Process.Kernel;
        var (readers, writers) = (_readersEver, _writersEver);
        NotifyChanged(_kernel);
        if (file.CanRead && file.CanWrite) return Errno.None;
        if (file.IsNonBlocking) return file.CanWrite && _readers == 0 ? Errno.ENXIO : Errno.None;
        var error = Errno.None;
        while (error == Errno.None && (file.CanRead ? _writers == 0 && _writersEver == writers : _readers == 0 && _readersEver == readers))
            error = await lwp.Sleep(this, file.CanRead ? "fifoor" : "fifoow");
        return error;
    }

    public override void Opened(OpenFile file)
    {
        if (file.CanRead)
        {
            (_readers, _readersEver) = (_readers + 1, _readersEver + 1);
            file.PipeGeneration = _writersEver - _writers;
        }
        if (file.CanWrite) (_writers, _writersEver) = (_writers + 1, _writersEver + 1);
        base.Opened(file);
    }

    public override void Closed(OpenFile file)
    {
        if (file.CanRead) _readers--;
        if (file.CanWrite) _writers--;
        if (_readers == 0) _bytes?.Clear();
        if (_kernel is not null) NotifyChanged(_kernel);
        base.Closed(file);
    }

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = _bytes?.Read(destination) ?? 0;
        if (count == 0) return _writers == 0 || destination.IsEmpty ? Errno.None : Errno.EAGAIN;
        Accessed = FileSystem.Now;
        NotifyChanged(_kernel!);
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        if (_readers == 0) return Errno.EPIPE;
        if (source.IsEmpty) return Errno.None;
        _bytes ??= new ByteRing(Pipe.Capacity);
        // pipe_write: up to PIPE_BUF bytes go whole or not at all.
        if (_bytes.Room == 0 || (source.Length <= Fcntl.PIPE_BUF && _bytes.Room < source.Length)) return Errno.EAGAIN;
        count = Math.Min(_bytes.Room, source.Length);
        _bytes.Write(source[..count]);
        Modified = Changed = FileSystem.Now;
        NotifyChanged(_kernel!);
        return Errno.None;
    }

    public override PollEvents Poll(OpenFile file)
    {
        var events = PollEvents.None;
        if (file.CanRead && (Count > 0 || HasEnded(file))) events |= PollEvents.Readable;
        if (file.CanRead && HasEnded(file)) events |= PollEvents.POLLHUP;
        if (file.CanWrite && _readers == 0) events |= PollEvents.POLLHUP;
        else if (file.CanWrite && Pipe.Capacity - Count >= Fcntl.PIPE_BUF) events |= PollEvents.Writable;
        return events;
    }

    // filt_piperead, filt_pipewrite, and pipe_nfiltops for a direction in which it is not open
    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        (bytes, ended) = (0, false);
        if (!(forWriting ? file.CanWrite : file.CanRead)) return false;
        ended = forWriting ? _readers == 0 : HasEnded(file);
        bytes = !forWriting ? Count : ended ? 0 : Pipe.Capacity - Count;
        return ended || (forWriting ? bytes >= Fcntl.PIPE_BUF : bytes > 0);
    }

    internal override Errno CanWatch(OpenFile file, short filter) =>
        filter == Kevents.EVFILT_WRITE && file.CanWrite && _readers == 0 ? Errno.EPIPE : base.CanWatch(file, filter);

    /// <summary>PIPE_EOF and f_pipegen: nobody writes, and somebody has since this reader came.</summary>
    private bool HasEnded(OpenFile file) => _writers == 0 && file.PipeGeneration != _writersEver;

    public override Errno Ioctl(Process caller, uint request, Span<byte> parameter)
    {
        if (request != Abi.Ioctl.FIONREAD) return Errno.ENOTTY;
        MemoryMarshal.Write(parameter, Count);
        return Errno.None;
    }

    // tmpfs_chsize: there is nothing to cut.
    public override Errno Truncate(long length) => Errno.None;

    protected override void Reclaim() => Budget.ReturnFile();
}
