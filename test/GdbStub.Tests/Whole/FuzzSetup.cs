using GdbStub.CommandLine;
using GdbStub.Sessions;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>A command line of the server that fuzzing clients meet.</summary>
internal sealed record FuzzSetup(string Name)
{
    public static IReadOnlyList<FuzzSetup> All { get; } =
    [
        new("freebsd-14"),
        new("--root --trace") { HasRoot = true, HasTrace = true },
        new("--root-writable") { HasRoot = true, IsRootWritable = OperatingSystem.IsLinux() },
        new("--boot") { HasBoot = true },
        new("--strict, freebsd-13") { Kernel = "freebsd-13", IsStrict = true },
        new("arm64") { Architecture = "arm64" },
        new("arm64 --boot --trace") { Architecture = "arm64", HasBoot = true, HasTrace = true },
        new("freebsd-11") { Kernel = "freebsd-11" },
        new("dragonfly") { Kernel = "dragonfly" },
        new("freebsd-5 --trace") { Kernel = "freebsd-5", HasTrace = true },
    ];

    public string Architecture { get; init; } = "amd64";
    public string Kernel { get; init; } = "freebsd-14";
    public bool IsStrict { get; init; }
    public bool HasRoot { get; init; }
    public bool IsRootWritable { get; init; }
    public bool HasBoot { get; init; }
    public bool HasTrace { get; init; }

    /// <summary>Serves clients with <paramref name="serve"/>, and leaves no file behind.</summary>
    public void With(Action<WholeServer> serve)
    {
        var root = HasRoot ? Fill(Directory.CreateTempSubdirectory("gdbstub-fuzz-")) : null;
        try
        {
            using var trace = HasTrace ? new TraceFile(Stream.Null) : null;
            var system = WholeServer.CreateSystem(Architecture, Kernel, root?.FullName, IsRootWritable, IsStrict);
            if (HasBoot)
            {
                Assert.That(BootFile.TryRead(BootFile.Demo, out var table, out var reason), Is.True, reason);
                Assert.That(system.TryBoot(table!, out reason), Is.True, reason);
            }
            using var server = new WholeServer(system, HasBoot ? Offer.Nothing : Offer.Demo, trace);
            serve(server);
        }
        finally
        {
            if (root is not null) Remove(root);
        }
    }

    public override string ToString() => Name;

    /// <summary>Guests give files names of any bytes, and .NET removes none that is not UTF-8.</summary>
    private static void Remove(DirectoryInfo root)
    {
        if (OperatingSystem.IsWindows())
        {
            root.Delete(recursive: true);
            return;
        }
        using var remover = System.Diagnostics.Process.Start("rm", ["-rf", "--", root.FullName]);
        remover.WaitForExit();
        Assert.That(remover.ExitCode, Is.Zero);
    }

    /// <summary>Files of every kind that a root can have.</summary>
    private static DirectoryInfo Fill(DirectoryInfo root)
    {
        root.CreateSubdirectory("etc");
        root.CreateSubdirectory("usr/bin");
        File.WriteAllText(Path.Combine(root.FullName, "etc/passwd"), "root:*:0:0::/root:/bin/sh\n");
        File.WriteAllBytes(Path.Combine(root.FullName, "usr/bin/data"), new byte[100_000]);
        File.CreateSymbolicLink(Path.Combine(root.FullName, "usr/out"), "../../../../etc/passwd");
        File.CreateSymbolicLink(Path.Combine(root.FullName, "usr/loop"), "loop");
        return root;
    }
}
