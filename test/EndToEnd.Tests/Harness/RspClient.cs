using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EndToEnd.Tests.Harness;

/// <summary>The client's side of the remote protocol, byte for byte: what no debugger would send can be sent, too.</summary>
public sealed class RspClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _received = new byte[64 * 1024];
    private readonly StringBuilder _reply = new();
    private readonly Queue<string> _notifications = new();
    private int _next;
    private int _end;

    public RspClient(int port)
    {
        _socket.NoDelay = true;
        _socket.ReceiveTimeout = (int)ChildProcess.Patience.TotalMilliseconds;
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>Whether replies are acknowledged; until <c>QStartNoAckMode</c>.</summary>
    public bool Acknowledges { get; private set; } = true;

    /// <summary>What a client begins with.</summary>
    public void Handshake(string features = "multiprocess+;swbreak+;hwbreak+")
    {
        Request($"qSupported:{features}");
        Request("QStartNoAckMode");
        Acknowledges = false;
        Request("!");
    }

    /// <summary>Sends a packet and returns its reply, after any console output.</summary>
    public string Request(string payload)
    {
        Send(Frame(payload));
        return Reply();
    }

    /// <summary>As <see cref="Request"/>, with the reply's runs undone.</summary>
    public string Expanded(string payload) => Expand(Request(payload));

    /// <summary>A packet with its checksum.</summary>
    public static string Frame(string payload) => $"${payload}#{(byte)payload.Sum(c => c):x2}";

    /// <summary>Sends bytes as they are, a character each.</summary>
    public void Send(string bytes) => _socket.Send(Encoding.Latin1.GetBytes(bytes));

    /// <summary>The next notification, waited for if it has not come yet: "Stop:T05…".</summary>
    public string Notification()
    {
        while (_notifications.Count == 0)
        {
            var payload = ReadFrame(out var isNotification);
            if (!isNotification) throw new InvalidDataException($"\"{payload}\" is no notification");
            _notifications.Enqueue(payload);
        }
        return _notifications.Dequeue();
    }

    /// <summary>The next reply's payload, without its escapes and runs undone; O packets are left out.</summary>
    public string Reply()
    {
        while (true)
        {
            var payload = ReadFrame();
            if (payload.Length < 2 || payload[0] != 'O' || payload == "OK") return payload;
        }
    }

    /// <summary>What the program prints until the next reply.</summary>
    public string OutputUntilReply(out string reply)
    {
        var output = new StringBuilder();
        while (true)
        {
            reply = ReadFrame();
            if (reply.Length < 2 || reply[0] != 'O' || reply == "OK") return output.ToString();
            output.Append(Encoding.UTF8.GetString(Convert.FromHexString(Expand(reply)[1..])));
        }
    }

    /// <summary>Waits until the program that runs has printed <paramref name="text"/>.</summary>
    public void WaitForOutput(string text)
    {
        var output = "";
        while (!output.Contains(text, StringComparison.Ordinal))
        {
            var payload = ReadFrame();
            if (payload.Length < 2 || payload[0] != 'O') throw new InvalidDataException($"\"{payload}\" is no output");
            output += Encoding.UTF8.GetString(Convert.FromHexString(Expand(payload)[1..]));
        }
    }

    /// <summary>The next frame as it is, from its <c>$</c> to its checksum; it is not acknowledged.</summary>
    public string ReadRaw()
    {
        var frame = new StringBuilder();
        while (frame.Length < 4 || frame[^3] != '#') frame.Append((char)ReadByte());
        return frame.ToString();
    }

    /// <summary>The next byte; -1 when the server has closed the connection.</summary>
    public int ReadByte()
    {
        if (_next == _end)
        {
            _next = 0;
            try
            {
                _end = _socket.Receive(_received);
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                _end = 0;
            }
            if (_end == 0) return -1;
        }
        return _received[_next++];
    }

    /// <summary>Leaves as a client that was killed: whatever is unread makes the system send a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <summary>Says that nothing more will come, and goes on listening.</summary>
    public void CloseOneHalf() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    /// <summary>Undoes the runs of a reply: "0* " is "0000".</summary>
    private static string Expand(string reply)
    {
        var text = new StringBuilder();
        for (var index = 0; index < reply.Length; index++)
        {
            if (reply[index] == '*') text.Append(text[^1], reply[++index] - 29);
            else text.Append(reply[index]);
        }
        return text.ToString();
    }

    /// <summary>The next reply; notifications before it are kept.</summary>
    private string ReadFrame()
    {
        while (true)
        {
            var payload = ReadFrame(out var isNotification);
            if (!isNotification) return payload;
            _notifications.Enqueue(payload);
        }
    }

    private string ReadFrame(out bool isNotification)
    {
        int character;
        while ((character = Expect()) is not ('$' or '%'))
            if (character is not '+') throw new InvalidDataException($"'{(char)character}' between packets");
        isNotification = character == '%';
        _reply.Clear();
        while ((character = Expect()) != '#') _reply.Append((char)character);
        Expect();
        Expect();
        if (Acknowledges && !isNotification) Send("+");
        return _reply.ToString();
    }

    private int Expect() => ReadByte() is var value and >= 0 ? value : throw new EndOfStreamException("the server closed the connection");
}
