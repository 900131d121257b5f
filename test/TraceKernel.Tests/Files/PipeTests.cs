using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Tests.Syscalls;
using static TraceKernel.Abi.Errno;

namespace TraceKernel.Tests.Files;

/// <summary>pipe(2): blocking, atomic writes, end of file and SIGPIPE.</summary>
[TestFixture]
internal sealed class PipeTests
{
    private const ulong Data = TestMemory.Base + 0x1000;

    private World _world = null!;
    private ulong _read, _write;

    [SetUp]
    public void MakePipe()
    {
        _world = new World();
        Assert.That(_world.Call("pipe2", TestMemory.Base, 0), Is.EqualTo(None));
        (_read, _write) = (_world.Memory.Get<uint>(TestMemory.Base), _world.Memory.Get<uint>(TestMemory.Base + 4));
    }

    [Test]
    public void Bytes_come_out_in_order_and_both_ways()
    {
        _world.Call("write", _write, _world.Memory.Text("hello"), 5);
        _world.Call("read", _read, Data, 2);
        _world.Call("read", _read, Data + 2, 100);
        Assert.That((_world.Value, _world.Memory.GetText(Data)), Is.EqualTo((3L, "hello")));
        _world.Call("write", _read, _world.Memory.Text("back"), 4);
        _world.Call("read", _write, Data, 100);
        Assert.That(_world.Value, Is.EqualTo(4));
    }

    [Test]
    public void Reader_sleeps_until_something_is_written()
    {
        var pending = _world.Begin("read", _read, Data, 100);
        Assert.That((pending.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "piperd")));
        var other = _world.Add(101);
        _world.Begin(other.FirstThread, "getuid");
        _world.Process.Files.Get((int)_write, out var file);
        file.Target.Write(file, 0, "abc"u8, out _);
        Assert.That(pending.IsCompleted, Is.True);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((None, 3L)));
    }

    [TestCase(EINTR)]
    [TestCase(ERESTART)]
    public void Signal_ends_the_sleep(Errno reason)
    {
        var pending = _world.Begin("read", _read, Data, 100);
        _world.EndSleep(reason);
        Assert.That(pending.Result, Is.EqualTo(reason));
    }

    [Test]
    public void Writer_sleeps_when_full_and_a_signal_leaves_a_partial_count()
    {
        var pending = _world.Begin("write", _write, TestMemory.Base, Pipe.Capacity + 1000);
        Assert.That((pending.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "pipewr")));
        _world.EndSleep(EINTR);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((None, (long)Pipe.Capacity)));
    }

    [Test]
    public void Writer_goes_on_as_room_appears()
    {
        for (var i = 0; i < 70000; i++) _world.Memory[Data + (ulong)i, 1][0] = (byte)(i * 7);
        var pending = _world.Begin("write", _write, Data, 70000);
        _world.Process.Files.Get((int)_read, out var file);
        var received = new byte[70000];
        for (var count = 0; count < received.Length;)
        {
            Assert.That(file.Target.Read(file, 0, received.AsSpan(count), out var part), Is.EqualTo(None));
            count += part;
            _world.RunUntilIdle();
        }
        Assert.That(received, Is.EqualTo(_world.Memory[Data, 70000].ToArray()));
        Assert.That((pending.Result, _world.Value), Is.EqualTo((None, 70000L)));
    }

    [TestCase(Fcntl.PIPE_BUF, EAGAIN, 0)]
    [TestCase(Fcntl.PIPE_BUF + 1, None, 100)]
    public void Small_writes_are_all_or_nothing(int size, Errno error, long written)
    {
        _world.Call("write", _write, Data, Pipe.Capacity - 100);
        _world.Call("fcntl", _write, Fcntl.F_SETFL, Fcntl.O_NONBLOCK);
        Assert.That(_world.Call("write", _write, Data, (ulong)size), Is.EqualTo(error));
        if (error == None) Assert.That(_world.Value, Is.EqualTo(written));
    }

    [Test]
    public void Closing_an_end_is_end_of_file_there_and_SIGPIPE_here()
    {
        _world.Call("write", _write, Data, 3);
        _world.Call("close", _write);
        _world.Call("read", _read, Data, 10);
        Assert.That(_world.Value, Is.EqualTo(3));
        Assert.That(_world.Call("read", _read, Data, 10), Is.EqualTo(None));
        Assert.That(_world.Value, Is.Zero);
        Assert.That(_world.Call("write", _read, Data, 10), Is.EqualTo(EPIPE));
        Assert.That(_world.Lwp.Queue.Pending.Contains(Abi.Signals.SIGPIPE), Is.True);
    }

    [Test]
    public void Close_wakes_a_sleeping_reader()
    {
        var pending = _world.Begin("read", _read, Data, 10);
        _world.Process.Files.Close((int)_write);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((None, 0L)));
    }

    [Test]
    public void Pipes_do_not_seek()
    {
        Assert.That(_world.Call("lseek", _read, 0, Fcntl.SEEK_SET), Is.EqualTo(ESPIPE));
        Assert.That(_world.Call("pread", _read, Data, 1, 0), Is.EqualTo(ESPIPE));
        Assert.That(_world.Call("ftruncate", _read, 0), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("pipe2", Data, Fcntl.O_APPEND), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("pipe2", TestMemory.Nowhere, 0), Is.EqualTo(EFAULT));
        Assert.That(_world.Process.Files.End, Is.EqualTo(5));
    }
}
