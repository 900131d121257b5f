using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Tests.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Tests.Files;

/// <summary>Looking up and changing names in memory; errors as the ERRORS sections of the man pages have them.</summary>
[TestFixture]
internal sealed class NameSpaceTests
{
    private World _world = null!;

    [SetUp]
    public void MakeTree()
    {
        _world = new World();
        foreach (var directory in (string[])["/tmp/d", "/tmp/d/sub", "/tmp/empty"]) Assert.That(_world.Path("mkdir", directory, 0x1ff), Is.EqualTo(None));
        _world.Open("/tmp/f", O_CREAT | O_WRONLY);
        _world.Open("/tmp/d/g", O_CREAT | O_WRONLY);
        Link("f", "/tmp/lf");
        Link("/tmp/d", "/tmp/ld");
        Link("loop", "/tmp/loop");
        Link("missing", "/tmp/dangling");
    }

    private void Link(string target, string name) =>
        Assert.That(_world.Call("symlink", _world.Memory.Text(target), _world.Memory.Text(name)), Is.EqualTo(None));

    [TestCase("/tmp/f", O_RDONLY, ExpectedResult = None)]
    [TestCase("/tmp/nothing", O_RDONLY, ExpectedResult = ENOENT)]
    [TestCase("", O_RDONLY, ExpectedResult = ENOENT)]
    [TestCase("/tmp/f/x", O_RDONLY, ExpectedResult = ENOTDIR)]
    [TestCase("/tmp/f/", O_RDONLY, ExpectedResult = ENOTDIR)]
    [TestCase("/tmp/f", O_RDONLY | O_DIRECTORY, ExpectedResult = ENOTDIR)]
    [TestCase("/tmp/d", O_RDONLY | O_DIRECTORY, ExpectedResult = None)]
    [TestCase("/tmp/d", O_WRONLY, ExpectedResult = EISDIR)]
    [TestCase("/tmp/d", O_RDONLY | O_TRUNC, ExpectedResult = EISDIR)]
    [TestCase("/tmp/f", O_CREAT | O_EXCL, ExpectedResult = EEXIST)]
    [TestCase("/tmp/dangling", O_CREAT | O_EXCL, ExpectedResult = EEXIST)]
    [TestCase("/tmp/dangling", O_RDONLY, ExpectedResult = ENOENT)]
    [TestCase("/tmp/dangling", O_CREAT | O_WRONLY, ExpectedResult = None)]
    [TestCase("/tmp/new/", O_CREAT | O_WRONLY, ExpectedResult = ENOENT)]
    [TestCase("/tmp/lf", O_RDONLY | O_NOFOLLOW, ExpectedResult = EMLINK)]
    [TestCase("/tmp/loop", O_RDONLY, ExpectedResult = ELOOP)]
    [TestCase("/tmp/f", O_RDWR | O_WRONLY, ExpectedResult = EINVAL)]
    [TestCase("/tmp/f", O_EXEC | O_RDWR, ExpectedResult = EINVAL)]
    [TestCase("/tmp/f", O_EXEC, ExpectedResult = EACCES)]
    [TestCase("/tmp/d", O_CREAT | O_EXCL | O_DIRECTORY, ExpectedResult = EINVAL)]
    [TestCase("/tmp/d", O_CREAT | O_DIRECTORY, ExpectedResult = None)]
    [TestCase("/tmp/new", O_CREAT | O_DIRECTORY, ExpectedResult = ENOENT)]
    [TestCase("/tmp/d", O_CREAT, ExpectedResult = EISDIR)]
    [TestCase("/tmp/f", O_CREAT | O_EMPTY_PATH, ExpectedResult = EINVAL)]
    [TestCase("/new", O_CREAT | O_WRONLY, ExpectedResult = EACCES)]
    [TestCase("/tmp/ld/../f", O_RDONLY, ExpectedResult = None)]
    [TestCase("/../../tmp/./d//g", O_RDONLY, ExpectedResult = None)]
    [TestCase("//", O_RDONLY, ExpectedResult = None)]
    [TestCase("/dev/null", O_RDWR | O_TRUNC, ExpectedResult = None)]
    [TestCase("/dev/new", O_CREAT | O_WRONLY, ExpectedResult = EACCES)]
    public Errno Open(string path, int flags) => _world.Path("open", path, (ulong)flags, 0x1b6);

