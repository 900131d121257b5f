using System.Runtime.Versioning;
using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Tests.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Files;

/// <summary>
/// Nobody gets out of the root while a host process exchanges directories, links, FIFOs and files below it, and while a second machine
/// works on the same root. However the threads interleave, nothing outside is read or changed and no call waits.
/// </summary>
[TestFixture, SupportedOSPlatform("linux"), Platform("Linux", Reason = "other hosts have no writable root")]
internal sealed class WallTests
{
    private const string Secret = "TOP SECRET";

    private string _outside = null!, _root = null!;

    [SetUp]
    public void MakeHostTree()
    {
        _outside = Directory.CreateTempSubdirectory("gdbstub-wall").FullName;
        _root = Path.Combine(_outside, "root");
        Directory.CreateDirectory(Path.Combine(_root, "sub/deep"));
        Directory.CreateDirectory(Path.Combine(_root, "spare"));
        Directory.CreateDirectory(Path.Combine(_outside, "secret/deep"));
        Directory.CreateDirectory(Path.Combine(_outside, "mounted/deep"));
        foreach (var file in new[] { "sub/s", "sub/deep/s", "spare/s", "plain" }) Write($"root/{file}", "inside");
        Write("mounted/s", "inside");
        foreach (var directory in new[] { "secret", "secret/deep" }) Write($"{directory}/s", Secret);
        foreach (var directory in Directory.EnumerateDirectories(_root, "*", SearchOption.AllDirectories).Append(_root).Append(Path.Combine(_outside, "mounted")))
            File.SetUnixFileMode(directory, (UnixFileMode)0x1ff);
    }

    [TearDown]
    public void RemoveHostTree() => Directory.Delete(_outside, recursive: true);

    [TestCase(false, 4000)]
    [TestCase(true, 4000)]
    public void Nobody_gets_out(bool isWritable, int operations) => Drill(isWritable, operations);

    [TestCase(false), TestCase(true)]
    [Explicit("a long run: scripts/test-walls.sh")]
    public void Nobody_gets_out_in_a_long_run(bool isWritable) =>
        Drill(isWritable, int.Parse(Environment.GetEnvironmentVariable("GDBSTUB_WALL_OPERATIONS") ?? "1000000"));

