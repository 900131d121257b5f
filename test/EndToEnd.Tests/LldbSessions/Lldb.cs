using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>An lldb on this machine.</summary>
/// <param name="Name">What the tests' names call it.</param>
/// <param name="Program">Its executable; null: there is none.</param>
public sealed record Lldb(string Name, string? Program)
{
    /// <summary>The distribution's: Debian 12 has lldb 14.</summary>
    public static Lldb Distribution { get; } = new("lldb", Debuggers.FindOnPath("lldb", "lldb-14"));

    /// <summary>A newer one, from the directory that GDBSTUB_DEBUGGERS names.</summary>
    public static Lldb Newer { get; } = new("newer-lldb", Debuggers.FindNewer("lldb"));

    public static IEnumerable<Lldb> All => [Distribution, Newer];

    /// <summary>Skips the test when this lldb is not there.</summary>
    public Lldb Require()
    {
        if (Program is null)
            Assert.Ignore(this == Newer ? "no newer lldb: GDBSTUB_DEBUGGERS names no directory with one" : "no lldb is installed");
        return this;
    }

    public override string ToString() => Name;
}
