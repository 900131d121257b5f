using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Clocks;
using static TraceKernel.Abi.PollEvents;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Waiting for descriptors and for time.</summary>
[TestFixture]
internal sealed class PollAndTimeTests
{
    private const ulong Data = TestMemory.Base;
    private const int Infinite = -1;

    private World _world = null!;

    [SetUp]
    public void MakeWorld() => _world = new World();

    private PendingCall Poll(int timeout, params (int Descriptor, PollEvents Events)[] entries)
    {
        for (var i = 0; i < entries.Length; i++) _world.Memory.Set(Data + (ulong)i * 8, new pollfd(entries[i].Descriptor, entries[i].Events, 0));
        return _world.Begin("poll", Data, (ulong)entries.Length, (ulong)timeout);
    }

    private PollEvents Reported(int index) => _world.Memory.Get<pollfd>(Data + (ulong)index * 8).revents;

    [Test]
    public void Poll_reports_what_is_ready()
    {
        var pending = Poll(Infinite, (0, POLLIN), (1, POLLIN | POLLOUT), (99, POLLIN), (-1, POLLIN));
        Assert.That((pending.Result, _world.Value), Is.EqualTo((Errno.None, 2L)));
        Assert.That((Reported(0), Reported(1), Reported(2), Reported(3)), Is.EqualTo((PollEvents.None, POLLOUT, POLLNVAL, PollEvents.None)));
    }

    [Test]
    public void Poll_sleeps_until_something_is_typed()
    {
        var pending = Poll(Infinite, (0, POLLIN));
        Assert.That((pending.IsCompleted, _world.Lwp.WaitMessage), Is.EqualTo((false, "select")));
        _world.Terminal.Type("x\n"u8);
        Assert.That((pending.Result, _world.Value, Reported(0)), Is.EqualTo((Errno.None, 1L, POLLIN)));
        _world.Call("read", 0, Data, 10);
        Assert.That(_world.Value, Is.EqualTo(2), "what poll saw is still there");
    }

