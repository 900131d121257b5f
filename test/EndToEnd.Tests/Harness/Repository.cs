using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>Where the files of this repository are.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The product as the tests' build left it.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "gdbstub.dll");

    /// <summary>The path of a file of the repository, given relative to its root.</summary>
    public static string File(string path) => Path.Combine(Root, path);

    /// <summary>The path of a guest program, such as <c>session.O0</c>.</summary>
    public static string Guest(string name)
    {
        var path = File($"test/guests/bin/{name}");
        Assert.That(path, Does.Exist, "the guests are not built: run scripts/build-guests.sh");
        return path;
    }

    /// <summary>Whether a guest, such as <c>arm64/session.O0</c>, is one of arm64; the others are amd64's.</summary>
    public static bool IsArm64(string guest) => guest.StartsWith("arm64/", StringComparison.Ordinal);

    /// <summary>What a guest must print, from <c>test/guests/expected</c>: on some CPU perhaps something of its own.</summary>
    public static string Expected(string program, string cpu = "amd64")
    {
        var own = File($"test/guests/expected/{cpu}/{program}.txt");
        return System.IO.File.ReadAllText(System.IO.File.Exists(own) ? own : File($"test/guests/expected/{program}.txt"));
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(directory.FullName, "gdbstub.sln")))
            directory = directory.Parent ?? throw new DirectoryNotFoundException("the tests do not lie in the repository");
        return directory.FullName;
    }
}
