using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>What descriptors may be used for once they are limited, and what is left in capability mode.</summary>
[TestFixture]
internal sealed class CapsicumTests
{
    private const ulong Data = TestMemory.Base, Buffer = TestMemory.Base + 0x1000, Here = unchecked((ulong)AT_FDCWD);

    private World _world = null!;
    private ulong _directory;

    [SetUp]
    public void MakeTree()
    {
        _world = new World();
        Assert.That(_world.Path("mkdir", "/tmp/d", 0x1ff), Is.EqualTo(None));
        Assert.That(_world.Path("mkdir", "/tmp/d/sub", 0x1ff), Is.EqualTo(None));
        foreach (var file in (string[])["/tmp/d/f", "/tmp/d/sub/g", "/tmp/out"])
            Assert.That(_world.Call("close", _world.Open(file, O_CREAT | O_RDWR)), Is.EqualTo(None));
        Assert.That(_world.Call("symlink", _world.Memory.Text("/tmp/out"), _world.Memory.Text("/tmp/d/absolute")), Is.EqualTo(None));
        Assert.That(_world.Call("symlink", _world.Memory.Text("../out"), _world.Memory.Text("/tmp/d/above")), Is.EqualTo(None));
        Assert.That(_world.Call("symlink", _world.Memory.Text("sub/../f"), _world.Memory.Text("/tmp/d/within")), Is.EqualTo(None));
        _directory = _world.Open("/tmp/d", O_RDONLY | O_DIRECTORY);
    }

    private Errno Limit(ulong descriptor, cap_rights_t rights)
    {
        _world.Memory.Set(Data, rights);
        return _world.Call("cap_rights_limit", descriptor, Data);
    }

    private cap_rights_t Rights(ulong descriptor)
    {
        Assert.That(_world.Call("__cap_rights_get", 0, descriptor, Data), Is.EqualTo(None));
        return _world.Memory.Get<cap_rights_t>(Data);
    }

    private Errno OpenAt(ulong directory, string path, int flags = O_RDONLY) =>
        _world.Call("openat", directory, _world.Memory.Text(path), (ulong)flags, 0x1b6);

    [Test]
    public void Rights_shrink_and_never_grow()
    {
        Assert.That(Rights(_directory), Is.EqualTo(CAP_ALL));
        Assert.That(Limit(_directory, CAP_READ | CAP_LOOKUP), Is.EqualTo(None));
        Assert.That(Rights(_directory), Is.EqualTo(CAP_READ | CAP_LOOKUP));
        Assert.That(Limit(_directory, CAP_READ | CAP_WRITE), Is.EqualTo(ENOTCAPABLE));
        Assert.That(Limit(_directory, CAP_READ), Is.EqualTo(None));
        Assert.That(Limit(_directory, new cap_rights_t(0, 0)), Is.EqualTo(EINVAL), "no place bits");
        Assert.That(Limit(_directory, new cap_rights_t(CAP_ALL.First | 1UL << 62, CAP_ALL.Second)), Is.EqualTo(EINVAL), "version 1");
        Assert.That(Limit(_directory, new cap_rights_t(CAP_ALL.First | 1UL << 50, CAP_ALL.Second)), Is.EqualTo(EINVAL), "no such right");
        Assert.That(Limit(77, CAP_READ), Is.EqualTo(EBADF));
        Assert.That(_world.Call("__cap_rights_get", 1, _directory, Data), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("cap_rights_limit", _directory, TestMemory.Nowhere), Is.EqualTo(EFAULT));
    }

    // subr_capability.c: what each call needs. Everything but that right is allowed, and the call fails.
    [TestCase("read", 0x1ul, 0ul)]
    [TestCase("pread", 0x8ul, 0ul)]
    [TestCase("write", 0x2ul, 0ul)]
    [TestCase("lseek", 0xcul, 0ul)]
    [TestCase("ftruncate", 0x200ul, 0ul)]
    [TestCase("fsync", 0x100ul, 0ul)]
    [TestCase("fstat", 0x80000ul, 0ul)]
    [TestCase("fstatfs", 0x100000ul, 0ul)]
    [TestCase("fpathconf", 0x20000ul, 0ul)]
    [TestCase("fchmod", 0x2000ul, 0ul)]
    [TestCase("fchown", 0x4000ul, 0ul)]
    [TestCase("fchflags", 0x1000ul, 0ul)]
    [TestCase("futimes", 0x200000ul, 0ul)]
    [TestCase("flock", 0x10000ul, 0ul)]
    [TestCase("fchdir", 0x800ul, 0ul)]
    [TestCase("pdgetpid", 0ul, 0x200ul)]
    [TestCase("pdkill", 0ul, 0x800ul)]
    public void A_call_needs_its_right(string call, ulong first, ulong second)
    {
        var file = _world.Open("/tmp/d/f", O_RDWR);
        Assert.That(Limit(file, new cap_rights_t(CAP_ALL.First & ~first, CAP_ALL.Second & ~second)), Is.EqualTo(None));
        Assert.That(_world.Call(call, file, call == "pdkill" ? 0 : Buffer, 1, 0), Is.EqualTo(ENOTCAPABLE));
    }

