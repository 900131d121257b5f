using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>One end of a pipe. FreeBSD's pipes carry bytes both ways: what is written here is read at the peer.</summary>
public sealed class Pipe : FileObject
{
    /// <summary>BIG_PIPE_SIZE of sys/pipe.h.</summary>
    public const int Capacity = 65536;

    /// <summary>pipedev_ino: st_dev of every pipe.</summary>
    private const ulong Device = 0x71000003;

    private readonly Kernel _kernel;
    private readonly Credentials _owner;
    private readonly long _fileId;
    private readonly ByteRing _bytes = new(Capacity);
    private Pipe _peer = null!;
    private bool _closed;
    private long _accessed, _modified;
    private readonly long _born;

    private Pipe(Kernel kernel, Credentials owner)
    {
        (_kernel, _owner) = (kernel, owner);
        _fileId = kernel.FileSystem.NextFileId();
        _born = _accessed = _modified = kernel.FileSystem.Now;
    }

    /// <summary>The other end.</summary>
    public Pipe Peer => _peer;

    /// <summary>Bytes that wait to be read at this end.</summary>
    public int Count => _bytes.Count;

    /// <summary>pipe2(2): its two ends; null (ENFILE) when there are too many pipes.</summary>
    public static (Pipe, Pipe)? TryCreate(Kernel kernel, Credentials owner)
    {
        if (!kernel.Pipes.TryTake()) return null;
        var (one, other) = (new Pipe(kernel, owner), new Pipe(kernel, owner));
        (one._peer, other._peer) = (other, one);
        return (one, other);
    }

    public override FileKind Kind => FileKind.Pipe;
    public override bool HasOwner => true;
    public override string ReadMessage => "piperd";
    public override string WriteMessage => "pipewr";

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = _bytes.Read(destination);
        if (count == 0) return _peer._closed || destination.IsEmpty ? Errno.None : Errno.EAGAIN;
        _accessed = _kernel.FileSystem.Now;
        // pipe_read wakes who waits for room; a writer is not told by SIGIO.
        _peer.NotifyChanged(_kernel, isQuiet: true);
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        if (_peer._closed) return Errno.EPIPE;
        if (source.IsEmpty) return Errno.None;
        var room = _peer._bytes.Room;
        // pipe_write: up to PIPE_BUF bytes go whole or not at all.
        if (room == 0 || (source.Length <= Fcntl.PIPE_BUF && room < source.Length)) return Errno.EAGAIN;
        count = Math.Min(room, source.Length);
        _peer.Receive(source[..count]);
        _modified = _kernel.FileSystem.Now;
        return Errno.None;
    }

    public override PollEvents Poll(OpenFile file)
    {
        var events = PollEvents.None;
        if (_bytes.Count > 0 || _peer._closed) events |= PollEvents.Readable;
        if (_peer._closed) events |= PollEvents.POLLHUP;
        else if (_peer._bytes.Room >= Fcntl.PIPE_BUF) events |= PollEvents.Writable;
        return events;
    }

    // pipe_kqfilter
    internal override Errno CanWatch(OpenFile file, short filter) =>
        filter == Kevents.EVFILT_WRITE && _peer._closed ? Errno.EPIPE : base.CanWatch(file, filter);

    // filt_piperead, filt_pipewrite
    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        ended = _peer._closed;
        bytes = !forWriting ? _bytes.Count : ended ? 0 : _peer._bytes.Room;
        return ended || (forWriting ? bytes >= Fcntl.PIPE_BUF : bytes > 0);
    }

    public override Errno Ioctl(Process caller, uint request, Span<byte> parameter)
    {
        if (request != Abi.Ioctl.FIONREAD) return Errno.ENOTTY;
        MemoryMarshal.Write(parameter, _bytes.Count);
        return Errno.None;
    }

    // pipe_stat: a type without permissions.
    public override stat Stat() => new()
    {
        st_mode = S_IFIFO,
        st_dev = Device,
        st_ino = (ulong)_fileId,
        st_uid = _owner.UserId,
        st_gid = _owner.GroupId,
        st_size = _bytes.Count,
        st_blksize = 4096,
        st_blocks = (_bytes.Count + 4095) / 4096,
        st_atim = timespec.Of(_accessed),
        st_mtim = timespec.Of(_modified),
        st_ctim = timespec.Of(_born),
    };

    public override void Closed(OpenFile file)
    {
        _closed = true;
        _bytes.Clear();
        if (_peer._closed) _kernel.Pipes.Return();
        _peer.NotifyChanged(_kernel);
    }

    private void Receive(ReadOnlySpan<byte> source)
    {
        _bytes.Write(source);
        NotifyChanged(_kernel);
    }
}
