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
        for (var session = 0; session < 50; session++)
        {
            Queue<string> packets = new(hasRun ? ["QStartNoAckMode", "?", "s", "s", "s"] : ["QStartNoAckMode", "?"]);
            server.Serve(new ScriptedConnection(
                () => packets.TryDequeue(out var packet) ? ScriptedConnection.Frame(Encoding.ASCII.GetBytes(packet)) : null, _ => { }));
        }
        Assert.That(server.Statistics.ToString(), Does.Match(@"(?m)^faults\s+0 ").Or.Match(@"(?m)^\S*\s+0 "));
    }
}
