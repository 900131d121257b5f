using EndToEnd.Tests.Harness;
using EndToEnd.Tests.LldbSessions;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>
/// Sessions of stock debuggers by a line that keeps what it carries, or is slow. scripts/test-wire.sh runs all sessions of these tests so.
/// </summary>
public sealed class WireTests
{
    private static readonly string[] GdbCommands =
    [
        "break visit", "continue", "backtrace", "info registers", "next", "step", "finish", "x/4i $pc", "watch visited", "continue", "delete", "stepi",
        "info threads", "print visited", "kill",
    ];

    private static readonly string[] LldbCommands =
    [
        "breakpoint set -n visit", "continue", "thread backtrace", "register read", "next", "step", "finish", "expression 1 + 2",
        "memory read -c 512 `&visited`", "kill",
    ];

    /// <summary>gdb's own value: it sends a packet again, or asks for its reply again, when it has waited for longer.</summary>
    private const string Impatient = "set remotetimeout 2";

    [Test]
    public void GdbGetsTheSameBytesWithATrace([ValueSource(typeof(Gdb), nameof(Gdb.All))] Gdb gdb) =>
        AssertSameWithTrace(endpoint => gdb.Run(branded: true, [$"target remote {endpoint}", .. GdbCommands]));

    [Test]
    public void LldbGetsTheSameBytesWithATrace([ValueSource(typeof(Lldb), nameof(Lldb.All))] Lldb lldb) =>
        AssertSameWithTrace(endpoint => RunLldb(lldb.Require(), endpoint));

    [Test]
    public void GdbWorksWhenEachReplyIsLate([ValueSource(typeof(Gdb), nameof(Gdb.All))] Gdb gdb)
    {
        using var server = Serve();
        using var proxy = new WireProxy(server.Endpoint) { Delay = TimeSpan.FromMilliseconds(200) };
        AssertDebugged(gdb.Run(branded: true, [Impatient, $"target remote {proxy.Endpoint}", .. GdbCommands]).Text);
    }

    [Test]
    public void LldbWorksWhenEachReplyIsLate([ValueSource(typeof(Lldb), nameof(Lldb.All))] Lldb lldb)
    {
        using var server = Serve();
        using var proxy = new WireProxy(server.Endpoint) { Delay = TimeSpan.FromMilliseconds(200) };
        Assert.That(RunLldb(lldb.Require(), proxy.Endpoint).Text, Does.Contain("stop reason = breakpoint"));
    }

    /// <summary>
    /// gdb has sent its first packet several times when the server reads it, or has asked several times for the reply that is under way.
    /// A second reply to it is taken for the one to the next packet: "Remote replied unexpectedly to 'vMustReplyEmpty'".
    /// </summary>
    [Test]
    public void AFirstReplyThatIsLateIsTheOnlyOne(
        [ValueSource(typeof(Gdb), nameof(Gdb.All))] Gdb gdb, [Values] bool isServerStalled)
    {
        using var server = Serve();
        var late = TimeSpan.FromSeconds(5);
        using var proxy = new WireProxy(server.Endpoint)
        {
            FirstRequestDelay = isServerStalled ? late : default, FirstReplyDelay = isServerStalled ? default : late,
        };
        AssertDebugged(gdb.Run(branded: true, [Impatient, $"target remote {proxy.Endpoint}", .. GdbCommands]).Text);
    }

    private static void AssertDebugged(string said) =>
        Assert.That(said, Does.Contain("Breakpoint 1, visit").And.Contain("watchpoint 2: visited").And.Not.Contain("unexpectedly"));

    /// <summary>Runs a session twice, the second time with a trace.</summary>
    private static void AssertSameWithTrace(Action<string> session)
    {
        var without = Bytes(session);
        var file = Path.GetTempFileName();
        try
        {
            Assert.That(Bytes(session, "--trace", file), Is.EqualTo(without));
            Assert.That(File.ReadLines(file).Count(), Is.GreaterThan(50));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IReadOnlyList<string> Bytes(Action<string> session, params string[] options)
    {
        using var server = Serve(options);
        using var proxy = new WireProxy(server.Endpoint);
        session(proxy.Endpoint);
        return proxy.Said;
    }

    private static Transcript RunLldb(Lldb lldb, string endpoint)
    {
        using var session = new LldbSession(
            lldb, [$"target create {Path.Combine(Repository.Root, "src/GdbStub/Demo/demo-amd64")}", $"process connect connect://{endpoint}", .. LldbCommands]);
        return session.End();
    }

    /// <summary>The demo, whose run depends on nothing but what the client does.</summary>
    private static ServerProcess Serve(params string[] options) =>
        ServerProcess.With(["--clean-env", "--time", "fast", "--seed", "1", "--machine", "per-connection", .. options]);
}
