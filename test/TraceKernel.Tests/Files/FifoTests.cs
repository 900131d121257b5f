using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Tests.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Files;

/// <summary>Named pipes, and devices that nobody makes.</summary>
[TestFixture]
internal sealed class FifoTests
{
    private const ulong Data = TestMemory.Base;

    private World _world = null!;

    [SetUp]
    public void MakeFifo()
    {
        _world = new World();
        Assert.That(_world.Path("mkfifo", "/tmp/fifo", 0x1b6), Is.EqualTo(None));
    }

    [Test]
    public void Opening_waits_for_the_other_side()
    {
        var reader = _world.Begin("open", _world.Memory.Text("/tmp/fifo"), O_RDONLY, 0);
        Assert.That((reader.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "fifoor")));
        var other = _world.Add(200);
        var writer = _world.Begin(other.FirstThread, "open", _world.Memory.Text("/tmp/fifo"), O_WRONLY, 0);
        Assert.That((writer.Result, reader.Result), Is.EqualTo((None, None)));
    }

    [Test]
    public void Who_does_not_wait_reads_nothing_and_cannot_write()
    {
        Assert.That(_world.Path("open", "/tmp/fifo", O_WRONLY | O_NONBLOCK, 0), Is.EqualTo(ENXIO));
        var reader = _world.Open("/tmp/fifo", O_RDONLY | O_NONBLOCK);
        Assert.That((_world.Call("read", reader, Data, 5), _world.Value), Is.EqualTo((None, 0L)), "no writer: the end");
        var writer = _world.Open("/tmp/fifo", O_WRONLY | O_NONBLOCK);
        Assert.That(_world.Call("read", reader, Data, 5), Is.EqualTo(EAGAIN));
        Assert.That((_world.Call("write", writer, Data, 5), _world.Value), Is.EqualTo((None, 5L)));
        Assert.That((_world.Call("read", reader, Data, 9), _world.Value), Is.EqualTo((None, 5L)));
        _world.Call("close", reader);
        Assert.That(_world.Call("write", writer, Data, 5), Is.EqualTo(EPIPE));
        Assert.That(_world.Lwp.Queue.Pending.Contains(13), Is.True);
    }

    [Test]
    public void A_full_fifo_makes_writers_wait()
    {
        var both = _world.Open("/tmp/fifo", O_RDWR);
        var write = _world.Begin("write", both, Data, 70_000);
        Assert.That((write.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "pipewr")));
        _world.Process.Files.Get((int)both, out var file);
        file.Target.Read(file, 0, new byte[10_000], out _);
        Assert.That((write.Result, _world.Value), Is.EqualTo((None, 70_000L)));
        Assert.That(_world.Call("lseek", both, 0, 0), Is.EqualTo(ESPIPE));
    }

    [Test]
    public void A_wait_ended_by_a_signal_leaves_nothing_open()
    {
        var reader = _world.Begin("open", _world.Memory.Text("/tmp/fifo"), O_RDONLY, 0);
        Assert.That(reader.IsCompleted, Is.False);
        _world.EndSleep(EINTR);
        Assert.That(reader.Result, Is.EqualTo(EINTR));
        Assert.That(_world.Path("open", "/tmp/fifo", O_WRONLY | O_NONBLOCK, 0), Is.EqualTo(ENXIO), "no reader");
    }

    [TestCase(0x11b6, 0UL, EEXIST)]
    [TestCase(0x11b6, 1UL, EINVAL)]
    [TestCase(0x21b6, 0UL, EPERM)]
    [TestCase(0x81b6, 0UL, EINVAL)]
    public void Devices_are_not_made(int mode, ulong device, Errno expected) =>
        Assert.That(_world.Call("mknodat", unchecked((ulong)AT_FDCWD), _world.Memory.Text("/tmp/fifo"), (ulong)mode, device), Is.EqualTo(expected));
}
