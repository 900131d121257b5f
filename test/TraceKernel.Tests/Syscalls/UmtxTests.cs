using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Processes;

namespace TraceKernel.Tests.Syscalls;

/// <summary>_umtx_op(2), operation by operation, with the values that libthr and the kernel agree on.</summary>
[TestFixture]
internal sealed class UmtxTests
{
    private const ulong Word = TestMemory.Base, Other = TestMemory.Base + 64, Time = TestMemory.Base + 128;
    private const uint Contested = 0x80000000;

    private const ulong MutexTryLock = 4, MutexLock = 5, MutexUnlock = 6, SetCeiling = 7, CvWait = 8, CvSignal = 9, CvBroadcast = 10,
        RwReadLock = 12, RwWriteLock = 13, RwUnlock = 14, WaitUintPrivate = 15, WakePrivate = 16, MutexWait = 17, NWakePrivate = 21,
        MutexWake2 = 22, Sem2Wait = 23, Sem2Wake = 24, RobustLists = 26;

    private World _world = null!;
    private Lwp _second = null!, _third = null!;

    [SetUp]
    public void MakeWorld()
    {
        _world = new World();
        _second = AddThread(100101);
        _third = AddThread(100102);
    }

    private Lwp AddThread(int tid)
    {
        var lwp = new Lwp(_world.Process, tid, new Cpu(TestArchitecture.InstructionSet));
        _world.Process.Threads.Add(lwp);
        return lwp;
    }

    private PendingCall Begin(Lwp lwp, ulong operation, ulong value = 0, ulong address = 0, ulong address2 = 0, ulong at = Word) =>
        _world.Begin(lwp, "_umtx_op", at, operation, value, address, address2);

    private Errno Call(ulong operation, ulong value = 0, ulong address = 0, ulong address2 = 0, ulong at = Word) =>
        Begin(_world.Lwp, operation, value, address, address2, at).Result;

    private uint this[ulong address]
    {
        get => _world.Memory.Get<uint>(address);
        set => _world.Memory.Set(address, value);
    }

