using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>
/// The base system of a FreeBSD release on this machine, of which nothing is in this repository: scripts/freebsd-root.sh fetches one.
/// </summary>
/// <param name="Release">The release, such as 13.5.</param>
/// <param name="Directory">The directory that has lib, libexec and usr; null: there is none.</param>
public sealed record FreeBsdRoot(string Release, string? Directory)
{
    /// <summary>A release whose headers clang can build with; GDBSTUB_FREEBSD_ROOT names its directory.</summary>
    public static FreeBsdRoot Current { get; } = new("13.5", Environment.GetEnvironmentVariable("GDBSTUB_FREEBSD_ROOT") ?? Find("13.5"));

    /// <summary>An old release with all its programs, perl and python among them.</summary>
    public static FreeBsdRoot Old { get; } = new("10.2", Find("10.2"));

    /// <summary>The runtime linker and the libraries that programs of <see cref="Build"/> need; a release has some or all.</summary>
    private static readonly string[] s_libraries =
    [
        "libexec/ld-elf.so.1", "lib/libc.so.7", "lib/libsys.so.7", "lib/libthr.so.3", "lib/libm.so.5", "lib/libcxxrt.so.1", "lib/libgcc_s.so.1",
        "usr/lib/libc++.so.1", "lib/libc++.so.1",
    ];

    /// <summary>Skips the test when this root is not there.</summary>
    public string Require()
    {
        if (Directory is null || !System.IO.Directory.Exists(Directory))
            Assert.Ignore($"no FreeBSD {Release}: scripts/freebsd-root.sh {Release} amd64 fetches it");
        return Directory!;
    }

    /// <summary>The path of a program of the root, given relative to the root; skips the test when the root lacks the program.</summary>
    public string Program(string path)
    {
        var program = Path.Combine(Require(), path);
        if (!File.Exists(program)) Assert.Ignore($"FreeBSD {Release} here has no {path}");
        return program;
    }

    /// <summary>
    /// Compiles sources of test/guests/freebsd against this root into a new root directory of the guest: /app/NAME, with the libraries beside.
    /// </summary>
    public void Build(string directory, string name, params string[] arguments)
    {
        var root = Require();
        foreach (var library in s_libraries.Where(library => File.Exists(Path.Combine(root, library)))) Copy(root, directory, library);
        System.IO.Directory.CreateDirectory(Path.Combine(directory, "app"));
        using var compiler = new ChildProcess(
            arguments.Any(argument => argument.EndsWith(".cc", StringComparison.Ordinal)) ? "clang++" : "clang",
            [
                "--target=x86_64-unknown-freebsd13.5", $"--sysroot={root}", "-fuse-ld=lld", "-g", "-O0",
                $"-ffile-prefix-map={Repository.Root}/=", "-o", Path.Combine(directory, "app", name), .. arguments,
            ],
            directory: Repository.File("test/guests/freebsd"));
        Assert.That(compiler.WaitForEnd(), Is.Zero, compiler.Log);
    }

    private static void Copy(string root, string directory, string library)
    {
        var target = new FileInfo(Path.Combine(directory, library));
        target.Directory!.Create();
        if (!target.Exists) File.Copy(Path.Combine(root, library), target.FullName);
    }

    private static string? Find(string release)
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var directory = Path.Combine(cache, "gdbstub-freebsd", release);
        return System.IO.Directory.Exists(directory) ? directory : null;
    }
}
