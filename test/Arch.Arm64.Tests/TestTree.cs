namespace Arch.Arm64.Tests;

/// <summary>The repository that the tests were built in.</summary>
internal static class TestTree
{
    /// <summary>Its top directory.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "gdbstub.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("the tests lie outside the repository");
        return directory.FullName;
    }
}
