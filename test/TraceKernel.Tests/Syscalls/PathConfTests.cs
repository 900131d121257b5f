using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.PathConf;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Limits and full names of files, paths alone, and flags of files.</summary>
[TestFixture]
internal sealed class PathConfTests
{
    private const ulong Data = TestMemory.Base, Buffer = TestMemory.Base + 0x1000, Here = unchecked((ulong)AT_FDCWD);

    private World _world = null!;

    [SetUp]
    public void MakeTree()
    {
        _world = new World();
        _world.Path("mkdir", "/tmp/d", 0x1ff);
        _world.Call("close", _world.Open("/tmp/d/f", O_CREAT | O_RDWR));
        _world.Call("symlink", _world.Memory.Text("d/f"), _world.Memory.Text("/tmp/link"));
        _world.Path("mkfifo", "/tmp/fifo", 0x1b6);
    }

    // tmpfs_pathconf, devfs_pathconf, vop_stdpathconf
    [TestCase("/tmp/d", _PC_LINK_MAX, 32767)]
    [TestCase("/tmp/d", _PC_NAME_MAX, 255)]
    [TestCase("/tmp/d", _PC_PATH_MAX, 1024)]
    [TestCase("/tmp/d", _PC_PIPE_BUF, 512)]
    [TestCase("/tmp/fifo", _PC_PIPE_BUF, 512)]
    [TestCase("/tmp/d/f", _PC_PIPE_BUF, -1)]
    [TestCase("/tmp/d/f", _PC_FILESIZEBITS, 64)]
    [TestCase("/tmp/d/f", _PC_ACL_NFS4, 0)]
    [TestCase("/tmp/d/f", _PC_ASYNC_IO, 200112)]
    [TestCase("/tmp/d/f", _PC_MIN_HOLE_SIZE, 4096)]
    [TestCase("/tmp/d/f", _PC_MAX_CANON, -1)]
    [TestCase("/tmp/d/f", 1000, -1)]
    [TestCase("/dev/null", _PC_LINK_MAX, int.MaxValue)]
    [TestCase("/dev/null", _PC_MAX_CANON, -1)]
    public void Limits_are_those_of_the_file_system(string path, int name, long expected)
    {
        var error = _world.Path("pathconf", path, (ulong)name);
        Assert.That((error, error == None ? _world.Value : -1), Is.EqualTo((expected < 0 ? EINVAL : None, expected)));
    }

    [Test]
    public void A_descriptor_has_the_limits_of_its_file()
    {
        Assert.That(_world.Call("fpathconf", 0, _PC_MAX_CANON), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(255), "a terminal");
        Assert.That(_world.Call("pipe2", Data, 0), Is.EqualTo(None));
        var pipe = (ulong)_world.Memory.Get<int>(Data);
        Assert.That(_world.Call("fpathconf", pipe, _PC_PIPE_BUF), Is.EqualTo(None));
        Assert.That(_world.Call("fpathconf", pipe, _PC_NAME_MAX), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("kqueue"), Is.EqualTo(None));
        Assert.That(_world.Call("fpathconf", (ulong)_world.Value, _PC_NAME_MAX), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Call("fpathconf", 99, _PC_NAME_MAX), Is.EqualTo(EBADF));
        Assert.That(_world.Path("lpathconf", "/tmp/missing", _PC_NAME_MAX), Is.EqualTo(ENOENT));
    }

    [TestCase("/tmp/link", "/tmp/d/f")]
    [TestCase("/tmp/./d/../d//f", "/tmp/d/f")]
    [TestCase("/tmp/d/", "/tmp/d")]
    [TestCase("/", "/")]
    [TestCase("/..", "/")]
    public void A_real_path_has_neither_links_nor_dots(string path, string expected)
    {
        Assert.That(_world.Call("__realpathat", Here, _world.Memory.Text(path), Buffer, 1024, 0), Is.EqualTo(None));
        Assert.That(_world.Memory.GetText(Buffer), Is.EqualTo(expected));
        Assert.That(_world.Call("__realpathat", Here, _world.Memory.Text(path), Buffer, (ulong)Math.Max(expected.Length, 2), 0),
            Is.EqualTo(expected.Length == 1 ? None : ENOMEM));
    }

