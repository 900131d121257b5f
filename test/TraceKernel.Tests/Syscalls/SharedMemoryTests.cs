using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>shm_open2(2) and its like.</summary>
[TestFixture]
internal sealed class SharedMemoryTests
{
    private const ulong Anonymous = 1;

    private World _world = null!;

    [SetUp]
    public void MakeWorld() => _world = new World();

    private Errno Open(string name, int flags) => _world.Path("shm_open2", name, (ulong)flags, 0x180, 0, 0);

    private long Inode(ulong descriptor)
    {
        Assert.That(_world.Call("fstat", descriptor, TestMemory.Base), Is.EqualTo(None));
        return (long)_world.Memory.Get<stat>(TestMemory.Base).st_ino;
    }

    [Test]
    public void A_name_stands_for_one_object_until_it_is_taken_away()
    {
        Assert.That(Open("/m", O_RDWR), Is.EqualTo(ENOENT));
        Assert.That(Open("m", O_RDWR | O_CREAT), Is.EqualTo(EINVAL));
        Assert.That(Open("/m", O_RDWR | O_CREAT), Is.EqualTo(None));
        var first = (ulong)_world.Value;
        Assert.That(_world.Call("ftruncate", first, 4096), Is.EqualTo(None));
        Assert.That(Open("/m", O_RDWR | O_CREAT | O_EXCL), Is.EqualTo(EEXIST));
        Assert.That(Open("/m", O_RDONLY), Is.EqualTo(None));
        Assert.That(Inode((ulong)_world.Value), Is.EqualTo(Inode(first)));
        Assert.That(_world.Path("access", "/m", 0), Is.EqualTo(ENOENT), "another name space than that of files");
    }

