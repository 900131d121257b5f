using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EndToEnd.Tests.Harness;

/// <summary>A line between clients and a server: it keeps what the server says, and can be slow.</summary>
public sealed class WireProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly List<Socket> _open = [];
    private readonly List<StringBuilder> _said = [];

    /// <param name="server">Where the server listens, ADDRESS:PORT.</param>
    public WireProxy(string server)
    {
        _server = IPEndPoint.Parse(server);
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    /// <summary>How long each piece of what the server says is held.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How long the first piece of what each client says is held, with everything behind it.</summary>
    public TimeSpan FirstRequestDelay { get; init; }

    /// <summary>How long the first piece of what the server says to each client is held, with everything behind it.</summary>
    public TimeSpan FirstReplyDelay { get; init; }

    /// <summary>Where clients connect, 127.0.0.1:PORT.</summary>
    public string Endpoint => _listener.LocalEndpoint.ToString()!;

    /// <summary>
    /// What the server has said, a text for each client in the order of their coming, a character each byte. A program's output is left out:
    /// it comes in pieces as time has it.
    /// </summary>
    public IReadOnlyList<string> Said
    {
        get { lock (_said) return [.. _said.Select(said => WithoutOutput(said.ToString()))]; }
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_open) foreach (var socket in _open) socket.Dispose();
    }

    private static string WithoutOutput(string said)
    {
        var kept = new StringBuilder();
        foreach (var frame in said.Split('$'))
            if (!frame.StartsWith('O') || frame.StartsWith("OK#", StringComparison.Ordinal)) kept.Append('$').Append(frame);
        return kept.ToString();
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var client = _listener.AcceptSocket();
                var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                server.Connect(_server);
                client.NoDelay = server.NoDelay = true;
                var said = new StringBuilder();
                lock (_open) _open.AddRange([client, server]);
                lock (_said) _said.Add(said);
                Start(() => Copy(client, server, FirstRequestDelay, TimeSpan.Zero, null));
                Start(() => Copy(server, client, FirstReplyDelay, Delay, said));
            }
        }
        catch (SocketException)
        {
            // The listener, or the server, is gone.
        }
    }

    private static void Start(Action copy) => new Thread(() => copy()) { IsBackground = true }.Start();

    private void Copy(Socket from, Socket to, TimeSpan first, TimeSpan each, StringBuilder? kept)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (var delay = first > each ? first : each; from.Receive(buffer) is var count and > 0; delay = each)
            {
                if (kept is not null)
                    lock (_said) kept.Append(Encoding.Latin1.GetString(buffer, 0, count));
                if (delay > TimeSpan.Zero) Thread.Sleep(delay);
                to.Send(buffer.AsSpan(0, count));
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Either side is gone.
        }
    }
}
