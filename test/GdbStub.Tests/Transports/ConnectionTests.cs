using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GdbStub.Transports;
using NUnit.Framework;

namespace GdbStub.Tests.Transports;

/// <summary>Connections over loopback, Unix sockets and streams.</summary>
[CancelAfter(20_000)]
public class ConnectionTests
{
    private static readonly ListenAddress AnyPort = Address("127.0.0.1:0");
    private readonly string _directory = Directory.CreateTempSubdirectory("gdbstub").FullName;

    [OneTimeTearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [TestCase("127.0.0.1:0")]
    [TestCase("unix")]
    public async Task CarriesBytesBothWays(string where)
    {
        using var listener = Listener.Open(where == "unix" ? Address("unix:" + Path.Combine(_directory, "both")) : Address(where));
        using var client = Connect(listener);
        using var connection = (await listener.AcceptAsync(default))!;

        Assert.That(connection.Receive(TimeSpan.Zero), Is.False);
        Assert.That(connection.IsClosed, Is.False);
        client.Send("+$g#67"u8);
        Assert.That(connection.Receive(Timeout.InfiniteTimeSpan));
        Assert.That(Read(connection), Is.EqualTo("+$g#67"));

        connection.Output.Write("+$OK#9a"u8);
        Assert.That(connection.Flush());
        var answer = new byte[7];
        Assert.That(client.Receive(answer), Is.EqualTo(7));
        Assert.That(Encoding.ASCII.GetString(answer), Is.EqualTo("+$OK#9a"));
    }

    [Test]
    public async Task FindsAClientGoneThatClosedHalfOrAll()
    {
        using var listener = Listener.Open(AnyPort);
        foreach (var reset in new[] { false, true })
        {
            var client = Connect(listener);
            using var connection = (await listener.AcceptAsync(default))!;
            client.Send("$g"u8);
            Assert.That(connection.Receive(Timeout.InfiniteTimeSpan));
            if (reset)
            {
                // Zero linger: the other side gets a reset instead of an end.
                client.LingerState = new LingerOption(true, 0);
                client.Dispose();
            }
            else
            {
                client.Shutdown(SocketShutdown.Send);
            }
            while (connection.Receive(Timeout.InfiniteTimeSpan)) { }
            Assert.That(connection.IsClosed);
            Assert.That(connection.Receive(Timeout.InfiniteTimeSpan), Is.False);
            client.Dispose();
        }
    }

    [Test]
    public async Task AbortWakesAConnectionThatWaits()
    {
        using var listener = Listener.Open(AnyPort);
        using var client = Connect(listener);
        using var connection = (await listener.AcceptAsync(default))!;
        var waiting = Task.Factory.StartNew(() => connection.Receive(Timeout.InfiniteTimeSpan), TaskCreationOptions.LongRunning);
        connection.Abort();
        Assert.That(await waiting, Is.False);
        Assert.That(connection.IsClosed);
    }

    [Test]
    public async Task SendsMoreThanTheSystemBuffers()
    {
        using var listener = Listener.Open(AnyPort);
        using var client = Connect(listener);
        using var connection = (await listener.AcceptAsync(default))!;
        const int size = 8 * 1024 * 1024;
        var reading = Task.Factory.StartNew(() => ReceiveExactly(client, size), TaskCreationOptions.LongRunning);
        connection.Output.Write(new byte[size]);
        Assert.That(connection.Flush());
        Assert.That(await reading, Is.EqualTo(size));
    }

    [Test]
    public async Task AClientThatTakesNothingIsGivenUpAndTheReasonIsKept()
    {
        using var deaf = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen();
        deaf.Connect(server.LocalEndPoint!);
        using var connection = new SocketConnection(await server.AcceptAsync(), "deaf", timeToTake: TimeSpan.FromMilliseconds(1));
        var some = new byte[64 * 1024];
        do connection.Output.Write(some);
        while (connection.Flush());
        Assert.That(connection.IsClosed);
        Assert.That(connection.Complaint, Is.EqualTo("it has taken nothing for 0.001 seconds"));
    }

    [Test]
    public async Task AMachineThatVanishesIsFoundOutInMinutes()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        client.Connect(server.LocalEndPoint!);
        var socket = await server.AcceptAsync();
        using var connection = new SocketConnection(socket, "client");
        Assert.That(Option(SocketOptionLevel.Socket, SocketOptionName.KeepAlive), Is.Not.Zero);
        var seconds = Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)
            + Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount) * Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval);
        Assert.That(seconds, Is.InRange(1, 300));

        int Option(SocketOptionLevel level, SocketOptionName name) => (int)socket.GetSocketOption(level, name)!;
    }

    [Test]
    public void ABusyPortIsRefusedInOneLine()
    {
        using var first = Listener.Open(AnyPort);
        Assert.That(
            () => Listener.Open(Address(first.Address)),
            Throws.TypeOf<ListenException>().With.Message.EqualTo($"cannot listen on {first.Address}: the address is already in use"));
    }

    [Test]
    public void AUnixSocketIsItsOwnersAlone()
    {
        var path = Path.Combine(_directory, "mode");
        using (Listener.Open(Address("unix:" + path)))
        {
            if (!OperatingSystem.IsWindows())
                Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void AUnixSocketThatNobodyServesIsReplacedAndOtherFilesAreNot()
    {
        var path = Path.Combine(_directory, "stale");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept");
        }
        File.Move(path + ".kept", path);
        using (Listener.Open(Address("unix:" + path)))
            Assert.That(() => Listener.Open(Address("unix:" + path)),
                Throws.TypeOf<ListenException>().With.Message.Contains("already in use"));

        File.WriteAllText(path, "");
        Assert.That(() => Listener.Open(Address("unix:" + path)), Throws.TypeOf<ListenException>().With.Message.Contains("no socket"));
        Assert.That(File.Exists(path));
        Assert.That(() => Listener.Open(Address("unix:" + new string('x', 200))), Throws.TypeOf<ListenException>().With.Message.Contains("107 bytes").Or.Message.Contains("103 bytes"));
        Assert.That(() => Listener.Open(Address($"unix:{path}.none/x")), Throws.TypeOf<ListenException>().With.Message.Contains("no directory"));
    }

    [Test]
    public async Task AcceptingEndsWhenItIsToldTo()
    {
        using var listener = Listener.Open(AnyPort);
        using var stop = new CancellationTokenSource();
        var accepting = listener.AcceptAsync(stop.Token);
        await stop.CancelAsync();
        Assert.That(await accepting, Is.Null);
    }

    [Test]
    public void StreamsAreAConnectionToo()
    {
        using var toServer = new System.IO.Pipes.AnonymousPipeServerStream();
        using var serverEnd = new System.IO.Pipes.AnonymousPipeClientStream(toServer.GetClientHandleAsString());
        using var fromServer = new MemoryStream();
        using var connection = new StreamConnection(serverEnd, fromServer, "test");
        Assert.That(connection.Receive(TimeSpan.Zero), Is.False);
        toServer.Write("$g#67"u8);
        Assert.That(connection.Receive(Timeout.InfiniteTimeSpan));
        Assert.That(Read(connection), Is.EqualTo("$g#67"));
        toServer.Write("+"u8);
        Assert.That(connection.Receive(TimeSpan.FromSeconds(10)));
        connection.Output.Write("$OK#9a"u8);
        Assert.That(connection.Flush());
        Assert.That(Encoding.ASCII.GetString(fromServer.ToArray()), Is.EqualTo("$OK#9a"));
        toServer.Dispose();
        Assert.That(connection.Receive(Timeout.InfiniteTimeSpan), Is.False);
        Assert.That(connection.IsClosed);
    }

    private static ListenAddress Address(string text) =>
        ListenAddress.TryParse(text, out var address, out var reason) ? address : throw new ArgumentException(reason);

    private static Socket Connect(Listener listener)
    {
        var isUnix = listener.Address.StartsWith("unix:", StringComparison.Ordinal);
        var socket = isUnix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(isUnix ? new UnixDomainSocketEndPoint(listener.Address["unix:".Length..]) : IPEndPoint.Parse(listener.Address));
        return socket;
    }

    private static string Read(Connection connection)
    {
        Assert.That(connection.Input.TryRead(out var result));
        var text = Encoding.ASCII.GetString(result.Buffer);
        connection.Input.AdvanceTo(result.Buffer.End);
        return text;
    }

    private static int ReceiveExactly(Socket socket, int size)
    {
        var buffer = new byte[64 * 1024];
        var total = 0;
        while (total < size && socket.Receive(buffer) is var count && count > 0) total += count;
        return total;
    }
}
