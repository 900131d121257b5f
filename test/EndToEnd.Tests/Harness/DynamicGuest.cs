namespace EndToEnd.Tests.Harness;

/// <summary>The dynamically linked guest with its linker and its libraries: a root directory of its own.</summary>
public static class DynamicGuest
{
    /// <summary>The program at a fixed place and at none.</summary>
    public static readonly string[] Builds = ["dynamic", "dynamic-pie", "arm64/dynamic", "arm64/dynamic-pie"];

    /// <summary>Options for a server of one of the builds.</summary>
    public static string[] Options(string build)
    {
        var root = Repository.Guest(Path.Combine(Path.GetDirectoryName(build)!, "dynamic"));
        return ["--root", root, "--", Path.Combine(root, "bin", Path.GetFileName(build))];
    }
}