    [Test]
    public void Duplicates_children_and_messages_carry_the_limits()
    {
        var file = _world.Open("/tmp/d/f", O_RDWR);
        Assert.That(Limit(file, CAP_READ | CAP_FCNTL), Is.EqualTo(None));
        Assert.That(_world.Call("dup", file), Is.EqualTo(None));
        Assert.That(Rights((ulong)_world.Value), Is.EqualTo(CAP_READ | CAP_FCNTL));
        Assert.That(_world.Call("dup2", file, 40), Is.EqualTo(None));
        Assert.That(Rights(40), Is.EqualTo(CAP_READ | CAP_FCNTL));
        var copy = _world.Process.Files.Fork();
        Assert.That(copy.Get((int)file, CAP_WRITE, out _), Is.EqualTo(ENOTCAPABLE));
        Assert.That(copy.Get((int)file, CAP_READ, out _), Is.EqualTo(None));
    }

    [Test]
    public void Commands_of_fcntl_and_ioctl_are_limited_too()
    {
        var file = _world.Open("/tmp/d/f", O_RDWR);
        Assert.That(_world.Call("cap_fcntls_limit", file, 1u << F_GETFL), Is.EqualTo(None));
        Assert.That(_world.Call("fcntl", file, F_GETFL, 0), Is.EqualTo(None));
        Assert.That(_world.Call("fcntl", file, F_SETFL, 0), Is.EqualTo(ENOTCAPABLE));
        Assert.That(_world.Call("cap_fcntls_limit", file, 1u << F_SETFL), Is.EqualTo(ENOTCAPABLE));
        Assert.That(_world.Call("cap_fcntls_limit", file, 1u << F_DUPFD), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("cap_fcntls_get", file, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<uint>(Data), Is.EqualTo(1u << F_GETFL));

        Assert.That(_world.Call("cap_ioctls_get", file, 0, 0), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(Capsicum.CAP_IOCTLS_ALL));
        _world.Memory.Set(Data, (ulong)Ioctl.FIONBIO);
        Assert.That(_world.Call("cap_ioctls_limit", file, Data, 1), Is.EqualTo(None));
        Assert.That(_world.Call("ioctl", file, Ioctl.FIONBIO, Buffer), Is.EqualTo(None));
        Assert.That(_world.Call("ioctl", file, Ioctl.FIONREAD, Buffer), Is.EqualTo(ENOTCAPABLE));
        _world.Memory.Set(Data, (ulong)Ioctl.FIONREAD);
        Assert.That(_world.Call("cap_ioctls_limit", file, Data, 1), Is.EqualTo(ENOTCAPABLE));
        Assert.That(_world.Call("cap_ioctls_limit", file, Data, 257), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("cap_ioctls_get", file, Buffer, 10), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory.Get<ulong>(Buffer)), Is.EqualTo((1L, (ulong)Ioctl.FIONBIO)));

        Assert.That(Limit(file, CAP_READ), Is.EqualTo(None));
        Assert.That(_world.Call("ioctl", file, Ioctl.FIONBIO, Buffer), Is.EqualTo(ENOTCAPABLE), "the list goes with its right");
        Assert.That(_world.Call("cap_fcntls_get", file, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<uint>(Data), Is.Zero);
    }

    [Test]
    public void A_limited_directory_confines_what_is_opened_below_it()
    {
        Assert.That(Limit(_directory, CAP_READ | CAP_LOOKUP | CAP_FSTAT), Is.EqualTo(None));
        Assert.That(OpenAt(_directory, "f"), Is.EqualTo(None));
        Assert.That(Rights((ulong)_world.Value), Is.EqualTo(CAP_READ | CAP_LOOKUP | CAP_FSTAT));
        Assert.That(OpenAt(_directory, "f", O_WRONLY), Is.EqualTo(ENOTCAPABLE));
        Assert.That(OpenAt(_directory, "new", O_CREAT), Is.EqualTo(ENOTCAPABLE));
        Assert.That(OpenAt(_directory, "../out"), Is.EqualTo(ENOTCAPABLE));
        Assert.That(OpenAt(_directory, "absolute"), Is.EqualTo(ENOTCAPABLE));
        Assert.That(OpenAt(_directory, "above"), Is.EqualTo(ENOTCAPABLE));
        Assert.That(OpenAt(_directory, "within"), Is.EqualTo(None));
        Assert.That(_world.Call("mkdirat", _directory, _world.Memory.Text("m"), 0x1ff), Is.EqualTo(ENOTCAPABLE));
        Assert.That(_world.Call("unlinkat", _directory, _world.Memory.Text("f"), 0), Is.EqualTo(ENOTCAPABLE));
    }

    [TestCase("f", ExpectedResult = None)]
    [TestCase("sub/../f", ExpectedResult = None)]
    [TestCase("within", ExpectedResult = None)]
    [TestCase("..", ExpectedResult = ENOTCAPABLE)]
    [TestCase("sub/../../d/f", ExpectedResult = ENOTCAPABLE)]
    [TestCase("/tmp/d/f", ExpectedResult = ENOTCAPABLE)]
    [TestCase("absolute", ExpectedResult = ENOTCAPABLE)]
    [TestCase("above", ExpectedResult = ENOTCAPABLE)]
    public Errno Look_ups_stay_beneath(string path)
    {
        var beneath = OpenAt(_directory, path, O_RDONLY | O_RESOLVE_BENEATH);
        Assert.That(_world.Call("fstatat", _directory, _world.Memory.Text(path), Buffer, AT_RESOLVE_BENEATH), Is.EqualTo(beneath));
        _world.Call("cap_enter");
        Assert.That(OpenAt(_directory, path), Is.EqualTo(beneath), "capability mode asks the same");
        return beneath;
    }

    [Test]
    public void Capability_mode_leaves_descriptors_only()
    {
        Assert.That(_world.Call("cap_getmode", Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Data), Is.Zero);
        _world.Call("cap_enter");
        Assert.That(_world.Call("cap_getmode", Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Data), Is.EqualTo(1));
        Assert.That(OpenAt(Here, "/tmp/out"), Is.EqualTo(ECAPMODE));
        Assert.That(OpenAt(Here, "out"), Is.EqualTo(ECAPMODE));
        Assert.That(_world.Call("kill", 1, 0), Is.EqualTo(ECAPMODE));
        Assert.That(_world.Call("kill", (ulong)_world.Process.Pid, 0), Is.EqualTo(None));
        Assert.That(_world.Call("shm_open2", _world.Memory.Text("/x"), O_RDWR | O_CREAT, 0x180, 0, 0), Is.EqualTo(ECAPMODE));
        Assert.That(_world.Call("shm_open2", 1, O_RDWR | O_CREAT, 0x180, 0, 0), Is.EqualTo(None), "SHM_ANON");
        Assert.That(_world.Path("__sysctlbyname", "kern.securelevel", 16, Buffer, Data), Is.EqualTo(EPERM));
        _world.Memory.Set(Data, 4UL);
        Assert.That(_world.Path("__sysctlbyname", "kern.ngroups", 12, Buffer, Data), Is.EqualTo(None));
    }

    // capabilities.conf
    [TestCase(5u, false)]
    [TestCase(499u, true)]
    [TestCase(59u, false)]
    [TestCase(492u, true)]
    [TestCase(26u, false)]
    [TestCase(20u, true)]
    [TestCase(532u, false)]
    [TestCase(9999u, false)]
    public void Other_calls_are_not_entered(uint number, bool isAllowed)
    {
        var call = new SystemCall(_world.Lwp, _world.Memory) { Code = number };
        Assert.That(CapabilityMode.Check(call), Is.EqualTo(None));
        _world.Call("cap_enter");
        Assert.That(CapabilityMode.Check(call), Is.EqualTo(isAllowed ? None : ECAPMODE));
    }
}
