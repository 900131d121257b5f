using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Record locks of fcntl(2), which belong to processes, and their way with those of flock(2).</summary>
[TestFixture]
internal sealed class LockTests
{
    private const short Read = 1, Unlock = 2, Write = 3;
    private const ulong Data = TestMemory.Base, Answer = TestMemory.Base + 0x100;

    private World _world = null!;
    private Process _other = null!;
    private ulong _file, _theirs;

    [SetUp]
    public void OpenOneFileTwice()
    {
        _world = new World();
        _other = _world.Add(200);
        _file = _world.Open("/tmp/file", O_CREAT | O_RDWR);
        var theirs = _world.Begin(_other.FirstThread, "open", _world.Memory.Text("/tmp/file"), O_RDWR, 0);
        Assert.That(theirs.Result, Is.EqualTo(None));
        _theirs = (ulong)_world.Value;
    }

    private ulong Flock(ulong at, short type, long start, long length, short whence = 0)
    {
        _world.Memory[at, 32].Clear();
        _world.Memory.Set(at, start);
        _world.Memory.Set(at + 8, length);
        _world.Memory.Set(at + 20, type);
        _world.Memory.Set(at + 22, whence);
        return at;
    }

    private PendingCall Begin(Process process, ulong file, int command, short type, long start, long length, short whence = 0) =>
        _world.Begin(process.FirstThread, "fcntl", file, (ulong)command, Flock(Data, type, start, length, whence));

    private Errno Mine(short type, long start, long length, short whence = 0) => Begin(_world.Process, _file, F_SETLK, type, start, length, whence).Result;
    private Errno Theirs(short type, long start, long length) => Begin(_other, _theirs, F_SETLK, type, start, length).Result;

    /// <summary>Who is in the way of a lock by the other: type, first byte, length and process.</summary>
    private (short Type, long Start, long Length, int Pid) InTheWay(short type, long start, long length)
    {
        Assert.That(_world.Begin(_other.FirstThread, "fcntl", _theirs, F_GETLK, Flock(Answer, type, start, length)).Result, Is.EqualTo(None));
        return (_world.Memory.Get<short>(Answer + 20), _world.Memory.Get<long>(Answer), _world.Memory.Get<long>(Answer + 8), _world.Memory.Get<int>(Answer + 16));
    }

    [Test]
    public void Readers_share_and_a_writer_is_alone()
    {
        Assert.That(Mine(Read, 0, 100), Is.EqualTo(None));
        Assert.That(Theirs(Read, 50, 100), Is.EqualTo(None));
        Assert.That(Theirs(Write, 50, 100), Is.EqualTo(EAGAIN));
        Assert.That(Theirs(Write, 100, 100), Is.EqualTo(None));
        Assert.That(Mine(Write, 0, 10), Is.EqualTo(None), "one's own is no obstacle");
        Assert.That(InTheWay(Read, 0, 100), Is.EqualTo((Write, 0L, 10L, 100)));
        Assert.That(InTheWay(Read, 10, 90).Type, Is.EqualTo(Unlock));
    }

    [Test]
    public void A_hole_is_cut_and_neighbours_are_joined()
    {
        Mine(Write, 0, 100);
        Mine(Unlock, 40, 20);
        Assert.That(InTheWay(Write, 0, 0), Is.EqualTo((Write, 0L, 40L, 100)));
        Assert.That(InTheWay(Write, 40, 0), Is.EqualTo((Write, 60L, 40L, 100)));
        Mine(Write, 40, 20);
        Assert.That(InTheWay(Write, 0, 0), Is.EqualTo((Write, 0L, 100L, 100)));
        Mine(Write, 100, 0);
        Assert.That(InTheWay(Read, 5000, 1), Is.EqualTo((Write, 0L, 0L, 100)), "to the end of all files");
    }

