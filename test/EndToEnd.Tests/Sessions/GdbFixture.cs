using EndToEnd.Tests.Harness;

namespace EndToEnd.Tests.Sessions;

/// <summary>
/// Whole sessions with one of the gdbs. The program is read through the server: none is loaded from this machine's files.
/// </summary>
public abstract class GdbFixture(Gdb gdb)
{
    /// <summary>The builds of the program that most sessions debug.</summary>
    protected static readonly string[] Builds =
        ["session.O0", "session.O2", "session-pie.O0", "session-pie.O2", "arm64/session.O0", "arm64/session-pie.O2"];

    protected Gdb Gdb { get; } = gdb.Require();

    /// <summary>Debugs a guest of its own server, from its first instruction.</summary>
    protected Transcript Debug(string guest, params string[] commands)
    {
        using var server = ServerProcess.Of(guest);
        return Gdb.Run(branded: true, [$"target remote {server.Target}", .. commands]);
    }
}
