using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Tests.Syscalls;

/// <summary>kqueue(2) and kevent(2): flags, filters, and the order of events.</summary>
[TestFixture]
internal sealed class EventTests
{
    private const ulong Changes = TestMemory.Base, Events = TestMemory.Base + 0x1000, Time = TestMemory.Base + 0x2000, Ends = TestMemory.Base + 0x2100;

    private World _world = null!;
    private ulong _queue, _read, _write;

    [SetUp]
    public void MakeWorld()
    {
        _world = new World();
        Assert.That(_world.Call("kqueue"), Is.EqualTo(Errno.None));
        _queue = (ulong)_world.Value;
        Assert.That(_world.Call("pipe2", Ends, 0), Is.EqualTo(Errno.None));
        (_read, _write) = (_world.Memory.Get<uint>(Ends), _world.Memory.Get<uint>(Ends + 4));
        _world.Memory.Set(Time, new timespec(0, 0));
    }

    private Errno Change(ulong ident, short filter, ushort flags, uint fflags = 0, long data = 0)
    {
        _world.Memory.Set(Changes, new kevent { ident = ident, filter = filter, flags = flags, fflags = fflags, data = data, udata = 7 });
        return _world.Call("kevent", _queue, Changes, 1, 0, 0, 0);
    }

    /// <summary>What has happened by now.</summary>
    private kevent[] Take(int most = 8)
    {
        Assert.That(_world.Call("kevent", _queue, 0, 0, Events, (ulong)most, Time), Is.EqualTo(Errno.None));
        return Enumerable.Range(0, (int)_world.Value).Select(index => _world.Memory.Get<kevent>(Events + (ulong)index * kevent.Bytes)).ToArray();
    }

    private void Write(int bytes) => Assert.That(_world.Call("write", _write, Changes, (ulong)bytes), Is.EqualTo(Errno.None));

    [Test]
    public void A_level_is_reported_as_long_as_it_lasts_and_a_change_once()
    {
        Change(_read, EVFILT_READ, EV_ADD);
        Write(3);
        Assert.That(Take().Single(), Is.EqualTo(new kevent { ident = _read, filter = EVFILT_READ, data = 3, udata = 7 }));
        Assert.That(Take(), Has.Length.EqualTo(1));
        Change(_read, EVFILT_READ, EV_DELETE);
        Change(_read, EVFILT_READ, EV_ADD | EV_CLEAR);
        Assert.That((Take().Length, Take().Length), Is.EqualTo((1, 0)));
        Write(1);
        Assert.That(Take().Single().data, Is.EqualTo(4));
    }

    [Test]
    public void Disabled_events_are_remembered()
    {
        Change(_read, EVFILT_READ, EV_ADD | EV_DISABLE);
        Write(1);
        Assert.That(Take(), Is.Empty);
        Change(_read, EVFILT_READ, EV_ENABLE);
        Assert.That(Take(), Has.Length.EqualTo(1));
        Change(_read, EVFILT_READ, EV_DISABLE);
        Assert.That(Take(), Is.Empty);
    }

    [Test]
    public void Oneshot_goes_and_dispatch_is_disabled()
    {
        Change(_write, EVFILT_WRITE, EV_ADD | EV_ONESHOT);
        Assert.That((Take().Length, Take().Length), Is.EqualTo((1, 0)));
        Assert.That(Change(_write, EVFILT_WRITE, EV_DELETE), Is.EqualTo(Errno.ENOENT));
        Change(_write, EVFILT_WRITE, EV_ADD | EV_DISPATCH);
        Assert.That((Take().Length, Take().Length), Is.EqualTo((1, 0)));
        Change(_write, EVFILT_WRITE, EV_ENABLE);
        Assert.That(Take(), Has.Length.EqualTo(1));
    }

