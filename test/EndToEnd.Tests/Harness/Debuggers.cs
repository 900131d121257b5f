namespace EndToEnd.Tests.Harness;

/// <summary>Where the debuggers of this machine are.</summary>
public static class Debuggers
{
    /// <summary>The first of <paramref name="names"/> that is on the path; null: none is.</summary>
    public static string? FindOnPath(params string[] names) =>
        (from name in names
         from directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
         select Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>A newer one, from the directory that GDBSTUB_DEBUGGERS names; null: there is none.</summary>
    public static string? FindNewer(string name)
    {
        var directory = Environment.GetEnvironmentVariable("GDBSTUB_DEBUGGERS")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "gdbstub-debuggers");
        var path = Path.Combine(directory, name);
        return File.Exists(path) ? path : null;
    }
}
