using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>An lldb on this machine.</summary>
/// <param name="Name">What the tests' names call it.</param>
/// <param name="Program">Its executable; null: there is none.</param>
public sealed record Lldb(string Name, string? Program)
{
    /// <summary>The distribution's: Debian 12 has lldb 14.</summary>
    public static Lldb Distribution { get; } = new("lldb", FindOnPath("lldb") ?? FindOnPath("lldb-14"));

    /// <summary>A newer one, from the directory that GDBSTUB_DEBUGGERS names.</summary>
    public static Lldb Newer { get; } = new("newer-lldb", Existing(Path.Combine(DebuggersDirectory(), "lldb")));

    public static IEnumerable<Lldb> All => [Distribution, Newer];

    /// <summary>Skips the test when this lldb is not there.</summary>
    public Lldb Require()
    {
        if (Program is null)
            Assert.Ignore(this == Newer ? "no newer lldb: GDBSTUB_DEBUGGERS names no directory with one" : "no lldb is installed");
        return this;
    }

    public override string ToString() => Name;

    private static string DebuggersDirectory() =>
        Environment.GetEnvironmentVariable("GDBSTUB_DEBUGGERS")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "gdbstub-debuggers");

    private static string? Existing(string path) => File.Exists(path) ? path : null;

    private static string? FindOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
}
