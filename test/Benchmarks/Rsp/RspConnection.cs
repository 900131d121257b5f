using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Benchmarks.Rsp;

/// <summary>A client that costs little itself: one blocking socket, no acknowledgements, replies looked at in place.</summary>
internal sealed class RspConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _received = new byte[256 * 1024];

    public RspConnection(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <summary>Bytes of the longest packet that the server takes and sends, as it has reported in the greeting.</summary>
    public int PacketSize { get; private set; }

    /// <summary>Greets a server that offers a program.</summary>
    /// <returns>The id of the thread that has stopped, as packets name it.</returns>
    public string Begin()
    {
        Greet();
        // gdbserver has no thread to ask about before.
        var stop = Expand(Ask("?"));
        if (!stop.StartsWith("T05", StringComparison.Ordinal)) throw new InvalidDataException($"? was answered {stop}");
        return stop[3..].Split(';').First(field => field.StartsWith("thread:", StringComparison.Ordinal))["thread:".Length..];
    }

    /// <summary>Greets a server that offers no program.</summary>
    public void Greet()
    {
        const string Size = "PacketSize=";
        var features = Expand(Ask("qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+", acknowledges: true)).Split(';');
        PacketSize = Convert.ToInt32(features.First(feature => feature.StartsWith(Size, StringComparison.Ordinal))[Size.Length..], 16);
        Ask("QStartNoAckMode", acknowledges: true);
    }

    /// <summary>Sends frames without waiting for their replies.</summary>
    public void Send(byte[] frames) => _socket.Send(frames);

    /// <summary>Steps one instruction; what the program prints is passed over.</summary>
    public void Step()
    {
        var reply = Ask("s");
        while (!reply.StartsWith('T') && !reply.Contains("$T", StringComparison.Ordinal)) reply = Encoding.Latin1.GetString(_received.AsSpan(0, Receive(0)));
    }

    /// <summary>Takes what has come, and throws it away.</summary>
    public void Drain() => Receive(0);

    public static byte[] Frame(string payload) => Encoding.ASCII.GetBytes($"${payload}#{(byte)payload.Sum(character => character):x2}");

    /// <summary>Sends a framed packet and waits for the whole of its reply.</summary>
    /// <returns>The payload; valid until the next call.</returns>
    public ReadOnlySpan<byte> Ask(byte[] frame)
    {
        _socket.Send(frame);
        var count = 0;
        while (true)
        {
            count += Receive(count);
            var received = _received.AsSpan(0, count);
            if (count < 4 || received[^3] != '#') continue;
            return received[(received.IndexOf((byte)'$') + 1)..^3];
        }
    }

    public string Ask(string payload) => Encoding.Latin1.GetString(Ask(Frame(payload)));

    /// <summary>
    /// Undoes run-length encoding: a '*' and a character that is 29 more than how often the one before is repeated (GDB manual, Overview).
    /// </summary>
    public static string Expand(string payload)
    {
        var text = new StringBuilder();
        for (var index = 0; index < payload.Length; index++)
        {
            if (payload[index] == '*') text.Append(payload[index - 1], payload[++index] - 29);
            else text.Append(payload[index]);
        }
        return text.ToString();
    }

    /// <exception cref="InvalidDataException">The reply does not begin as it must: the measurement would be one of errors.</exception>
    public void Expect(string payload, string start)
    {
        if (Ask(payload) is var reply && !reply.StartsWith(start, StringComparison.Ordinal)) throw new InvalidDataException($"{payload} was answered {reply}");
    }

    public void Dispose() => _socket.Dispose();

    private string Ask(string payload, bool acknowledges)
    {
        var reply = Ask(payload);
        if (acknowledges) _socket.Send("+"u8);
        return reply;
    }

    private int Receive(int offset)
    {
        var count = _socket.Receive(_received.AsSpan(offset));
        return count > 0 ? count : throw new EndOfStreamException("the server closed the connection");
    }
}
