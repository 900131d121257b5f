using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>fcntl(2) command by command, as kern_fcntl judges them; SIGIO; close_range(2).</summary>
[TestFixture]
internal sealed class FcntlTests
{
    private const ulong Data = TestMemory.Base, Buffer = TestMemory.Base + 0x1000;

    private World _world = null!;
    private ulong _file, _reader, _writer;

    [SetUp]
    public void MakeFiles()
    {
        _world = new World();
        _file = _world.Open("/tmp/file", O_CREAT | O_RDWR);
        Assert.That(_world.Call("pipe2", Data, 0), Is.EqualTo(None));
        (_reader, _writer) = ((ulong)_world.Memory.Get<int>(Data), (ulong)_world.Memory.Get<int>(Data + 4));
    }

    private Errno Fcntl(ulong descriptor, int command, long argument = 0) => _world.Call("fcntl", descriptor, (ulong)command, (ulong)argument);

    [TestCase(F_DUPFD, -1, ExpectedResult = EINVAL)]
    [TestCase(F_DUPFD, 1 << 20, ExpectedResult = EINVAL)]
    [TestCase(F_DUP2FD, -1, ExpectedResult = EBADF)]
    [TestCase(F_DUP2FD, 1 << 20, ExpectedResult = EBADF)]
    [TestCase(F_DUP2FD_CLOEXEC, 50, ExpectedResult = None)]
    [TestCase(F_SETLK_REMOTE, 0, ExpectedResult = EPERM)]
    [TestCase(F_GETOWN, 0, ExpectedResult = ENOTTY)]
    [TestCase(F_SETOWN, 0, ExpectedResult = ENOTTY)]
    [TestCase(F_READAHEAD, 1, ExpectedResult = None)]
    [TestCase(F_ISUNIONSTACK, 0, ExpectedResult = None)]
    [TestCase(99, 0, ExpectedResult = EINVAL)]
    public Errno Of_a_file(int command, long argument) => Fcntl(_file, command, argument);

    [TestCase(F_READAHEAD, ExpectedResult = EBADF)]
    [TestCase(F_ISUNIONSTACK, ExpectedResult = EBADF)]
    [TestCase(F_GETOWN, ExpectedResult = None)]
    public Errno Of_a_pipe(int command) => Fcntl(_reader, command);

    [Test]
    public void A_directory_is_not_read_ahead() => Assert.That(Fcntl(_world.Open("/tmp", O_RDONLY), F_RDAHEAD), Is.EqualTo(ENOTTY));

    [Test]
    public void Kinfo_describes_a_descriptor()
    {
        _world.Memory.Set(Buffer, 100);
        Assert.That(Fcntl(_file, F_KINFO, (long)Buffer), Is.EqualTo(EINVAL));
        _world.Memory.Set(Buffer, kinfo_file.Bytes);
        Assert.That(Fcntl(_file, F_KINFO, (long)Buffer), Is.EqualTo(None));
        var value = _world.Memory.Get<kinfo_file>(Buffer);
        Assert.That((value.kf_structsize, value.kf_fd, value.kf_type), Is.EqualTo((kinfo_file.Bytes, (int)_file, kinfo_file.KF_TYPE_VNODE)));
        Assert.That(value.kf_cap_rights, Is.EqualTo(cap_rights_t.CAP_ALL));
        Assert.That(_world.Memory.GetText(Buffer + kinfo_file.PathOffset), Is.EqualTo("/tmp/file"));
    }