    [Test]
    public void Mistakes_are_errors_or_take_the_place_of_events()
    {
        Assert.That(Change(99, EVFILT_READ, EV_ADD), Is.EqualTo(Errno.EBADF));
        Assert.That(Change(1, -99, EV_ADD), Is.EqualTo(Errno.EINVAL));
        Assert.That(Change(_read, EVFILT_READ, EV_ENABLE), Is.EqualTo(Errno.ENOENT));
        Assert.That(Change(_queue, EVFILT_READ, EV_ADD), Is.EqualTo(Errno.EINVAL), "a queue does not watch itself");
        Assert.That(Change(12345, EVFILT_PROC, EV_ADD, NOTE_EXIT), Is.EqualTo(Errno.ESRCH));
        Assert.That(Change(1, EVFILT_TIMER, EV_ADD, data: -1), Is.EqualTo(Errno.EINVAL));
        Assert.That(Change(1, EVFILT_TIMER, EV_ADD, NOTE_SECONDS | NOTE_USECONDS, 1), Is.EqualTo(Errno.EINVAL));
        _world.Memory.Set(Changes, new kevent { ident = 99, filter = EVFILT_READ, flags = EV_ADD });
        _world.Memory.Set(Changes + kevent.Bytes, new kevent { ident = _read, filter = EVFILT_READ, flags = EV_ADD | EV_RECEIPT });
        Assert.That(_world.Call("kevent", _queue, Changes, 2, Events, 2, 0), Is.EqualTo(Errno.None));
        Assert.That(_world.Value, Is.EqualTo(2));
        Assert.That((_world.Memory.Get<kevent>(Events).flags, _world.Memory.Get<kevent>(Events).data), Is.EqualTo((EV_ERROR, (long)Errno.EBADF)));
        Assert.That(_world.Memory.Get<kevent>(Events + kevent.Bytes).data, Is.Zero);
        Assert.That(_world.Call("kevent", _read, 0, 0, Events, 1, Time), Is.EqualTo(Errno.EBADF));
        Assert.That(_world.Call("kevent", _queue, TestMemory.Nowhere, 1, Events, 1, Time), Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void Waiting_sleeps_until_something_happens()
    {
        Change(_read, EVFILT_READ, EV_ADD);
        var pending = _world.Begin("kevent", _queue, 0, 0, Events, 1, 0);
        Assert.That((pending.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "kqread")));
        _world.Process.Files.Get((int)_write, out var end);
        end.Target.Write(end, 0, new byte[5], out _);
        Assert.That((pending.Result, _world.Value, _world.Memory.Get<kevent>(Events).data), Is.EqualTo((Errno.None, 1L, 5L)));
        Take();
        _world.Call("read", _read, Changes, 5);
        pending = _world.Begin("kevent", _queue, 0, 0, Events, 1, 0);
        _world.EndSleep(Errno.ERESTART);
        Assert.That(pending.Result, Is.EqualTo(Errno.EINTR));
    }

    [Test]
    public void A_closed_descriptor_is_forgotten_and_a_closed_peer_is_the_end()
    {
        Change(_read, EVFILT_READ, EV_ADD);
        _world.Call("close", _write);
        Assert.That(Take().Single().flags, Is.EqualTo(EV_EOF));
        _world.Call("close", _read);
        Assert.That(Take(), Is.Empty);
    }

    [Test]
    public void The_old_structure_ends_with_udata()
    {
        _world.Memory.Set(Changes, new kevent { ident = _write, filter = EVFILT_WRITE, flags = EV_ADD, udata = 9 });
        _world.Memory.Set(Events, new kevent { ext0 = 0x55 });
        Assert.That(_world.Call("freebsd11_kevent", _queue, Changes, 1, Events, 1, Time), Is.EqualTo(Errno.None));
        var got = _world.Memory.Get<kevent>(Events);
        Assert.That((_world.Value, got.udata, got.ext0), Is.EqualTo((1L, 9UL, 0x55UL)));
    }

    [Test]
    public void User_events_carry_flags_and_data()
    {
        Change(1, EVFILT_USER, EV_ADD | EV_CLEAR, 0x0F);
        Assert.That(Take(), Is.Empty);
        Change(1, EVFILT_USER, 0, NOTE_TRIGGER | NOTE_FFOR | 0xF0, 11);
        var got = Take().Single();
        Assert.That((got.fflags, got.data), Is.EqualTo((0xFFu, 11L)));
        Assert.That(Take(), Is.Empty);
    }

    [Test]
    public void A_queue_can_be_watched_and_is_not_inherited()
    {
        var inner = _queue;
        Change(_read, EVFILT_READ, EV_ADD);
        _world.Call("kqueue");
        _queue = (ulong)_world.Value;
        Change(inner, EVFILT_READ, EV_ADD);
        Assert.That(Take(), Is.Empty);
        Write(1);
        Assert.That(Take().Single().data, Is.EqualTo(1));
        Assert.That(_world.Process.Files.Fork().Get((int)inner, out _), Is.EqualTo(Errno.EBADF));
    }

    [TestCase(NOTE_WRITE | NOTE_EXTEND, "write")]
    [TestCase(NOTE_ATTRIB, "fchmod")]
    [TestCase(NOTE_ATTRIB, "ftruncate")]
    [TestCase(NOTE_LINK, "link")]
    [TestCase(NOTE_RENAME, "rename")]
    [TestCase(NOTE_DELETE, "unlink")]
    [TestCase(NOTE_OPEN, "open")]
    [TestCase(NOTE_READ, "read")]
    public void What_is_done_to_a_file_is_told(uint expected, string call)
    {
        const uint All = NOTE_DELETE | NOTE_WRITE | NOTE_EXTEND | NOTE_ATTRIB | NOTE_LINK | NOTE_RENAME | NOTE_OPEN | NOTE_CLOSE | NOTE_CLOSE_WRITE | NOTE_READ;
        var file = _world.Open("/tmp/file", Fcntl.O_CREAT | Fcntl.O_RDWR);
        Assert.That(Change(file, EVFILT_VNODE, EV_ADD | EV_CLEAR, All), Is.EqualTo(Errno.None));
        Assert.That(Take(), Is.Empty);
        var path = _world.Memory.Text("/tmp/file");
        var error = call switch
        {
            "link" or "rename" => _world.Call(call, path, _world.Memory.Text("/tmp/new")),
            "unlink" or "open" => _world.Call(call, path),
            "fchmod" => _world.Call(call, file, 0x180),
            _ => _world.Call(call, file, call == "ftruncate" ? 10 : Changes, 10),
        };
        Assert.That(error, Is.EqualTo(Errno.None));
        Assert.That(Take().Single().fflags, Is.EqualTo(expected));
        Assert.That(Take(), Is.Empty, "EV_CLEAR");
    }

    [Test]
    public void A_directory_tells_of_its_names()
    {
        _world.Path("mkdir", "/tmp/dir", 0x1ff);
        var directory = _world.Open("/tmp/dir", Fcntl.O_RDONLY);
        Change(directory, EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTE_WRITE | NOTE_LINK);
        var file = _world.Open("/tmp/dir/file", Fcntl.O_CREAT | Fcntl.O_WRONLY);
        Assert.That(Take().Single().fflags, Is.EqualTo(NOTE_WRITE));
        _world.Path("mkdir", "/tmp/dir/sub", 0x1ff);
        Assert.That(Take().Single().fflags, Is.EqualTo(NOTE_WRITE | NOTE_LINK));
        Change(file, EVFILT_VNODE, EV_ADD, NOTE_CLOSE_WRITE);
        _world.Call("close", file);
        Assert.That(Take(), Is.Empty, "closing the descriptor ends what was watched by it");
        Assert.That(Change(_read, EVFILT_VNODE, EV_ADD, NOTE_WRITE), Is.EqualTo(Errno.EINVAL), "a pipe has no name");
    }
}