    [Test]
    public void Long_names_are_refused()
    {
        Assert.That(_world.Path("open", "/tmp/" + new string('x', 256), 0, 0), Is.EqualTo(ENAMETOOLONG));
        Assert.That(_world.Path("open", "/tmp/" + new string('x', 255), 0, 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Path("open", string.Concat(Enumerable.Repeat("/tmp/..", 146)) + "/", 0, 0), Is.EqualTo(None));
        Assert.That(_world.Path("open", string.Concat(Enumerable.Repeat("/tmp/..", 147)), 0, 0), Is.EqualTo(ENAMETOOLONG));
        Assert.That(_world.Call("open", TestMemory.Nowhere, 0, 0), Is.EqualTo(EFAULT));
    }

    [TestCase("/tmp/d", ExpectedResult = EEXIST)]
    [TestCase("/tmp/lf", ExpectedResult = EEXIST)]
    [TestCase("/tmp/n/m", ExpectedResult = ENOENT)]
    [TestCase("/tmp/f/m", ExpectedResult = ENOTDIR)]
    [TestCase("/tmp/n/", ExpectedResult = None)]
    [TestCase("/", ExpectedResult = EISDIR)]
    [TestCase("/n", ExpectedResult = EACCES)]
    public Errno MakeDirectory(string path) => _world.Path("mkdir", path, 0x1ff);

    [TestCase("/tmp/d", ExpectedResult = ENOTEMPTY)]
    [TestCase("/tmp/empty", ExpectedResult = None)]
    [TestCase("/tmp/empty/", ExpectedResult = None)]
    [TestCase("/tmp/empty/.", ExpectedResult = EINVAL)]
    [TestCase("/tmp/d/sub/..", ExpectedResult = ENOTEMPTY)]
    [TestCase("/tmp/f", ExpectedResult = ENOTDIR)]
    [TestCase("/tmp/ld", ExpectedResult = ENOTDIR)]
    [TestCase("/tmp/none", ExpectedResult = ENOENT)]
    [TestCase("/tmp", ExpectedResult = EACCES)]
    public Errno RemoveDirectory(string path) => _world.Path("rmdir", path);

    [TestCase("/tmp/f", ExpectedResult = None)]
    [TestCase("/tmp/loop", ExpectedResult = None)]
    [TestCase("/tmp/d", ExpectedResult = EPERM)]
    [TestCase("/tmp/none", ExpectedResult = ENOENT)]
    [TestCase("/dev/null", ExpectedResult = EACCES)]
    public Errno Unlink(string path) => _world.Path("unlink", path);

    [TestCase("/tmp/f", "/tmp/h", ExpectedResult = None)]
    [TestCase("/tmp/f", "/tmp/d/g", ExpectedResult = None)]
    [TestCase("/tmp/f", "/tmp/d", ExpectedResult = EISDIR)]
    [TestCase("/tmp/d", "/tmp/f", ExpectedResult = ENOTDIR)]
    [TestCase("/tmp/d", "/tmp/empty", ExpectedResult = None)]
    [TestCase("/tmp/empty", "/tmp/d", ExpectedResult = ENOTEMPTY)]
    [TestCase("/tmp/d", "/tmp/d/sub/x", ExpectedResult = EINVAL)]
    [TestCase("/tmp/d", "/tmp/e/", ExpectedResult = None)]
    [TestCase("/tmp/d/.", "/tmp/e", ExpectedResult = EINVAL)]
    [TestCase("/tmp/none", "/tmp/e", ExpectedResult = ENOENT)]
    [TestCase("/tmp/f", "/home", ExpectedResult = EACCES)]
    public Errno Rename(string from, string to) => _world.Call("rename", _world.Memory.Text(from), _world.Memory.Text(to));

    [Test]
    public void Renamed_directory_takes_its_contents_and_path_along()
    {
        _world.Call("rename", _world.Memory.Text("/tmp/d"), _world.Memory.Text("/tmp/e"));
        Assert.That(_world.Stat("/tmp/e/g").st_mode & S_IFMT, Is.EqualTo(S_IFREG));
        Assert.That(_world.Path("open", "/tmp/d/g", 0, 0), Is.EqualTo(ENOENT));
        _world.Open("/tmp/e/g", O_RDONLY);
        _world.Process.Files.Get((int)_world.Value, out var file);
        Assert.That(((Vnode)file.Target).Path, Is.EqualTo("/tmp/e/g"));
    }

    [Test]
    public void Links_are_counted_and_a_removed_file_lives_until_it_is_closed()
    {
        var descriptor = _world.Open("/tmp/f", O_RDWR);
        Assert.That(_world.Call("link", _world.Memory.Text("/tmp/f"), _world.Memory.Text("/tmp/f2")), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/f").st_nlink, Is.EqualTo(2));
        Assert.That(_world.Stat("/tmp/f2").st_ino, Is.EqualTo(_world.Stat("/tmp/f").st_ino));
        _world.Call("write", descriptor, _world.Memory.Text("kept"), 4);
        var before = _world.Kernel.FileSystem.Budget.Bytes;
        _world.Path("unlink", "/tmp/f");
        _world.Path("unlink", "/tmp/f2");
        Assert.That(_world.Call("pread", descriptor, TestMemory.Base, 10, 0), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory.GetText(TestMemory.Base)), Is.EqualTo((4L, "kept")));
        Assert.That(_world.Kernel.FileSystem.Budget.Bytes, Is.EqualTo(before));
        _world.Process.Files.CloseFrom(3, int.MaxValue);
        Assert.That(_world.Kernel.FileSystem.Budget.Bytes, Is.LessThan(before));
        Assert.That(_world.Call("link", _world.Memory.Text("/tmp/d"), _world.Memory.Text("/tmp/d2")), Is.EqualTo(EPERM));
    }

    [Test]
    public void Stat_follows_links_and_lstat_does_not()
    {
        Assert.That(_world.Stat("/tmp/ld").st_mode, Is.EqualTo(S_IFDIR | 0x1ed));
        Assert.That(_world.Stat("/tmp/ld", follow: false).st_mode & S_IFMT, Is.EqualTo(S_IFLNK));
        Assert.That(_world.Stat("/tmp/ld/", follow: false).st_mode & S_IFMT, Is.EqualTo(S_IFDIR));
        Assert.That(_world.Stat("/tmp/ld", follow: false).st_size, Is.EqualTo("/tmp/d".Length));
        Assert.That(_world.Path("readlink", "/tmp/ld", TestMemory.Base, 4), Is.EqualTo(None));
        Assert.That(System.Text.Encoding.Latin1.GetString(_world.Memory[TestMemory.Base, (int)_world.Value]), Is.EqualTo("/tmp"));
        Assert.That(_world.Path("readlink", "/tmp/f", TestMemory.Base, 4), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Mode_mask_and_access()
    {
        _world.Call("umask", 0x3f);
        _world.Open("/tmp/private", O_CREAT | O_WRONLY, 0x1ff);
        Assert.That(_world.Stat("/tmp/private").st_mode, Is.EqualTo(S_IFREG | 0x1c0));
        Assert.That(_world.Path("chmod", "/tmp/private", 0x80), Is.EqualTo(None));
        Assert.That(_world.Path("open", "/tmp/private", O_RDONLY, 0), Is.EqualTo(EACCES));
        Assert.That(_world.Path("access", "/tmp/private", W_OK), Is.EqualTo(None));
        Assert.That(_world.Path("access", "/tmp/private", R_OK), Is.EqualTo(EACCES));
        Assert.That(_world.Path("access", "/tmp/private", 8), Is.EqualTo(EINVAL));
        _world.Path("chmod", "/tmp/d", 0x1b6);
        Assert.That(_world.Path("open", "/tmp/d/g", O_RDONLY, 0), Is.EqualTo(EACCES));
        Assert.That(_world.Path("chmod", "/tmp", 0x1ff), Is.EqualTo(EPERM));
        _world.Process.UserId = 2;
        Assert.That(_world.Path("unlink", "/tmp/f"), Is.EqualTo(EPERM), "sticky");
    }

    [Test]
    public void Current_directory_and_descriptors_are_where_paths_begin()
    {
        Assert.That(_world.Path("chdir", "/tmp/ld"), Is.EqualTo(None));
        Assert.That(_world.Call("__getcwd", TestMemory.Base, 100), Is.EqualTo(None));
        Assert.That(_world.Memory.GetText(TestMemory.Base), Is.EqualTo("/tmp/d"));
        Assert.That(_world.Call("__getcwd", TestMemory.Base, 6), Is.EqualTo(ENOMEM));
        Assert.That(_world.Call("__getcwd", TestMemory.Base, 1), Is.EqualTo(EINVAL));
        Assert.That(_world.Path("open", "g", 0, 0), Is.EqualTo(None));
        Assert.That(_world.Path("chdir", "g"), Is.EqualTo(ENOTDIR));
        var directory = _world.Open("/tmp", O_RDONLY | O_DIRECTORY);
        Assert.That(_world.Call("openat", directory, _world.Memory.Text("f"), 0, 0), Is.EqualTo(None));
        Assert.That(_world.Call("openat", (ulong)_world.Value, _world.Memory.Text("f"), 0, 0), Is.EqualTo(ENOTDIR));
        Assert.That(_world.Call("openat", 99, _world.Memory.Text("f"), 0, 0), Is.EqualTo(EBADF));
        Assert.That(_world.Call("openat", 99, _world.Memory.Text("/tmp/f"), 0, 0), Is.EqualTo(None));
        Assert.That(_world.Call("fchdir", directory), Is.EqualTo(None));
        Assert.That(_world.Process.CurrentDirectory, Is.EqualTo("/tmp"));
        Assert.That(_world.Call("unlinkat", directory, _world.Memory.Text("empty"), AT_REMOVEDIR), Is.EqualTo(None));
    }

    [Test]
    public void Directories_nested_beyond_the_longest_path_have_none()
    {
        var directory = _world.Open("/tmp", O_RDONLY);
        for (var depth = 0; depth < 600; depth++)
        {
            Assert.That(_world.Call("mkdirat", directory, _world.Memory.Text("x"), 0x1ff), Is.EqualTo(None));
            Assert.That(_world.Call("openat", directory, _world.Memory.Text("x"), 0, 0), Is.EqualTo(None));
            directory = (ulong)_world.Value;
        }
        Assert.That(_world.Call("fchdir", directory), Is.EqualTo(None));
        Assert.That(_world.Call("__getcwd", TestMemory.Base, 1024), Is.EqualTo(ENOMEM));
        Assert.That(_world.Path("mkdir", "y", 0x1ff), Is.EqualTo(None));
        Assert.That(_world.Path("chdir", ".."), Is.EqualTo(None));
        Assert.That(_world.Path("rmdir", "x/y"), Is.EqualTo(None), "the name is relative to where the process is");
    }

    [TestCase("getdirentries", 24, 18, 16, 24)]
    [TestCase("freebsd11_getdirentries", 8, 6, 4, 8)]
    public void Directories_are_listed_in_pieces(string call, int nameOffset, int typeOffset, int lengthOffset, int header)
    {
        var directory = _world.Open("/tmp", O_RDONLY);
        var seen = new Dictionary<string, int>();
        while (_world.Call(call, directory, TestMemory.Base, 64, TestMemory.Base + 0x1000) == None && _world.Value > 0)
        {
            for (var at = 0; at < _world.Value;)
            {
                var entry = TestMemory.Base + (ulong)at;
                seen.Add(_world.Memory.GetText(entry + (ulong)nameOffset), _world.Memory[entry, header][typeOffset]);
                at += _world.Memory.Get<ushort>(entry + (ulong)lengthOffset);
            }
        }
        Assert.That(seen.Keys, Is.EquivalentTo(new[] { ".", "..", "d", "empty", "f", "lf", "ld", "loop", "dangling" }));
        Assert.That((seen["."], seen["f"], seen["lf"]), Is.EqualTo(((int)DT_DIR, (int)DT_REG, (int)DT_LNK)));
        _world.Call("lseek", directory, 0, SEEK_SET);
        Assert.That(_world.Call(call, directory, TestMemory.Base, 8, 0), Is.EqualTo(EINVAL));
        Assert.That(_world.Call(call, _world.Open("/tmp/f", O_RDONLY), TestMemory.Base, 64, 0), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("read", directory, TestMemory.Base, 64), Is.EqualTo(EISDIR));
    }

    [Test]
    public void Granted_file_appears_read_only_with_its_directories()
    {
        var host = Path.GetTempFileName();
        File.WriteAllText(host, "text");
        var files = _world.Kernel.FileSystem;
        Assert.That(files.Grant(host, "/home/u/prog"), Is.EqualTo(None));
        Assert.That(files.Grant(host + "x", "/home/u/none"), Is.EqualTo(ENOENT));
        Assert.That(files.Grant(Path.GetTempPath(), "/home/u/dir"), Is.EqualTo(EISDIR));
        Assert.That(files.Grant(host, "/home/u/prog/x"), Is.EqualTo(ENOTDIR));
        Assert.That(_world.Path("open", "/home/u/prog", O_RDWR, 0), Is.EqualTo(EROFS));
        Assert.That(_world.Path("unlink", "/home/u/prog"), Is.EqualTo(EBUSY));
        Assert.That(_world.Path("access", "/home/u/prog", W_OK), Is.EqualTo(EROFS));
        var descriptor = _world.Open("/home/u/prog", O_RDONLY);
        File.Delete(host);
        Assert.That(_world.Call("read", descriptor, TestMemory.Base, 100), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory.GetText(TestMemory.Base)), Is.EqualTo((4L, "text")));
        Assert.That(_world.Path("open", "/home/u/new", O_CREAT | O_RDWR, 0x1b6), Is.EqualTo(None));
        _world.Process.Files.Get((int)descriptor, out var file);
        Assert.That(((TraceKernel.Vm.IBackingFile)file.Target).Path, Is.EqualTo("/home/u/prog"));
    }
}