    [Test]
    public void Poll_ends_with_time_or_signal()
    {
        var pending = Poll(100, (0, POLLIN));
        _world.EndSleep(Errno.EWOULDBLOCK);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((Errno.None, 0L)));
        pending = Poll(100, (0, POLLIN));
        _world.EndSleep(Errno.ERESTART);
        Assert.That(pending.Result, Is.EqualTo(Errno.EINTR));
        Assert.That((Poll(0, (0, POLLIN)).Result, _world.Value), Is.EqualTo((Errno.None, 0L)));
        Assert.That(Poll(-2, (0, POLLIN)).Result, Is.EqualTo(Errno.EINVAL));
        Assert.That(_world.Call("poll", TestMemory.Nowhere, 1, 0), Is.EqualTo(Errno.EFAULT));
        Assert.That(_world.Call("poll", Data, 1 << 20, 0), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void Poll_tells_that_the_other_end_of_a_pipe_is_closed()
    {
        _world.Call("pipe2", Data, 0);
        _world.Call("close", 4);
        Assert.That((Poll(Infinite, (3, POLLIN | POLLOUT)).Result, Reported(0)), Is.EqualTo((Errno.None, POLLIN | POLLHUP)));
    }

    [Test]
    public void Select_sets_the_bits_that_are_ready()
    {
        _world.Memory.Set(Data, 0b011UL);
        _world.Memory.Set(Data + 8, 0b111UL);
        var pending = _world.Begin("select", 3, Data, Data + 8, 0, 0);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((Errno.None, 3L)));
        Assert.That((_world.Memory.Get<ulong>(Data), _world.Memory.Get<ulong>(Data + 8)), Is.EqualTo((0UL, 0b111UL)));
        _world.Memory.Set(Data, 1UL << 40);
        Assert.That(_world.Call("select", 64, Data, 0, 0, 0), Is.EqualTo(Errno.EBADF));
        Assert.That(_world.Call("select", ulong.MaxValue, 0, 0, 0, 0), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void Select_without_descriptors_is_a_sleep()
    {
        _world.Memory.Set(Data, new timeval(1, 500_000));
        var pending = _world.Begin("select", 0, 0, 0, 0, Data);
        Assert.That(pending.IsCompleted, Is.False);
        _world.EndSleep(Errno.EWOULDBLOCK);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((Errno.None, 0L)));
        _world.Memory.Set(Data, new timeval(0, 1_000_000));
        Assert.That(_world.Call("select", 0, 0, 0, 0, Data), Is.EqualTo(Errno.EINVAL));
        _world.Memory.Set(Data, default(timeval));
        Assert.That(_world.Call("select", 0, 0, 0, 0, Data), Is.EqualTo(Errno.None));
    }

    [TestCase(CLOCK_REALTIME, Errno.None)]
    [TestCase(CLOCK_MONOTONIC, Errno.None)]
    [TestCase(CLOCK_SECOND, Errno.None)]
    [TestCase(CLOCK_THREAD_CPUTIME_ID, Errno.None)]
    [TestCase(99, Errno.EINVAL)]
    public void Clocks_are_read(int clock, Errno error)
    {
        Assert.That(_world.Call("clock_gettime", (ulong)clock, Data), Is.EqualTo(error));
        Assert.That(_world.Call("clock_getres", (ulong)clock, 0), Is.EqualTo(error));
    }

    [Test]
    public void Realtime_and_gettimeofday_agree()
    {
        _world.Call("clock_gettime", CLOCK_REALTIME, Data);
        _world.Call("gettimeofday", Data + 16, 0);
        var (precise, coarse) = (_world.Memory.Get<timespec>(Data), _world.Memory.Get<timeval>(Data + 16));
        Assert.That((coarse.tv_sec, coarse.tv_usec), Is.EqualTo((precise.tv_sec, precise.tv_nsec / 1000)));
        Assert.That(precise, Is.EqualTo(timespec.Of(_world.Kernel.RealTime)));
    }

    [TestCase(0L, 0L, Errno.None)]
    [TestCase(-1L, 0L, Errno.None)]
    [TestCase(0L, -1L, Errno.EINVAL)]
    [TestCase(0L, 1_000_000_000L, Errno.EINVAL)]
    public void Nanosleep_that_does_not_sleep(long seconds, long nanoseconds, Errno error)
    {
        _world.Memory.Set(Data, new timespec(seconds, nanoseconds));
        Assert.That(_world.Call("nanosleep", Data, 0), Is.EqualTo(error));
    }

    [Test]
    public void Nanosleep_interrupted_tells_what_is_left()
    {
        _world.Memory.Set(Data, new timespec(5, 250));
        var pending = _world.Begin("nanosleep", Data, Data + 16);
        Assert.That(_world.Lwp.WaitMessage, Is.EqualTo("nanslp"));
        _world.EndSleep(Errno.ERESTART);
        Assert.That(pending.Result, Is.EqualTo(Errno.EINTR));
        Assert.That(_world.Memory.Get<timespec>(Data + 16), Is.EqualTo(new timespec(5, 250)));
        pending = _world.Begin("nanosleep", Data, 0);
        _world.EndSleep(Errno.EWOULDBLOCK);
        Assert.That(pending.Result, Is.EqualTo(Errno.None));
    }

    [Test]
    public void Clock_nanosleep_returns_its_error()
    {
        _world.Memory.Set(Data, new timespec(long.MaxValue, 0));
        Assert.That(_world.Call("clock_nanosleep", 99, 0, Data, 0), Is.EqualTo(Errno.None));
        Assert.That(_world.Value, Is.EqualTo((long)Errno.EINVAL));
        _world.Call("clock_nanosleep", CLOCK_REALTIME, 2, Data, 0);
        Assert.That(_world.Value, Is.EqualTo((long)Errno.EINVAL));
        var pending = _world.Begin("clock_nanosleep", CLOCK_MONOTONIC, TIMER_ABSTIME, Data, 0);
        _world.EndSleep(Errno.EINTR);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((Errno.None, (long)Errno.EINTR)));
        _world.Memory.Set(Data, timespec.Of(_world.Kernel.RealTime));
        Assert.That(_world.Call("clock_nanosleep", CLOCK_REALTIME, TIMER_ABSTIME, Data, 0), Is.EqualTo(Errno.None));
    }

