using EndToEnd.Tests.Harness;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>Whole sessions with one of the lldbs. In each of them no packet may go without an answer that should have one.</summary>
public abstract class LldbFixture(Lldb lldb)
{
    protected Lldb Lldb { get; } = lldb.Require();

    /// <summary>The commands by which lldb gets to the machine behind a server, and to its files.</summary>
    protected static string[] ConnectPlatform(ServerProcess server) =>
        ["platform select remote-freebsd", $"platform connect connect://{server.Target}"];

    /// <summary>The commands by which lldb gets a server's program and its symbols.</summary>
    protected static string[] Connect(ServerProcess server) => [.. ConnectPlatform(server), $"process connect connect://{server.Target}"];

    /// <summary>A server whose log has every packet.</summary>
    protected static ServerProcess Serve(params string[] arguments) => ServerProcess.With(["--log-level", "verbose", .. arguments]);

    /// <summary>Debugs a guest of its own server, from its first instruction.</summary>
    protected Transcript Debug(string guest, params string[] commands)
    {
        using var server = Serve("--", Repository.Guest(guest));
        return Run(server, commands);
    }

    /// <summary>Connects and runs a whole session.</summary>
    protected Transcript Run(ServerProcess server, params string[] commands)
    {
        using var session = new LldbSession(Lldb, [.. Connect(server), .. commands]);
        return End(server, session);
    }

    /// <summary>The same without a program of the server's.</summary>
    protected Transcript RunOnPlatform(ServerProcess server, params string[] commands)
    {
        using var session = new LldbSession(Lldb, [.. ConnectPlatform(server), .. commands]);
        return End(server, session);
    }

    /// <summary>Waits for the end of a session and looks through its packets.</summary>
    protected static Transcript End(ServerProcess server, LldbSession session)
    {
        var said = session.End();
        EmptyReplies.Check(server.Process.Error);
        return said;
    }
}
