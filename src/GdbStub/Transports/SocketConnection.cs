using System.Net.Sockets;

namespace GdbStub.Transports;

/// <summary>A client on a TCP or Unix socket.</summary>
public sealed class SocketConnection : Connection
{
    // A client that takes nothing for so long while its socket's buffers are full is as good as gone.
    private static readonly TimeSpan TimeToTake = TimeSpan.FromSeconds(30);

    // A machine that vanished says nothing: asked after a minute of silence and six times more, it is given up in two minutes instead of
    // two hours.
    private const int SecondsBeforeProbes = 60, SecondsBetweenProbes = 10, Probes = 6;

    // Socket.Poll counts microseconds in 31 bits.
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMinutes(30);

    private readonly Socket _socket;
    private readonly Action? _freed;

    /// <param name="freed">Called when the socket's descriptor has been given back.</param>
    /// <param name="timeToTake">How long the client may take nothing of what is sent to it; 30 seconds unless given.</param>
    public SocketConnection(Socket socket, string peer, Action? freed = null, TimeSpan? timeToTake = null)
    {
        _freed = freed;
        _socket = socket;
        Peer = peer;
        socket.SendTimeout = (int)(timeToTake ?? TimeToTake).TotalMilliseconds;
        if (socket.ProtocolType != ProtocolType.Tcp) return;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SecondsBeforeProbes);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, SecondsBetweenProbes);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
    }

    public override string Peer { get; }

    public override bool MayHaveLeft
    {
        get
        {
            try
            {
                // The end of a stream is behind what was sent, and cannot be seen before that has been received.
                return _socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
            }
            catch (SocketException)
            {
                return true;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }
    }

    public override void Abort()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client was faster.
        }
        catch (ObjectDisposedException)
        {
            return;
        }
        _socket.Close();
    }

    protected override void Close()
    {
        _socket.Dispose();
        _freed?.Invoke();
    }

    protected override bool Wait(TimeSpan timeout)
    {
        try
        {
            return _socket.Poll(timeout < LongestPoll ? timeout : LongestPoll, SelectMode.SelectRead);
        }
        catch (SocketException)
        {
            // The receive that follows says what happened.
            return true;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    protected override int ReceiveSome(Span<byte> buffer)
    {
        try
        {
            return OperatingSystem.IsLinux() ? LinuxSocket.Receive(_socket.SafeHandle, buffer) : _socket.Receive(buffer);
        }
        catch (SocketException error)
        {
            if (error.SocketErrorCode == SocketError.TimedOut) Complaint = "its machine does not answer any more";
            return 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    protected override bool Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[(OperatingSystem.IsLinux() ? LinuxSocket.Send(_socket.SafeHandle, bytes) : _socket.Send(bytes))..];
            return true;
        }
        catch (SocketException error)
        {
            if (error.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
                Complaint = $"it has taken nothing for {TimeSpan.FromMilliseconds(_socket.SendTimeout).TotalSeconds} seconds";
            return false;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }
}