    [TestCase(0UL, 2L, 0L, Errno.None)]
    [TestCase(0UL, 2L, 1_000_000L, Errno.EINVAL)]
    [TestCase(1UL, 0L, 0L, Errno.None)]
    [TestCase(3UL, 0L, 0L, Errno.EINVAL)]
    public void Interval_timer(ulong which, long seconds, long microseconds, Errno error)
    {
        _world.Memory.Set(Data, new timeval(5, 0));
        _world.Memory.Set(Data + 16, new timeval(seconds, microseconds));
        Assert.That(_world.Call("setitimer", which, Data, 0), Is.EqualTo(error));
        if (error != Errno.None || seconds == 0) return;
        Assert.That(_world.Call("getitimer", which, Data + 32), Is.EqualTo(Errno.None));
        Assert.That((_world.Memory.Get<timeval>(Data + 32), _world.Memory.Get<timeval>(Data + 48)), Is.EqualTo((new timeval(5, 0), new timeval(seconds, 0))));
        _world.Kernel.Scheduler.PassTime(TimeSpan.FromSeconds(2));
        _world.RunUntilIdle();
        Assert.That(_world.Process.Queue.Pending, Is.EqualTo(sigset.Of(Abi.Signals.SIGALRM)));
        _world.Call("getitimer", which, Data + 32);
        Assert.That(_world.Memory.Get<timeval>(Data + 48), Is.EqualTo(new timeval(5, 0)), "and again after the interval");
    }

    [Test]
    public void Ppoll_and_pselect_change_the_mask_for_as_long_as_they_last()
    {
        var mask = default(sigset).With(30);
        _world.Lwp.SignalMask = default(sigset).With(2);
        _world.Memory.Set(Data, new pollfd(0, POLLIN, 0));
        _world.Memory.Set(Data + 0x100, new timespec(1, 0));
        _world.Memory.Set(Data + 0x200, mask);
        var pending = _world.Begin("ppoll", Data, 1, Data + 0x100, Data + 0x200);
        Assert.That((pending.IsCompleted, _world.Lwp.SignalMask, _world.Lwp.OldMask), Is.EqualTo((false, mask, default(sigset).With(2))));
        _world.EndSleep(Errno.ERESTART);
        Assert.That(pending.Result, Is.EqualTo(Errno.EINTR));
        _world.Memory.Set(Data, 1UL);
        _world.Memory.Set(Data + 0x100, new timespec(0, 0));
        Assert.That((_world.Call("pselect", 1, Data, 0, 0, Data + 0x100, 0), _world.Value), Is.EqualTo((Errno.None, 0L)));
        _world.Memory.Set(Data + 0x100, new timespec(0, 1_000_000_000));
        Assert.That(_world.Call("pselect", 1, Data, 0, 0, Data + 0x100, 0), Is.EqualTo(Errno.EINVAL));
        Assert.That(_world.Call("ppoll", Data, 1, Data + 0x100, 0), Is.EqualTo(Errno.EINVAL));
        Assert.That(_world.Call("ppoll", Data, 1, 0, TestMemory.Nowhere), Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void Sleeps_that_end_before_their_deadline_leave_nothing_behind()
    {
        var fired = new List<int>();
        for (var number = 0; number < 100_000; number++)
        {
            var place = number;
            _world.Kernel.Scheduler.At(1_000_000_000 + number % 7, () => fired.Add(place)).Cancelled = number % 20_000 != 0;
        }
        Assert.That(_world.Kernel.Scheduler.CalloutCount, Is.LessThan(5000));
        for (var more = 0; more < 8; more++)
        {
            _world.Kernel.Scheduler.PassTime(TimeSpan.FromSeconds(2));
            _world.RunUntilIdle();
        }
        Assert.That(fired, Is.EqualTo(Enumerable.Range(0, 5).Select(number => number * 20_000).OrderBy(number => number % 7)), "in the order of their times");
    }

    [Test]
    public void A_transfer_without_end_is_ended_by_a_signal()
    {
        const ulong Vector = Data, Buffer = Data + 0x10000, Bytes = 0x40000;
        for (var index = 0UL; index < 1024; index++)
        {
            _world.Memory.Set(Vector + index * 16, Buffer);
            _world.Memory.Set(Vector + index * 16 + 8, Bytes);
        }
        var pending = _world.Begin("readv", _world.Open("/dev/zero", Fcntl.O_RDWR), Vector, 1024);
        _world.EndSleep(Errno.EINTR);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((Errno.None, 16L << 20)));
        pending = _world.Begin("writev", _world.Open("/dev/null", Fcntl.O_RDWR), Vector, 1024);
        _world.EndSleep(Errno.EINTR);
        Assert.That((pending.Result, _world.Value), Is.EqualTo((Errno.None, 16L << 20)));
        Assert.That((_world.Begin("readv", _world.Open("/dev/zero", Fcntl.O_RDWR), Vector, 1024).Result, _world.Value), Is.EqualTo((Errno.None, 256L << 20)));
    }
}