    [Test]
    public void Older_locks_have_shorter_structures()
    {
        _world.Memory.Set(Data, 5L);
        _world.Memory.Set(Data + 8, 1L);
        _world.Memory.Set(Data + 20, 3);
        _world.Memory.Set(Data + 24, 77L);
        Assert.That(Fcntl(_file, F_OSETLK, (long)Data), Is.EqualTo(None));
        _world.Memory.Set(Data + 20, 1);
        Assert.That(Fcntl(_file, F_OGETLK, (long)Data), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<short>(Data + 20), _world.Memory.Get<long>(Data + 24)), Is.EqualTo(((short)2, 77L)), "F_UNLCK, and nothing behind");
    }

    [Test]
    public void Whoever_owns_a_pipe_is_told_by_SIGIO()
    {
        var pid = _world.Process.Pid;
        Assert.That(Fcntl(_reader, F_SETOWN, 9999), Is.EqualTo(ESRCH));
        Assert.That(Fcntl(_reader, F_SETOWN, pid), Is.EqualTo(None));
        Assert.That(Fcntl(_reader, F_GETOWN), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(pid));
        Assert.That(_world.Call("write", _writer, _world.Memory.Text("a"), 1), Is.EqualTo(None));
        Assert.That(Pending, Is.False, "O_ASYNC is not set");
        Assert.That(Fcntl(_reader, F_SETFL, O_ASYNC), Is.EqualTo(None));
        _world.Process.Signals[Abi.Signals.SIGIO] = _world.Process.Signals[Abi.Signals.SIGIO] with { Handler = 0x1000 };
        Assert.That(_world.Call("write", _writer, _world.Memory.Text("a"), 1), Is.EqualTo(None));
        Assert.That(Pending, Is.True);
        Assert.That(Fcntl(_reader, F_SETOWN, -_world.Process.Group), Is.EqualTo(None));
        Assert.That(_world.Call("ioctl", _reader, Ioctl.FIOGETOWN, Buffer), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Buffer), Is.EqualTo(-_world.Process.Group));
    }

    private bool Pending => _world.Process.Queue.Pending.Contains(Abi.Signals.SIGIO) || _world.Lwp.Queue.Pending.Contains(Abi.Signals.SIGIO);

    [Test]
    public void A_range_may_be_closed_at_exec_only()
    {
        Assert.That(_world.Call("close_range", _reader, _writer, 4), Is.EqualTo(None));
        Assert.That(Fcntl(_reader, F_GETFD), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(FD_CLOEXEC));
        Assert.That(Fcntl(_file, F_GETFD), Is.EqualTo(None));
        Assert.That(_world.Value, Is.Zero);
        Assert.That(_world.Call("close_range", _reader, _writer, 2), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("close_range", _writer, _reader, 0), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Devices_say_what_they_are()
    {
        Assert.That(_world.Call("ioctl", _world.Open("/dev/null", O_RDWR), Ioctl.FIODTYPE, Buffer), Is.EqualTo(None));
        var full = _world.Open("/dev/full", O_RDWR);
        Assert.That(_world.Call("write", full, Buffer, 1), Is.EqualTo(ENOSPC));
        Assert.That(_world.Call("read", full, Buffer, 4), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory.Get<int>(Buffer)), Is.EqualTo((4L, 0)));
        Assert.That(_world.Path("open", "/dev/random", O_WRONLY), Is.EqualTo(EACCES));
    }

    [Test]
    public void Only_who_reads_a_fifo_has_something_to_read()
    {
        _world.Path("mkfifo", "/tmp/fifo", 0x1b6);
        var reader = _world.Open("/tmp/fifo", O_RDONLY | O_NONBLOCK);
        var writer = _world.Open("/tmp/fifo", O_WRONLY | O_NONBLOCK);
        Assert.That(_world.Call("write", writer, _world.Memory.Text("abc"), 3), Is.EqualTo(None));
        Assert.That(_world.Call("ioctl", reader, Ioctl.FIONREAD, Buffer), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Buffer), Is.EqualTo(3));
        Assert.That(_world.Call("ioctl", writer, Ioctl.FIONREAD, Buffer), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Buffer), Is.Zero);
    }

    [Test]
    public void Pipes_have_a_device_and_an_owner()
    {
        Assert.That(_world.Call("fstat", _reader, Buffer), Is.EqualTo(None));
        var stat = _world.Memory.Get<stat>(Buffer);
        Assert.That((stat.st_dev != 0, stat.st_ino != 0, stat.st_uid), Is.EqualTo((true, true, _world.Process.UserId)));
        _world.Path("mkfifo", "/tmp/fifo", 0x1b6);
        Assert.That(_world.Path("truncate", "/tmp/fifo", 0), Is.EqualTo(None));
    }
}
