using System.Runtime.Versioning;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Tests.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Files;

/// <summary>A host directory as the root: what is inside can be read, and no name leads outside.</summary>
[TestFixture, UnsupportedOSPlatform("windows"), Platform(Exclude = "Win", Reason = "symbolic links need a privilege there")]
internal sealed class HostRootTests
{
    private string _outside = null!;
    private World _world = null!;

    [OneTimeSetUp]
    public void MakeHostTree()
    {
        _outside = Directory.CreateTempSubdirectory("gdbstub-root").FullName;
        var root = Path.Combine(_outside, "root");
        Directory.CreateDirectory(Path.Combine(root, "usr/bin"));
        Directory.CreateDirectory(Path.Combine(root, "etc"));
        Directory.CreateDirectory(Path.Combine(root, "tmp"));
        File.WriteAllText(Path.Combine(_outside, "secret"), "secret");
        File.WriteAllText(Path.Combine(root, "etc/hosts"), "inside");
        File.WriteAllText(Path.Combine(root, "tmp/hidden"), "under the mount");
        File.WriteAllText(Path.Combine(root, "usr/bin/tool"), "tool");
        File.WriteAllText(Path.Combine(root, "unreadable"), "x");
        File.SetUnixFileMode(Path.Combine(root, "unreadable"), UnixFileMode.None);
        foreach (var (name, target) in new[]
        {
            ("absolute", Path.Combine(_outside, "secret")), ("relative", "../secret"), ("up", ".."), ("deep", "usr/../../secret"),
            ("usr/bin/climb", "../../../secret"), ("usr/bin/root", "../../.."), ("etc/passwd", "/etc/hosts"), ("hostetc", "/etc"),
            ("lib", "usr/bin"), ("self", "self"), ("procroot", "/proc/self/root"),
        })
            File.CreateSymbolicLink(Path.Combine(root, name), target);
        _world = new World(root);
    }

    [OneTimeTearDown]
    public void RemoveHostTree() => Directory.Delete(_outside, recursive: true);

    [TestCase("/absolute", ExpectedResult = ENOENT)]
    [TestCase("/relative", ExpectedResult = ENOENT)]
    [TestCase("/up/secret", ExpectedResult = ENOENT)]
    [TestCase("/deep", ExpectedResult = ENOENT)]
    [TestCase("/../secret", ExpectedResult = ENOENT)]
    [TestCase("/usr/bin/climb", ExpectedResult = ENOENT)]
    [TestCase("/usr/bin/../../../../secret", ExpectedResult = ENOENT)]
    [TestCase("/usr/bin/root/secret", ExpectedResult = ENOENT)]
    [TestCase("/lib/../../secret", ExpectedResult = ENOENT)]
    [TestCase("/procroot/etc/hosts", ExpectedResult = ENOENT)]
    [TestCase("/self", ExpectedResult = ELOOP)]
    [TestCase("/tmp/hidden", ExpectedResult = ENOENT)]
    [TestCase("/usr\0/../../secret", ExpectedResult = None)]
    [TestCase("/\u00ff\u00fe", ExpectedResult = ENOENT)]
    [TestCase("/up/usr/bin/tool", ExpectedResult = None)]
    [TestCase("/lib/tool", ExpectedResult = None)]
    public Errno Open(string path) => _world.Path("open", path, O_RDONLY, 0);

    [TestCase("/etc/passwd")]
    [TestCase("/hostetc/hosts")]
    [TestCase("/up/up/etc/hosts")]
    [TestCase("/usr/bin/root/etc/hosts")]
    public void Links_are_followed_in_the_guests_view(string path)
    {
        var descriptor = _world.Open(path, O_RDONLY);
        Assert.That(_world.Call("read", descriptor, TestMemory.Base, 100), Is.EqualTo(None));
        Assert.That(System.Text.Encoding.Latin1.GetString(_world.Memory[TestMemory.Base, (int)_world.Value]), Is.EqualTo("inside"));
    }

    [TestCase("mkdir", "/new", ExpectedResult = EROFS)]
    [TestCase("mkdir", "/etc", ExpectedResult = EEXIST)]
    [TestCase("unlink", "/etc/hosts", ExpectedResult = EROFS)]
    [TestCase("rmdir", "/etc", ExpectedResult = EROFS)]
    [TestCase("truncate", "/etc/hosts", ExpectedResult = EROFS)]
    [TestCase("chmod", "/etc/hosts", ExpectedResult = EROFS)]
    [TestCase("mkdir", "/tmp/new", ExpectedResult = None)]
    public Errno Nothing_of_the_host_changes(string call, string path) => _world.Path(call, path, 0x1ff, 0);

    [TestCase("/etc/hosts", O_RDWR, ExpectedResult = EROFS)]
    [TestCase("/etc/hosts", O_RDONLY | O_TRUNC, ExpectedResult = EROFS)]
    [TestCase("/etc/new", O_WRONLY | O_CREAT, ExpectedResult = EROFS)]
    [TestCase("/relative", O_WRONLY | O_CREAT, ExpectedResult = EROFS)]
    [TestCase("/unreadable", O_RDONLY, ExpectedResult = EACCES)]
    [TestCase("/dev/null", O_RDWR, ExpectedResult = None)]
    public Errno Open_for_writing(string path, int flags) => _world.Path("open", path, (ulong)flags, 0x1b6);

    [Test]
    public void Root_lists_host_names_and_mounts_in_order()
    {
        var names = _world.Kernel.FileSystem.Root.ReadEntries(0).Select(entry => entry.Name).ToArray();
        Assert.That(names[..4], Is.EqualTo(new[] { ".", "..", "absolute", "deep" }));
        Assert.That(names, Does.Contain("dev").And.Contain("tmp").And.Contain("etc").And.Not.Contain("secret"));
        Assert.That(names.Count(name => name == "tmp"), Is.EqualTo(1));
    }

    [Test]
    public void Same_name_is_the_same_file_until_the_host_replaces_it()
    {
        var path = Path.Combine(_outside, "root/usr/bin/built");
        File.WriteAllText(path, "old");
        var old = _world.Open("/usr/bin/built", O_RDONLY);
        var inode = _world.Stat("/usr/bin/built").st_ino;
        Assert.That(_world.Stat("/lib/built").st_ino, Is.EqualTo(inode));
        File.Delete(path);
        File.WriteAllText(path, "newer");
        Assert.That(_world.Stat("/usr/bin/built").st_ino, Is.Not.EqualTo(inode));
        _world.Call("read", old, TestMemory.Base, 100);
        Assert.That(System.Text.Encoding.Latin1.GetString(_world.Memory[TestMemory.Base, (int)_world.Value]), Is.EqualTo("old"));
        File.Delete(path);
    }

    [Test]
    public void Grant_mounts_over_the_root()
    {
        var path = Path.Combine(_outside, "prog");
        File.WriteAllText(path, "granted");
        Assert.That(_world.Kernel.FileSystem.Grant(path, "/home/u/prog"), Is.EqualTo(None));
        Assert.That(_world.Stat("/home/u/prog").st_size, Is.EqualTo(7));
        Assert.That(_world.Kernel.FileSystem.Grant(path, "/usr/bin/prog"), Is.EqualTo(None));
        Assert.That(_world.Stat("/lib/prog").st_size, Is.EqualTo(7));
    }
}
