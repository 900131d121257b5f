using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>A server that has no descriptors left.</summary>
public sealed class DescriptorTests
{
    private const int Descriptors = 200;

    [Test]
    public void A_client_without_a_descriptor_is_refused_at_once_and_served_when_another_has_left()
    {
        using var server = new ChildProcess(
            "bash", ["-c", $"ulimit -n {Descriptors}; exec dotnet \"$0\" --listen 127.0.0.1:0 --multi --max-sessions 1000", Repository.Program]);
        var line = server.WaitForOutput("\n");
        var port = int.Parse(line[(line.LastIndexOf(':') + 1)..]);
        var clients = new List<RspClient>();
        try
        {
            while (TryBegin(port) is { } client) clients.Add(client);
            TestContext.Out.WriteLine($"{clients.Count} clients of {Descriptors} descriptors");
            Assert.That(clients, Is.Not.Empty.And.Count.LessThan(Descriptors));
            Assert.That(TryBegin(port), Is.Null, "and so is the next");
            clients[0].Dispose();
            server.WaitForError(" left");
            RspClient? late;
            while ((late = TryBegin(port)) is null) Assert.That(server.Error, Does.Not.Contain(" ERR "));
            clients[0] = late;
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }
    }

    /// <summary>A client that has been answered; null when it was refused.</summary>
    private static RspClient? TryBegin(int port)
    {
        var client = new RspClient(port);
        client.Send(RspClient.Frame("!"));
        if (client.ReadByte() == '+' && client.ReadByte() == '$') return client;
        client.Dispose();
        return null;
    }
}
