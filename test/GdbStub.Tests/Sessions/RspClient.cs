using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GdbStub.Frames;

namespace GdbStub.Tests.Sessions;

/// <summary>A debugger's end of a connection; acknowledges nothing by itself.</summary>
internal sealed class RspClient : IDisposable
{
    private readonly FrameDecoder _decoder = new(FrameDecoder.PacketSize, expandsRuns: true);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    public RspClient(string address)
    {
        Socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 15_000 };
        Socket.Connect(IPEndPoint.Parse(address));
    }

    public Socket Socket { get; }

    /// <summary>
    /// Sends a packet and gives what comes back up to the next packet: "+" and "$reply", or "" at the end of the connection.
    /// </summary>
    public string Ask(string packet)
    {
        Send(packet);
        return Next();
    }

    public void Send(string packet)
    {
        var frame = new ArrayBufferWriter<byte>();
        frame.Write(Encoding.Latin1.GetBytes("$" + packet + "#" + FrameEncoder.Checksum(Encoding.Latin1.GetBytes(packet)).ToString("x2")));
        Socket.Send(frame.WrittenSpan);
    }

    public void SendRaw(string bytes) => Socket.Send(Encoding.Latin1.GetBytes(bytes));

    /// <summary>All signs and the packet that come next.</summary>
    public string Next()
    {
        var text = new StringBuilder();
        while (true)
        {
            var input = (ReadOnlySpan<byte>)_buffer.AsSpan(_start, _end - _start);
            var kind = _decoder.Decode(ref input);
            _start = _end - input.Length;
            switch (kind)
            {
                case FrameKind.Ack: text.Append('+'); break;
                case FrameKind.Nak: return text.Append('-').ToString();
                case FrameKind.Packet: return text.Append('$').Append(Encoding.Latin1.GetString(_decoder.Payload)).ToString();
                case FrameKind.None when Fill(): break;
                case FrameKind.None: return text.ToString();
                default: return text.Append(kind).ToString();
            }
        }
    }

    public void Dispose() => Socket.Dispose();

    private bool Fill()
    {
        try
        {
            (_start, _end) = (0, Socket.Receive(_buffer));
            return _end > 0;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            return false;
        }
    }
}
