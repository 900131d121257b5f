using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Benchmarks.Rsp;

/// <summary>
/// A server that does nothing: a packet is the length of its reply in decimal, and the reply lies ready. What a round trip with it takes,
/// no server can save.
/// </summary>
internal static class FloorServer
{
    private const int Longest = 256 * 1024;

    /// <summary>Serves one client.</summary>
    public static void Run(TextWriter output)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        output.WriteLine($"listening on {listener.LocalEndPoint}");
        using var client = listener.Accept();
        client.NoDelay = true;
        var replies = new Dictionary<int, byte[]>();
        var packet = new byte[64];
        while (client.Receive(packet) is var count && count > 4)
        {
            // $LENGTH#xx, in one piece: the client waits for each reply.
            var length = Math.Min(Longest, int.Parse(packet.AsSpan(1, count - 4), CultureInfo.InvariantCulture));
            if (!replies.TryGetValue(length, out var reply)) replies[length] = reply = RspConnection.Frame(new string('a', length));
            client.Send(reply);
        }
    }
}