    [Test]
    public void Names_change_and_trade_places()
    {
        Open("/a", O_RDWR | O_CREAT);
        var a = Inode((ulong)_world.Value);
        Open("/b", O_RDWR | O_CREAT);
        var b = Inode((ulong)_world.Value);
        ulong Name(string name) => _world.Memory.Text(name);
        Assert.That(_world.Call("shm_rename", Name("/a"), Name("/b"), 1), Is.EqualTo(EEXIST));
        Assert.That(_world.Call("shm_rename", Name("/a"), Name("/b"), 2), Is.EqualTo(None));
        Open("/a", O_RDWR);
        Assert.That(Inode((ulong)_world.Value), Is.EqualTo(b));
        Assert.That(_world.Call("shm_rename", Name("/b"), Name("/a"), 0), Is.EqualTo(None));
        Open("/a", O_RDWR);
        Assert.That(Inode((ulong)_world.Value), Is.EqualTo(a));
        Assert.That(_world.Call("shm_rename", Name("/b"), Name("/c"), 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Path("shm_unlink", "/a"), Is.EqualTo(None));
        Assert.That(_world.Path("shm_unlink", "/a"), Is.EqualTo(ENOENT));
    }

    [Test]
    public void Memory_without_a_name_goes_with_its_last_descriptor()
    {
        var files = _world.Kernel.FileSystem.Budget.Files;
        Assert.That(_world.Call("shm_open2", Anonymous, O_RDONLY, 0, 0, 0), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("shm_open2", Anonymous, O_RDWR | O_CLOEXEC, 0x180, 0, 0), Is.EqualTo(None));
        var descriptor = (ulong)_world.Value;
        Assert.That(_world.Process.Files.IsCloseOnExec((int)descriptor), Is.True);
        Assert.That(_world.Kernel.FileSystem.Budget.Files, Is.EqualTo(files + 1));
        _world.Call("close", descriptor);
        Assert.That(_world.Kernel.FileSystem.Budget.Files, Is.EqualTo(files));
        Assert.That(_world.Call("freebsd12_shm_open", Anonymous, O_RDWR, 0x180), Is.EqualTo(None));
        Assert.That(_world.Process.Files.IsCloseOnExec((int)_world.Value), Is.True, "the old call always says so");
    }

    [Test]
    public void Another_user_gets_what_the_mode_allows()
    {
        Open("/m", O_RDWR | O_CREAT);
        _world.Process.UserId = 77;
        Assert.That(Open("/m", O_RDONLY), Is.EqualTo(EACCES));
        Assert.That(_world.Path("shm_unlink", "/m"), Is.EqualTo(EACCES));
    }

    private ulong Make(int shmFlags)
    {
        Assert.That(_world.Call("shm_open2", Anonymous, O_RDWR, 0x180, (ulong)shmFlags, 0), Is.EqualTo(None));
        return (ulong)_world.Value;
    }

    private Errno Write(ulong descriptor, int bytes) => _world.Call("write", descriptor, TestMemory.Base, (ulong)bytes);

    [TestCase(4, ENOTTY, Description = "large pages")]
    [TestCase(8, EINVAL)]
    public void Some_flags_are_refused(int shmFlags, Errno error) =>
        Assert.That(_world.Call("shm_open2", Anonymous, O_RDWR, 0x180, (ulong)shmFlags, 0), Is.EqualTo(error));

    [Test]
    public void Writing_makes_an_object_grow_only_if_it_was_made_so()
    {
        var (fixedSize, growing) = (Make(0), Make(2));
        Assert.That(Write(fixedSize, 10), Is.EqualTo(None));
        Assert.That(_world.Value, Is.Zero, "it has no bytes");
        _world.Call("ftruncate", fixedSize, 6);
        Assert.That(Write(fixedSize, 10), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(6));
        Assert.That(Write(growing, 10), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(10));
        Assert.That(_world.Call("pwrite", growing, TestMemory.Base, 2, long.MaxValue), Is.EqualTo(EFBIG));
    }

    [Test]
    public void Seals_refuse_what_they_say()
    {
        var memory = Make(1 | 2);
        Assert.That(Write(memory, 100), Is.EqualTo(None));
        Assert.That(_world.Call("fcntl", memory, F_ADD_SEALS, F_SEAL_SHRINK), Is.EqualTo(None));
        Assert.That(_world.Call("ftruncate", memory, 99), Is.EqualTo(EPERM));
        Assert.That(_world.Call("ftruncate", memory, 200), Is.EqualTo(None));
        Assert.That(_world.Call("fcntl", memory, F_ADD_SEALS, F_SEAL_GROW), Is.EqualTo(None));
        Assert.That(_world.Call("ftruncate", memory, 201), Is.EqualTo(EPERM));
        Assert.That(_world.Call("posix_fallocate", memory, 200, 1), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo((long)EPERM));
        Assert.That(_world.Call("pwrite", memory, TestMemory.Base, 2, 199), Is.EqualTo(EPERM));
        Assert.That(_world.Call("pwrite", memory, TestMemory.Base, 2, 198), Is.EqualTo(None));
        Assert.That(_world.Call("fcntl", memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL), Is.EqualTo(None));
        Assert.That(_world.Call("pwrite", memory, TestMemory.Base, 2, 0), Is.EqualTo(EPERM));
        Assert.That(_world.Call("fcntl", memory, F_GET_SEALS, 0), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(15));
        Assert.That(_world.Call("fcntl", memory, F_ADD_SEALS, F_SEAL_WRITE), Is.EqualTo(EPERM));
    }

    [Test]
    public void Who_opens_a_name_without_asking_for_seals_forbids_them()
    {
        Assert.That(_world.Path("shm_open2", "/s", O_RDWR | O_CREAT, 0x180, 1, 0), Is.EqualTo(None));
        var memory = (ulong)_world.Value;
        Assert.That(_world.Path("shm_open2", "/s", O_RDWR, 0x180, 1 | 2, 0), Is.EqualTo(EINVAL), "other flags");
        Assert.That(_world.Call("fcntl", memory, F_GET_SEALS, 0), Is.EqualTo(None));
        Assert.That(_world.Value, Is.Zero);
        Assert.That(Open("/s", O_RDWR), Is.EqualTo(None));
        Assert.That(_world.Call("fcntl", memory, F_ADD_SEALS, F_SEAL_GROW), Is.EqualTo(EPERM));
        Assert.That(_world.Call("fcntl", _world.Open("/tmp/file", O_RDWR | O_CREAT), F_GET_SEALS, 0), Is.EqualTo(EINVAL));
    }
}