    [Test]
    public void A_wait_ends_at_once_when_the_word_has_changed()
    {
        this[Word] = 5;
        Assert.That(Call(WaitUintPrivate, value: 4), Is.EqualTo(Errno.None));
        Assert.That(Call(WaitUintPrivate, value: 4, at: TestMemory.Nowhere), Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void Wakes_as_many_as_asked_for_in_their_order()
    {
        var (first, second, third) = (Begin(_world.Lwp, WaitUintPrivate), Begin(_second, WaitUintPrivate), Begin(_third, WaitUintPrivate));
        Assert.That((first.IsCompleted, _second.WaitMessage), Is.EqualTo((false, "uwait")));
        var waker = AddThread(100103);
        Assert.That(Begin(waker, WakePrivate, value: 2).Result, Is.EqualTo(Errno.None));
        Assert.That((first.IsCompleted, second.IsCompleted, third.IsCompleted), Is.EqualTo((true, true, false)));
        _world.Memory.Set(Other, Word);
        Assert.That(Begin(waker, NWakePrivate, value: 1, at: Other).Result, Is.EqualTo(Errno.None));
        Assert.That(third.Result, Is.EqualTo(Errno.None));
    }

    [Test]
    public void A_signal_is_EINTR_and_the_end_of_the_time_ETIMEDOUT()
    {
        var pending = Begin(_world.Lwp, WaitUintPrivate);
        _world.EndSleep(Errno.ERESTART);
        Assert.That(pending.Result, Is.EqualTo(Errno.EINTR), "waits are not restarted");
        _world.Memory.Set(Time, new timespec(0, 0));
        Assert.That(Call(WaitUintPrivate, address: 16, address2: Time), Is.EqualTo(Errno.ETIMEDOUT));
        _world.Memory.Set(Time, new timespec(0, 1_000_000_000));
        Assert.That(Call(WaitUintPrivate, address: 16, address2: Time), Is.EqualTo(Errno.EINVAL));
        // struct _umtx_time: absolute, on CLOCK_MONOTONIC.
        _world.Memory.Set(Time, new timespec(-1, 0));
        Assert.That(Call(WaitUintPrivate, address: 24, address2: Time), Is.EqualTo(Errno.EINVAL));
        _world.Memory.Set(Time, new timespec(0, 0));
        _world.Memory.Set(Time + 16, (uint)1);
        _world.Memory.Set(Time + 20, (uint)Clocks.CLOCK_MONOTONIC);
        Assert.That(Call(WaitUintPrivate, address: 24, address2: Time), Is.EqualTo(Errno.ETIMEDOUT));
    }

    [Test]
    public void A_mutex_is_taken_handed_on_and_given_back()
    {
        var (owner, next) = ((uint)_world.Lwp.Tid, (uint)_second.Tid);
        Assert.That((Call(MutexLock), this[Word]), Is.EqualTo((Errno.None, owner)));
        Assert.That(Begin(_second, MutexTryLock).Result, Is.EqualTo(Errno.EBUSY));
        var (second, third) = (Begin(_second, MutexLock), Begin(_third, MutexLock));
        Assert.That((second.IsCompleted, _second.WaitMessage, this[Word]), Is.EqualTo((false, "umtxn", owner | Contested)));
        Assert.That(Begin(_third, MutexUnlock).Result, Is.EqualTo(Errno.EPERM));
        Assert.That(Call(MutexUnlock), Is.EqualTo(Errno.None));
        Assert.That((second.Result, this[Word]), Is.EqualTo((Errno.None, next | Contested)), "two waited: it stayed contested");
        Assert.That(third.IsCompleted, Is.False);
        Assert.That(Begin(_second, MutexUnlock).Result, Is.EqualTo(Errno.None));
        Assert.That((third.Result, this[Word]), Is.EqualTo((Errno.None, (uint)_third.Tid)), "one waited: it was free");
    }

    [Test]
    public void Waiting_for_a_mutex_does_not_take_it()
    {
        this[Word] = 77;
        var pending = Begin(_world.Lwp, MutexWait);
        Assert.That((pending.IsCompleted, this[Word]), Is.EqualTo((false, 77 | Contested)));
        this[Word] = Contested;
        Assert.That(Begin(_second, MutexWake2).Result, Is.EqualTo(Errno.None));
        Assert.That((pending.Result, this[Word]), Is.EqualTo((Errno.None, Contested)));
    }

    [TestCase(Errno.ERESTART, Errno.ERESTART)]
    [TestCase(Errno.EINTR, Errno.ERESTART)]
    public void Locking_without_a_time_is_restarted(Errno signal, Errno expected)
    {
        this[Word] = 77;
        var pending = Begin(_world.Lwp, MutexLock);
        _world.EndSleep(signal);
        Assert.That(pending.Result, Is.EqualTo(expected));
    }

    [Test]
    public void A_dead_owner_and_a_lost_mutex_are_told()
    {
        this[Word] = Contested | 0x10;
        this[Word + 4] = UserMutex.Robust;
        Assert.That((Call(MutexLock), this[Word]), Is.EqualTo((Errno.EOWNERDEAD, (uint)_world.Lwp.Tid | Contested)));
        this[Word + 4] = UserMutex.Robust | UserMutex.Nonconsistent;
        Assert.That((Call(MutexUnlock), this[Word]), Is.EqualTo((Errno.None, Contested | 0x11)));
        Assert.That(Call(MutexLock), Is.EqualTo(Errno.ENOTRECOVERABLE));
    }

    [Test]
    public void Inheriting_mutexes_see_a_deadlock_and_protecting_ones_a_bad_ceiling()
    {
        this[Word + 4] = UserMutex.PriorityInherit;
        Assert.That(Call(MutexLock), Is.EqualTo(Errno.None));
        Assert.That(Call(MutexLock), Is.EqualTo(Errno.EDEADLK));
        this[Other] = Contested;
        this[Other + 4] = UserMutex.PriorityProtect;
        this[Other + 8] = 32;
        Assert.That(Call(MutexLock, at: Other), Is.EqualTo(Errno.EINVAL));
        Assert.That(Call(SetCeiling, value: 32, at: Other), Is.EqualTo(Errno.EINVAL));
        Assert.That((Call(SetCeiling, value: 9, address: Time, at: Other), this[Other + 8], this[Time]), Is.EqualTo((Errno.None, 9u, 32u)));
        Assert.That((Call(MutexLock, at: Other), this[Other]), Is.EqualTo((Errno.None, (uint)_world.Lwp.Tid | Contested)));
        Assert.That((Call(MutexUnlock, at: Other), this[Other]), Is.EqualTo((Errno.None, Contested)));
        this[Other + 4] = UserMutex.PriorityProtect | UserMutex.PriorityInherit;
        Assert.That(Call(MutexLock, at: Other), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void A_condition_gives_the_mutex_back_while_it_waits()
    {
        this[Other] = (uint)_world.Lwp.Tid;
        var pending = Begin(_world.Lwp, CvWait, address: Other);
        Assert.That((pending.IsCompleted, this[Word], this[Other]), Is.EqualTo((false, 1u, 0u)));
        this[Other] = (uint)_second.Tid;
        var second = Begin(_second, CvWait, address: Other);
        Assert.That(Begin(_third, CvSignal).Result, Is.EqualTo(Errno.None));
        Assert.That((pending.Result, second.IsCompleted, this[Word]), Is.EqualTo((Errno.None, false, 1u)));
        Assert.That(Begin(_third, CvBroadcast).Result, Is.EqualTo(Errno.None));
        Assert.That((second.Result, this[Word]), Is.EqualTo((Errno.None, 0u)));
    }

    [Test]
    public void A_condition_without_the_mutex_is_refused()
    {
        Assert.That((Call(CvWait, address: Other), this[Word]), Is.EqualTo((Errno.EPERM, 0u)));
        this[Word + 8] = Clocks.CLOCK_THREAD_CPUTIME_ID;
        Assert.That(Call(CvWait, value: 4, address: Other), Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void Writers_go_before_readers_unless_readers_are_preferred()
    {
        Assert.That((Call(RwReadLock), this[Word]), Is.EqualTo((Errno.None, 1u)));
        var writer = Begin(_second, RwWriteLock);
        Assert.That((writer.IsCompleted, this[Word], this[Word + 12]), Is.EqualTo((false, 0x40000001u, 1u)));
        Assert.That((Call(RwReadLock, value: 2), this[Word]), Is.EqualTo((Errno.None, 0x40000002u)), "URWLOCK_PREFER_READER");
        var reader = Begin(_third, RwReadLock);
        Assert.That((reader.IsCompleted, _third.WaitMessage, this[Word + 8]), Is.EqualTo((false, "urdlck", 1u)));
        Call(RwUnlock);
        Call(RwUnlock);
        Assert.That((writer.Result, reader.IsCompleted, this[Word]), Is.EqualTo((Errno.None, false, 0xA0000000u)));
        Assert.That(Begin(_second, RwUnlock).Result, Is.EqualTo(Errno.None));
        Assert.That((reader.Result, this[Word], this[Word + 8]), Is.EqualTo((Errno.None, 1u, 0u)));
        Call(RwUnlock);
        Assert.That(Call(RwUnlock), Is.EqualTo(Errno.EPERM));
        this[Word] = 0x1fffffff;
        Assert.That(Call(RwReadLock), Is.EqualTo(Errno.EAGAIN));
    }

    [Test]
    public void A_semaphore_wait_tells_what_is_left_of_its_time()
    {
        this[Word] = 1;
        Assert.That((Call(Sem2Wait), this[Word]), Is.EqualTo((Errno.None, 1u)), "the program takes it");
        this[Word] = 0;
        var pending = Begin(_world.Lwp, Sem2Wait);
        Assert.That((pending.IsCompleted, this[Word]), Is.EqualTo((false, 0x80000000u)));
        Assert.That(Begin(_second, Sem2Wake).Result, Is.EqualTo(Errno.None));
        Assert.That((pending.Result, this[Word]), Is.EqualTo((Errno.None, 0u)));
        _world.Memory.Set(Time, new timespec(3, 0));
        _world.Memory.Set(Time + 16, 0u);
        _world.Memory.Set(Time + 20, (uint)Clocks.CLOCK_MONOTONIC);
        pending = Begin(_world.Lwp, Sem2Wait, address: 40, address2: Time);
        _world.EndSleep(Errno.ERESTART);
        Assert.That(pending.Result, Is.EqualTo(Errno.EINTR));
        Assert.That(_world.Memory.Get<timespec>(Time + 24), Is.EqualTo(new timespec(3, 0)));
    }

    [TestCase(0ul, Errno.EOPNOTSUPP)]
    [TestCase(25UL, Errno.EINVAL)]
    [TestCase(29ul, Errno.EINVAL)]
    [TestCase(0x80000002ul, Errno.EINVAL)]
    public void What_is_not_there_is_refused(ulong operation, Errno expected) => Assert.That(Call(operation), Is.EqualTo(expected));

    [Test]
    public void Robust_lists_are_remembered()
    {
        Assert.That(Call(RobustLists, value: 32, address: Word), Is.EqualTo(Errno.EINVAL));
        _world.Memory.Set(Word, 0x1234UL);
        Assert.That((Call(RobustLists, value: 24, address: Word), _world.Lwp.RobustLists.Shared), Is.EqualTo((Errno.None, 0x1234UL)));
    }

    [Test]
    public void A_wakeup_is_kept_for_the_next_suspend()
    {
        Assert.That(_world.Call("thr_wake", (ulong)_world.Lwp.Tid), Is.EqualTo(Errno.None));
        Assert.That(_world.Call("thr_suspend", 0), Is.EqualTo(Errno.None));
        var pending = _world.Begin("thr_suspend", 0);
        Assert.That(pending.IsCompleted, Is.False);
        Assert.That(_world.Begin(_second, "thr_wake", (ulong)_world.Lwp.Tid).Result, Is.EqualTo(Errno.None));
        Assert.That(pending.Result, Is.EqualTo(Errno.None));
        Assert.That(_world.Call("thr_wake", 1), Is.EqualTo(Errno.ESRCH));
        _world.Memory.Set(Time, new timespec(0, 0));
        Assert.That(_world.Call("thr_suspend", Time), Is.EqualTo(Errno.ETIMEDOUT));
    }
}
