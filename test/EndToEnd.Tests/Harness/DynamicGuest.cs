namespace EndToEnd.Tests.Harness;

/// <summary>The dynamically linked guest with its linker and its libraries: a root directory of its own.</summary>
public static class DynamicGuest
{
    /// <summary>The program at a fixed place and at none.</summary>
    public static readonly string[] Builds = ["dynamic", "dynamic-pie"];

    /// <summary>Options for a server of one of the builds.</summary>
    public static string[] Options(string build)
    {
        var program = Repository.Guest($"dynamic/bin/{build}");
        return ["--root", Path.GetDirectoryName(Path.GetDirectoryName(program))!, "--", program];
    }
}
