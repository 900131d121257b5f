using System.Text;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>Sessions of the whole server on one thread: they begin, do something and end, again and again.</summary>
public sealed class WholeServerTests
{
    [Test]
    [CancelAfter(120_000)]
    public void SessionsEndWithTheirMachines([Values] bool hasRun)
    {
        using var server = new WholeServer();
        for (var session = 0; session < 50; session++) Serve(server, hasRun ? ["QStartNoAckMode", "?", "s", "s", "s"] : ["QStartNoAckMode", "?"]);
    }

    /// <summary>The first packet holds the only thread, which a signal alone does not wake.</summary>
    [Test]
    [CancelAfter(60_000)]
    public void AHeldProgramIsKilled()
    {
        using var server = new WholeServer();
        Assert.That(Serve(server, "QStartNoAckMode", "vCont;t", "k"), Does.EndWith("$E03#a8$X09#c1"));
    }

    /// <summary>/dev/zero has no end.</summary>
    [Test]
    [CancelAfter(60_000)]
    public void OnlyFilesHaveAChecksum()
    {
        using var server = new WholeServer();
        Assert.That(Serve(server, "QStartNoAckMode", "vFile:MD5:2f6465762f7a65726f"), Does.EndWith("$F,x#ea"));
    }

    private static string Serve(WholeServer server, params string[] packets)
    {
        var sent = new StringBuilder();
        Queue<string> queue = new(packets);
        server.Serve(new ScriptedConnection(
            () => queue.TryDequeue(out var packet) ? ScriptedConnection.Frame(Encoding.ASCII.GetBytes(packet)) : null,
            bytes => sent.Append(Encoding.Latin1.GetString(bytes.Span))));
        return sent.ToString();
    }
}
