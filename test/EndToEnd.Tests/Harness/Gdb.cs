using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>A gdb on this machine.</summary>
/// <param name="Name">What the tests' names call it.</param>
/// <param name="Program">Its executable; null: there is none.</param>
public sealed record Gdb(string Name, string? Program)
{
    /// <summary>The distribution's: Debian 12 has gdb 13, built for Linux targets only.</summary>
    public static Gdb Distribution { get; } = new("gdb", Debuggers.FindOnPath("gdb-multiarch", "gdb"));

    /// <summary>One built for all targets, from the directory that GDBSTUB_DEBUGGERS names.</summary>
    public static Gdb Newer { get; } = new("newer-gdb", Debuggers.FindNewer("gdb"));

    public static IEnumerable<Gdb> All => [Distribution, Newer];

    private readonly Lazy<bool> _knowsFreeBsd = new(() => KnowsSystem(Program!, "FreeBSD"));

    /// <summary>
    /// Whether FreeBSD was compiled in. Without it gdb refuses local programs branded FreeBSD unless "set osabi none" comes first.
    /// </summary>
    public bool KnowsFreeBsd => _knowsFreeBsd.Value;

    /// <summary>Skips the test when this gdb is not there.</summary>
    public Gdb Require()
    {
        if (Program is null)
            Assert.Ignore(this == Newer ? "no newer gdb: GDBSTUB_DEBUGGERS names no directory with one" : "no gdb is installed");
        return this;
    }

    /// <summary>Starts a session: each command is run, whatever the one before it said.</summary>
    /// <param name="branded">The program is branded FreeBSD.</param>
    public GdbSession Start(bool branded, params IEnumerable<string> commands) => new(Require(), branded, commands);

    /// <summary>Runs a whole session.</summary>
    public Transcript Run(bool branded, params IEnumerable<string> commands)
    {
        using var session = Start(branded, commands);
        return session.End();
    }

    public override string ToString() => Name;

    private static bool KnowsSystem(string program, string system)
    {
        using var process = new ChildProcess(program, ["-nx", "-batch", "-ex", $"set osabi {system}"]);
        process.WaitForEnd();
        return process.Error.Length == 0;
    }
}