    [Test]
    public void Places_are_told_from_the_start_here_or_the_end()
    {
        _world.Call("ftruncate", _file, 1000);
        _world.Call("lseek", _file, 500, SEEK_SET);
        Mine(Write, -10, 5, SEEK_CUR);
        Assert.That(InTheWay(Write, 0, 0), Is.EqualTo((Write, 490L, 5L, 100)));
        Mine(Unlock, 0, 0);
        Mine(Write, 0, -10, SEEK_END);
        Assert.That(InTheWay(Write, 0, 0), Is.EqualTo((Write, 990L, 10L, 100)));
        Assert.That(Mine(Write, -1, 1), Is.EqualTo(EINVAL));
        Assert.That(Mine(Write, 5, -6), Is.EqualTo(EINVAL));
        Assert.That(Mine(Write, 0, 1, 9), Is.EqualTo(EINVAL));
        Assert.That(Mine(Write, long.MaxValue, 2), Is.EqualTo(EOVERFLOW));
        Assert.That(Mine(9, 0, 1), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Waiting_ends_when_the_lock_is_given_up()
    {
        Mine(Write, 0, 10);
        var pending = Begin(_other, _theirs, F_SETLKW, Write, 5, 10);
        Assert.That((pending.IsCompleted, _other.FirstThread.WaitMessage), Is.EqualTo((false, "lockf")));
        Mine(Unlock, 0, 10);
        Assert.That(pending.Result, Is.EqualTo(None));
    }

    [Test]
    public void A_circle_of_waiting_is_refused()
    {
        Mine(Write, 0, 1);
        Theirs(Write, 1, 1);
        var pending = Begin(_other, _theirs, F_SETLKW, Write, 0, 1);
        Assert.That(pending.IsCompleted, Is.False);
        Assert.That(Begin(_world.Process, _file, F_SETLKW, Write, 1, 1).Result, Is.EqualTo(EDEADLK));
        Mine(Unlock, 0, 0);
        Assert.That(pending.Result, Is.EqualTo(None));
    }

    [Test]
    public void Closing_any_descriptor_of_the_file_gives_up_the_locks()
    {
        Mine(Write, 0, 10);
        var again = _world.Open("/tmp/file", O_RDONLY);
        _world.Call("close", again);
        Assert.That(InTheWay(Write, 0, 0).Type, Is.EqualTo(Unlock));
        Mine(Write, 0, 10);
        _world.Process.Files.Release();
        Assert.That(InTheWay(Write, 0, 0).Type, Is.EqualTo(Unlock), "and so does the end of the process");
    }

    [Test]
    public void A_lock_needs_a_descriptor_that_can_do_as_much()
    {
        var reading = _world.Open("/tmp/file", O_RDONLY);
        Assert.That(Begin(_world.Process, reading, F_SETLK, Write, 0, 1).Result, Is.EqualTo(EBADF));
        Assert.That(Begin(_world.Process, reading, F_SETLK, Read, 0, 1).Result, Is.EqualTo(None));
        Assert.That(_world.Call("pipe2", TestMemory.Base, 0), Is.EqualTo(None));
        Assert.That(Begin(_world.Process, _world.Memory.Get<uint>(TestMemory.Base), F_SETLK, Read, 0, 1).Result, Is.EqualTo(EBADF), "a pipe");
    }

    [Test]
    public void Both_kinds_of_lock_keep_each_other_out()
    {
        Assert.That(_world.Call("flock", _file, 2), Is.EqualTo(None));
        Assert.That(Theirs(Read, 0, 1), Is.EqualTo(EAGAIN));
        Assert.That(InTheWay(Read, 0, 1), Is.EqualTo((Write, 0L, 0L, -1)));
        _world.Call("flock", _file, 8);
        Assert.That(Theirs(Read, 0, 1), Is.EqualTo(None));
        Assert.That(_world.Call("flock", _file, 2 | 4), Is.EqualTo(EAGAIN));
        Assert.That(_world.Path("open", "/tmp/file", O_RDWR | O_EXLOCK | O_NONBLOCK, 0), Is.EqualTo(EAGAIN));
        Assert.That(_world.Path("open", "/tmp/file", O_RDWR | O_SHLOCK | O_NONBLOCK, 0), Is.EqualTo(None));
    }

    [Test]
    public void Regions_are_limited()
    {
        var most = _world.Kernel.LockedRegions.Maximum;
        for (var region = 0; region < most - 1; region++) Assert.That(Mine(Write, region * 2, 1), Is.EqualTo(None));
        Assert.That(Mine(Write, most * 2, 1), Is.EqualTo(ENOLCK));
        Mine(Unlock, 0, 0);
        Assert.That(_world.Kernel.LockedRegions.Taken, Is.Zero);
    }
}
