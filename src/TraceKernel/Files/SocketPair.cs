using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

/// <summary>One end of an AF_UNIX socketpair(2): a stream, or messages that keep their borders. uipc_usrreq.c.</summary>
internal sealed class SocketPair : FileObject
{
    /// <summary>net.local.stream.recvspace and its like: bytes that wait at one end.</summary>
    public const int Capacity = 65536;

    /// <summary>net.local.dgram.maxdgram.</summary>
    public const int MaximumDatagram = 2048;

    private readonly Kernel _kernel;
    private readonly LinkedList<ArraySegment<byte>> _messages = [];
    private SocketPair _peer = null!;
    private int _bytes;
    private bool _closed, _cannotSend, _cannotReceive;

    private SocketPair(Kernel kernel, int type)
    {
        _kernel = kernel;
        Type = type;
    }

    /// <summary>Two connected ends of a type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET.</summary>
    public static (SocketPair, SocketPair) Create(Kernel kernel, int type)
    {
        var (one, other) = (new SocketPair(kernel, type), new SocketPair(kernel, type));
        (one._peer, other._peer) = (other, one);
        return (one, other);
    }

    public int Type { get; }
    public override string ReadMessage => "sbwait";
    public override string WriteMessage => "sbwait";

    private bool NothingFollows => _cannotReceive || _peer._closed || _peer._cannotSend;

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count) =>
        Receive(destination, peek: false, out count, out _);

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count) => Send(source, out count);

    /// <summary>soreceive: EAGAIN while nothing is there.</summary>
    /// <param name="truncated">A message was longer than the buffer; its rest is lost.</param>
    public Errno Receive(Span<byte> destination, bool peek, out int count, out bool truncated)
    {
        (count, truncated) = (0, false);
        if (_messages.Count == 0) return NothingFollows || (destination.IsEmpty && Type == SOCK_STREAM) ? Errno.None : Errno.EAGAIN;
        if (Type == SOCK_STREAM)
        {
            count = ReceiveStream(destination, peek);
        }
        else
        {
            var message = _messages.First!.Value;
            count = Math.Min(message.Count, destination.Length);
            message.AsSpan(0, count).CopyTo(destination);
            truncated = count < message.Count;
            if (!peek)
            {
                _bytes -= message.Count;
                _messages.RemoveFirst();
            }
        }
        if (!peek) _peer.NotifyChanged(_kernel);
        return Errno.None;
    }

    private int ReceiveStream(Span<byte> destination, bool peek)
    {
        var count = 0;
        for (var piece = _messages.First; piece is not null && count < destination.Length;)
        {
            var (bytes, next) = (piece.Value, piece.Next);
            var part = Math.Min(bytes.Count, destination.Length - count);
            bytes.AsSpan(0, part).CopyTo(destination[count..]);
            count += part;
            if (!peek)
            {
                _bytes -= part;
                if (part < bytes.Count) piece.Value = bytes[part..];
                else _messages.Remove(piece);
            }
            piece = next;
        }
        return count;
    }

    /// <summary>sosend: EAGAIN while there is no room, EPIPE when nobody will read, EMSGSIZE for a message that never fits.</summary>
    public Errno Send(ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        if (_cannotSend || _peer._cannotReceive) return Errno.EPIPE;
        if (_peer._closed) return Type == SOCK_DGRAM ? Errno.ECONNRESET : Errno.EPIPE;
        var isStream = Type == SOCK_STREAM;
        if (!isStream && source.Length > (Type == SOCK_DGRAM ? MaximumDatagram : Capacity)) return Errno.EMSGSIZE;
        if (isStream && source.IsEmpty) return Errno.None;
        var room = Capacity - _peer._bytes;
        if (room == 0 || (!isStream && room < source.Length)) return Type == SOCK_DGRAM ? Errno.ENOBUFS : Errno.EAGAIN;
        count = Math.Min(room, source.Length);
        _peer._messages.AddLast(source[..count].ToArray());
        _peer._bytes += count;
        _peer.NotifyChanged(_kernel);
        return Errno.None;
    }

    /// <summary>soshutdown.</summary>
    public Errno Shutdown(int how)
    {
        if (how is < SHUT_RD or > SHUT_RDWR) return Errno.EINVAL;
        if (how is SHUT_RD or SHUT_RDWR)
        {
            _cannotReceive = true;
            _messages.Clear();
            _bytes = 0;
        }
        if (how is SHUT_WR or SHUT_RDWR) _cannotSend = true;
        NotifyChanged(_kernel);
        _peer.NotifyChanged(_kernel);
        return Errno.None;
    }

    // sopoll_generic
    public override PollEvents Poll(OpenFile file)
    {
        var events = PollEvents.None;
        if (_messages.Count > 0 || NothingFollows) events |= PollEvents.Readable;
        if (_peer._closed || (NothingFollows && _cannotSend)) events |= PollEvents.POLLHUP;
        if (_peer._closed || _cannotSend || Capacity - _peer._bytes >= MaximumDatagram) events |= PollEvents.Writable;
        return events;
    }

    // filt_soread, filt_sowrite
    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        bytes = forWriting ? Capacity - _peer._bytes : _bytes;
        ended = forWriting ? _cannotSend || _peer._closed || _peer._cannotReceive : NothingFollows;
        return ended || (forWriting ? bytes >= MaximumDatagram : _messages.Count > 0);
    }

    public override Errno Ioctl(Process caller, uint request, Span<byte> parameter)
    {
        if (request != Abi.Ioctl.FIONREAD) return Errno.ENOTTY;
        MemoryMarshal.Write(parameter, _bytes);
        return Errno.None;
    }

    public override stat Stat() => new() { st_mode = FileModes.S_IFSOCK, st_blksize = Capacity, st_size = _bytes };

    public override void Closed(OpenFile file)
    {
        _closed = true;
        _messages.Clear();
        _bytes = 0;
        _peer.NotifyChanged(_kernel);
    }
}