    private void Drill(bool isWritable, int operations)
    {
        using var end = new CancellationTokenSource();
        var swapper = Task.Factory.StartNew(() => Swap(end.Token), TaskCreationOptions.LongRunning);
        using var mounts = MayMount ? new HostMounts(_outside) : null;
        var guests = (isWritable ? new[] { true, true } : [false, false, true])
            .Select((writable, index) => Task.Factory.StartNew(() => Attack(writable, operations, index), TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(guests);
        end.Cancel();
        var swaps = swapper.Result;
        if (mounts is not null) Assert.That(mounts.End(), Is.GreaterThan(0), "mounts by the host");
        var done = guests.Aggregate(0L, (sum, guest) => sum + guest.Result);
        TestContext.Out.WriteLine($"{guests.Length} machines, {operations} rounds each, {done} calls that succeeded, {swaps} swaps by the host");
        Assert.That(done, Is.GreaterThan(0));
        Assert.That(swaps, Is.GreaterThan(0));
        foreach (var file in new[] { "secret/s", "secret/deep/s" })
        {
            Assert.That(File.ReadAllText(Path.Combine(_outside, file)), Is.EqualTo(Secret));
            Assert.That((int)File.GetUnixFileMode(Path.Combine(_outside, file)), Is.EqualTo(0x1a4));
        }
        Assert.That(
            Directory.EnumerateFileSystemEntries(Path.Combine(_outside, "secret"), "*", SearchOption.AllDirectories).Count(),
            Is.EqualTo(3), "nothing was made or removed outside");
    }

    /// <summary>The script has given this process mounts of its own.</summary>
    private static bool MayMount => Environment.GetEnvironmentVariable("GDBSTUB_WALL_MOUNTS") == "1";

    /// <summary>
    /// A host process that moves directories away and puts links in their place. It touches names in the root alone: below, it would itself follow
    /// links that guests have made.
    /// </summary>
    private long Swap(CancellationToken end)
    {
        var swaps = 0L;
        string sub = Path.Combine(_root, "sub"), away = Path.Combine(_root, "away"), file = Path.Combine(_root, "plain");
        for (; !end.IsCancellationRequested; swaps++)
        {
            try
            {
                Directory.Move(sub, away);
                File.CreateSymbolicLink(sub, Path.Combine(_outside, "secret"));
                File.Delete(sub);
                Directory.Move(away, sub);
                File.Delete(file);
                File.CreateSymbolicLink(file, Path.Combine(_outside, "secret/s"));
                File.Delete(file);
                using var made = new FileStream(file, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = (UnixFileMode)0x1b6,
                });
                made.Write("inside"u8);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A guest was faster. The tree is put together again as far as it can be.
                Restore(sub, away);
            }
        }
        return swaps;
    }

    private static void Restore(string sub, string away)
    {
        try
        {
            if (new FileInfo(sub).LinkTarget is not null) File.Delete(sub);
            if (Directory.Exists(away) && !Directory.Exists(sub)) Directory.Move(away, sub);
            else Directory.CreateDirectory(sub);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next round tries again.
        }
    }

    /// <summary>A guest that tries every call that takes a name.</summary>
    /// <returns>The number of calls that succeeded.</returns>
    private long Attack(bool isWritable, int operations, int seed)
    {
        var world = new World(_root, isRootWritable: isWritable);
        world.Process.Credentials = Credentials.Of(Process.ProgramUser, Process.ProgramUser);
        var random = new Random(seed);
        var done = 0L;
        string[] names = ["/sub/s", "/sub/deep/s", "/sub/new", "/sub/deep", "/spare/s", "/spare/../../secret/s", "/link", "/sub/link", "/away/s", "/sub", "/plain"];
        string[] targets = [Path.Combine(_outside, "secret"), "../secret", Path.Combine(_outside, "secret/s"), "/../secret/s"];
        for (var round = 0; round < operations; round++)
        {
            string name = names[random.Next(names.Length)], other = names[random.Next(names.Length)];
            ulong Text(string text) => world.Memory.Text(text);
            var error = random.Next(10) switch
            {
                0 => world.Call("unlink", Text(name)),
                1 => world.Call("rename", Text(name), Text(other)),
                2 => world.Call("symlink", Text(targets[random.Next(targets.Length)]), Text(name)),
                3 => world.Call("link", Text(name), Text(other)),
                4 => world.Call("chmod", Text(name), 0x1ff),
                5 => world.Call("mkdir", Text(name), 0x1ff),
                6 => world.Call("truncate", Text(name), 0),
                7 => world.Call("utimensat", unchecked((ulong)AT_FDCWD), Text(name), 0, 0),
                8 => OpenAndWrite(world, Text(name)),
                _ => OpenAndRead(world, Text(name)),
            };
            if (error == None) done++;
        }
        return done;
    }

    private static Errno OpenAndRead(World world, ulong name)
    {
        if (world.Call("open", name, O_RDONLY, 0) is not None and var error) return error;
        var descriptor = (ulong)world.Value;
        if (world.Call("read", descriptor, TestMemory.Base, 100) == None)
            Assert.That(Encoding.Latin1.GetString(world.Memory[TestMemory.Base, (int)world.Value]), Is.Not.EqualTo(Secret));
        return world.Call("close", descriptor);
    }

    private static Errno OpenAndWrite(World world, ulong name)
    {
        if (world.Call("open", name, O_CREAT | O_RDWR, 0x1b6) is not None and var error) return error;
        var descriptor = (ulong)world.Value;
        world.Call("write", descriptor, name, 6);
        return world.Call("close", descriptor);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_outside, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)(name.StartsWith("secret") ? 0x1a4 : 0x1b6));
    }

    /// <summary>A host process that mounts another directory on one of the root and takes it away while guests may have it open.</summary>
    private sealed class HostMounts : IDisposable
    {
        private const string Loop =
            "count=0; while [ -e \"$1/mounting\" ]; do mount --bind \"$1/mounted\" \"$1/root/spare\" && umount -l \"$1/root/spare\" && " +
            "count=$((count+1)); done; echo $count";

        private readonly string _mounting;
        private readonly System.Diagnostics.Process _process;

        public HostMounts(string outside)
        {
            _mounting = Path.Combine(outside, "mounting");
            File.WriteAllText(_mounting, "");
            _process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo
            {
                FileName = "/bin/sh", RedirectStandardOutput = true, ArgumentList = { "-c", Loop, "mounts", outside },
            })!;
        }

        /// <returns>How often the directory was mounted.</returns>
        public int End()
        {
            File.Delete(_mounting);
            var count = int.Parse(_process.StandardOutput.ReadToEnd());
            TestContext.Out.WriteLine($"{count} mounts by the host");
            return count;
        }

        public void Dispose()
        {
            File.Delete(_mounting);
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
