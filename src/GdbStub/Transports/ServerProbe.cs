using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using GdbStub.Frames;

namespace GdbStub.Transports;

/// <summary>Asks a running server about itself; what it debugs is left alone.</summary>
/// <param name="address">Where it listens.</param>
/// <param name="timeout">How long it may take to take the connection, and to answer.</param>
public sealed class ServerProbe(ListenAddress address, TimeSpan timeout)
{
    /// <summary>Whether it serves: a packet with a wrong checksum must be refused. That begins no session.</summary>
    /// <returns>Null when it does; else what is wrong, in one line.</returns>
    public string? AskHealth() => Converse(socket =>
    {
        socket.Send("$#ff"u8);
        var answer = new byte[1];
        var count = socket.Receive(answer);
        if (count == 1 && answer[0] == '-') return null;
        var decoder = new FrameDecoder(FrameDecoder.PacketSize, expandsRuns: true);
        ReadOnlySpan<byte> first = answer.AsSpan(0, count);
        decoder.Decode(ref first);
        return TryReceive(socket, decoder, out var refusal) && refusal.StartsWith("E.", StringComparison.Ordinal)
            ? $"{address}: {refusal[2..]}" : Stranger(Encoding.ASCII.GetString(answer, 0, count));
    });

    /// <summary>Runs a monitor command.</summary>
    /// <param name="output">What it prints.</param>
    /// <returns>Null when it did; else what is wrong, in one line.</returns>
    public string? AskMonitor(string command, out string output)
    {
        var printed = new StringBuilder();
        var problem = Converse(socket =>
        {
            Send(socket, "QStartNoAckMode");
            Send(socket, "qRcmd," + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(command)));
            var decoder = new FrameDecoder(FrameDecoder.PacketSize, expandsRuns: true);
            for (var replies = 0; replies < 2;)
            {
                if (!TryReceive(socket, decoder, out var reply)) return Stranger("");
                if (reply.StartsWith('O') && reply != "OK") printed.Append(Encoding.UTF8.GetString(Convert.FromHexString(reply.AsSpan(1))));
                else if (reply == "OK") replies++;
                else return Stranger(reply);
            }
            return null;
        });
        output = printed.ToString();
        return problem;
    }

    private static void Send(Socket socket, string packet)
    {
        var sum = packet.Aggregate(0, (sum, character) => (sum + character) & 255);
        socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"+${packet}#{sum:x2}")));
    }

    /// <summary>The next packet. Byte by byte, for there are few.</summary>
    private static bool TryReceive(Socket socket, FrameDecoder decoder, [NotNullWhen(true)] out string? packet)
    {
        packet = null;
        var next = new byte[1];
        while (socket.Receive(next) == 1)
        {
            ReadOnlySpan<byte> input = next;
            if (decoder.Decode(ref input) != FrameKind.Packet) continue;
            packet = Encoding.UTF8.GetString(decoder.Payload);
            return true;
        }
        return false;
    }

    private string Stranger(string answer) => $"{address} answers \"{answer}\": no gdbstub, or one whose sessions are all taken";

    private string? Converse(Func<Socket, string?> talk)
    {
        if (address.IsStandardIo) return "stdio cannot be asked";
        try
        {
            using var socket = address.Path is null
                ? new Socket(address.Ip!.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            using var patience = new CancellationTokenSource(timeout);
            socket.ConnectAsync(address.Path is { } path ? new UnixDomainSocketEndPoint(path) : address.Ip!, patience.Token).AsTask()
                .GetAwaiter().GetResult();
            socket.ReceiveTimeout = socket.SendTimeout = (int)timeout.TotalMilliseconds;
            return talk(socket);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return $"{address} does not answer: {error.Message}";
        }
    }
}
