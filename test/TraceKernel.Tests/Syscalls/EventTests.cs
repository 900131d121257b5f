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
}