    [Test]
    public void Errors_of_a_real_path()
    {
        Assert.That(_world.Call("__realpathat", Here, _world.Memory.Text("/tmp"), Buffer, 1024, 1), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("__realpathat", Here, _world.Memory.Text("/tmp"), Buffer, 1, 0), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("__realpathat", Here, _world.Memory.Text("/tmp/nothing"), Buffer, 1024, 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Call("__realpathat", Here, _world.Memory.Text("/tmp/d/f/x"), Buffer, 1024, 0), Is.EqualTo(ENOTDIR));
    }

    [Test]
    public void A_path_alone_names_a_file_and_opens_nothing()
    {
        var path = _world.Open("/tmp/d/f", O_PATH);
        foreach (var call in (string[])["read", "write", "lseek", "ftruncate", "fchmod", "fsync"])
            Assert.That(_world.Call(call, path, Buffer, 1), Is.EqualTo(EBADF), call);
        Assert.That(_world.Call("ioctl", path, Ioctl.FIONBIO, Buffer), Is.EqualTo(EBADF));
        Assert.That(_world.Call("fstat", path, Buffer), Is.EqualTo(None));
        Assert.That(_world.Call("fcntl", path, F_GETFL, 0), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(O_PATH));
        var directory = _world.Open("/tmp/d", O_PATH);
        Assert.That(_world.Call("openat", directory, _world.Memory.Text("f"), O_RDWR), Is.EqualTo(None));
        Assert.That(_world.Call("fchdir", directory), Is.EqualTo(None));
        Assert.That(_world.Path("open", "/tmp/link", O_PATH | O_NOFOLLOW), Is.EqualTo(None));
        Assert.That(_world.Call("readlinkat", (ulong)_world.Value, _world.Memory.Text(""), Buffer, 100), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(3));
        _world.Path("chmod", "/tmp/d/f", 0);
        Assert.That(_world.Path("open", "/tmp/d/f", O_PATH), Is.EqualTo(None), "no access is asked for");
        Assert.That(_world.Call("openat", path, _world.Memory.Text(""), O_RDONLY | O_EMPTY_PATH), Is.EqualTo(EACCES));
    }

    [Test]
    public void An_empty_path_means_the_descriptor()
    {
        var file = _world.Open("/tmp/d/f", O_RDWR);
        var empty = _world.Memory.Text("");
        Assert.That(_world.Call("fstatat", file, empty, Buffer, AT_EMPTY_PATH), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<stat>(Buffer).st_ino, Is.EqualTo(_world.Stat("/tmp/d/f").st_ino));
        Assert.That(_world.Call("fstatat", file, empty, Buffer, 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Call("fchmodat", file, empty, 0x180, AT_EMPTY_PATH), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/d/f").st_mode & 0x1ff, Is.EqualTo(0x180));
        Assert.That(_world.Call("pipe2", Data, 0), Is.EqualTo(None));
        Assert.That(_world.Call("fstatat", (ulong)_world.Memory.Get<int>(Data), empty, Buffer, AT_EMPTY_PATH), Is.EqualTo(None), "no named file");
    }

    [Test]
    public void A_name_is_only_removed_while_it_is_the_files()
    {
        var file = _world.Open("/tmp/d/f", O_RDWR);
        var other = _world.Open("/tmp/other", O_CREAT | O_RDWR);
        Assert.That(_world.Call("funlinkat", Here, _world.Memory.Text("/tmp/d/f"), other, 0), Is.EqualTo(EDEADLK));
        Assert.That(_world.Call("funlinkat", Here, _world.Memory.Text("/tmp/d/f"), 99, 0), Is.EqualTo(EBADF));
        Assert.That(_world.Call("funlinkat", Here, _world.Memory.Text("/tmp/d/f"), file, 1), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("funlinkat", Here, _world.Memory.Text("/tmp/d/f"), file, 0), Is.EqualTo(None));
        Assert.That(_world.Call("funlinkat", Here, _world.Memory.Text("/tmp/other"), unchecked((ulong)FD_NONE), 0), Is.EqualTo(None));
        var directory = _world.Open("/tmp/d", O_RDONLY);
        Assert.That(_world.Call("funlinkat", Here, _world.Memory.Text("/tmp/d"), directory, 0), Is.EqualTo(EPERM));
        Assert.That(_world.Call("funlinkat", Here, _world.Memory.Text("/tmp/d"), directory, AT_REMOVEDIR), Is.EqualTo(None));
    }

    [Test]
    public void Flags_protect_a_file()
    {
        Assert.That(_world.Path("chflags", "/tmp/d/f", FileModes.UF_NODUMP), Is.EqualTo(None));
        Assert.That(_world.Stat("/tmp/d/f").st_flags, Is.EqualTo(FileModes.UF_NODUMP));
        Assert.That(_world.Path("chflags", "/tmp/d/f", FileModes.SF_IMMUTABLE), Is.EqualTo(EPERM));
        Assert.That(_world.Path("chflags", "/tmp/d/f", 0x40000000), Is.EqualTo(EOPNOTSUPP));
        Assert.That(_world.Path("chflags", "/tmp/d/f", FileModes.UF_IMMUTABLE), Is.EqualTo(None));
        Assert.That(_world.Path("open", "/tmp/d/f", O_WRONLY), Is.EqualTo(EPERM));
        Assert.That(_world.Path("unlink", "/tmp/d/f"), Is.EqualTo(EPERM));
        Assert.That(_world.Path("chmod", "/tmp/d/f", 0x1ff), Is.EqualTo(EPERM));
        Assert.That(_world.Path("link", "/tmp/d/f", _world.Memory.Text("/tmp/second")), Is.EqualTo(EPERM));
        Assert.That(_world.Path("chflags", "/tmp/d/f", FileModes.UF_APPEND), Is.EqualTo(None));
        Assert.That(_world.Path("open", "/tmp/d/f", O_WRONLY), Is.EqualTo(EPERM));
        Assert.That(_world.Path("open", "/tmp/d/f", O_WRONLY | O_APPEND), Is.EqualTo(None));
        Assert.That(_world.Path("truncate", "/tmp/d/f", 0), Is.EqualTo(EPERM));
        _world.Process.UserId = 0;
        Assert.That(_world.Path("chflags", "/tmp/d/f", FileModes.SF_IMMUTABLE), Is.EqualTo(None));
        _world.Kernel.Security.Raise(1);
        Assert.That(_world.Path("chflags", "/tmp/d/f", 0), Is.EqualTo(EPERM), "securelevel");
        Assert.That(_world.Path("chflags", "/dev/null", 1), Is.EqualTo(EINVAL));
    }
}
