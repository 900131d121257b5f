using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Priorities, policies and CPU sets.</summary>
[TestFixture]
internal sealed class SchedulingTests
{
    private const ulong Data = TestMemory.Base;
    private const ulong Process = 0, Group = 1, User = 2;

    private World _world = null!;

    [SetUp]
    public void MakeWorld() => _world = new World();

    private long Value(string call, params ulong[] arguments)
    {
        Assert.That(_world.Call(call, arguments), Is.EqualTo(None));
        return _world.Value;
    }

    [Test]
    public void Nice_goes_up_and_for_root_down()
    {
        var other = _world.Add(200);
        other.Group = _world.Process.Group;
        Assert.That(_world.Call("setpriority", Process, 0, 5), Is.EqualTo(None));
        Assert.That(Value("getpriority", Process, 0), Is.EqualTo(5));
        Assert.That(Value("getpriority", Group, 0), Is.Zero, "the best of the group");
        Assert.That(_world.Call("setpriority", Process, 0, 1), Is.EqualTo(EACCES));
        Assert.That(_world.Call("setpriority", User, 0, 99), Is.EqualTo(None));
        Assert.That((other.Nice, _world.Process.Nice), Is.EqualTo((20, 20)));
        other.UserId = 7;
        Assert.That(_world.Call("setpriority", Process, 200, 20), Is.EqualTo(EPERM));
        Assert.That(_world.Call("setpriority", Process, 4711, 20), Is.EqualTo(ESRCH));
        Assert.That(_world.Call("getpriority", 3, 0), Is.EqualTo(EINVAL));
        _world.Process.UserId = 0;
        Assert.That(_world.Call("setpriority", Process, 0, unchecked((ulong)-30)), Is.EqualTo(None));
        Assert.That(Value("getpriority", Process, 0), Is.EqualTo(-20));
    }

    [Test]
    public void The_oldest_process_of_a_group_decides_what_setpriority_returns()
    {
        var other = _world.Add(200);
        (other.Group, other.UserId) = (_world.Process.Group, 7);
        Assert.That(_world.Call("setpriority", Group, 0, 3), Is.EqualTo(None), "the caller is older");
        Assert.That((_world.Process.Nice, other.Nice), Is.EqualTo((3, 0)));
        _world.Kernel.Security.SeeOtherUsers = false;
        Assert.That(_world.Call("setpriority", Process, 200, 3), Is.EqualTo(ESRCH), "hidden");
        Assert.That(_world.Call("getpriority", Process, 200), Is.EqualTo(ESRCH));
        Assert.That(_world.Call("getpriority", Process, 1), Is.EqualTo(ESRCH), "init is root's");
    }

    [Test]
    public void Users_have_the_time_sharing_policy()
    {
        Assert.That(Value("sched_getscheduler", 0), Is.EqualTo(2));
        Assert.That((Value("sched_get_priority_max", 1), Value("sched_get_priority_max", 2), Value("sched_get_priority_min", 3)), Is.EqualTo((31L, 103L, 0L)));
        Assert.That(_world.Call("sched_get_priority_max", 9), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("sched_setscheduler", 0, 1, Data), Is.EqualTo(EPERM));
        Assert.That(_world.Call("sched_setscheduler", 0, 1, TestMemory.Nowhere), Is.EqualTo(EFAULT), "the parameter is read first");
        Assert.That(_world.Call("sched_getparam", 4711, Data), Is.EqualTo(ESRCH));
        _world.Memory.Set(Data, 50);
        Assert.That(_world.Call("sched_setparam", 0, Data), Is.EqualTo(None));
        Assert.That(Parameter(), Is.EqualTo(50));
        _world.Memory.Set(Data, 104);
        Assert.That(_world.Call("sched_setparam", 0, Data), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("sched_rr_get_interval", 0, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<timespec>(Data), Is.EqualTo(new timespec(0, 94_000_000)));
    }

    private int Parameter()
    {
        Assert.That(_world.Call("sched_getparam", 0, Data), Is.EqualTo(None));
        return _world.Memory.Get<int>(Data);
    }

    [TestCase(1, 10, 10, 21)]
    [TestCase(3, 31, 2, 0)]
    [TestCase(2, 100, 3, 3)]
    public void Root_sets_policies_and_rtprio_shows_them(int policy, int priority, int type, int shown)
    {
        _world.Process.UserId = 0;
        _world.Memory.Set(Data, priority);
        Assert.That(_world.Call("sched_setscheduler", 0, (ulong)policy, Data), Is.EqualTo(None));
        Assert.That((Value("sched_getscheduler", 0), Parameter()), Is.EqualTo(((long)policy, priority)));
        Assert.That(_world.Call("rtprio_thread", 0, 0, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<rtprio>(Data), Is.EqualTo(new rtprio((ushort)type, (ushort)shown)));
        _world.Memory.Set(Data, 32);
        Assert.That(_world.Call("sched_setscheduler", 0, 1, Data), Is.EqualTo(EPERM), "beyond the real-time priorities");
        Assert.That(_world.Call("sched_setscheduler", 0, 7, Data), Is.EqualTo(EINVAL));
    }

    [TestCase(2, 5, EPERM, None)]
    [TestCase(4, 5, EPERM, None)]
    [TestCase(3, 103, None, None)]
    [TestCase(3, 104, EINVAL, EINVAL)]
    [TestCase(2, 32, EPERM, EINVAL)]
    [TestCase(1, 0, EINVAL, EINVAL)]
    public void Rtprio_is_judged_by_class(int type, int priority, Errno forUser, Errno forRoot)
    {
        _world.Memory.Set(Data, new rtprio((ushort)type, (ushort)priority));
        Assert.That(_world.Call("rtprio", 1, 0, Data), Is.EqualTo(forUser));
        _world.Process.UserId = 0;
        Assert.That(_world.Call("rtprio", 1, 100, Data), Is.EqualTo(forRoot));
        if (forRoot == None) Assert.That(_world.Lwp.Priority, Is.EqualTo(new rtprio((ushort)type, (ushort)priority)));
    }

    [Test]
    public void Ready_threads_run_by_class_and_priority()
    {
        var queue = new RunQueue();
        var threads = Enumerable.Range(0, 5).Select(index => _world.Add(200 + index).FirstThread).ToArray();
        rtprio[] priorities = [rtprio.Normal, new(4, 0), new(2, 9), rtprio.Normal, new(10, 1)];
        for (var index = 0; index < threads.Length; index++)
        {
            threads[index].Priority = priorities[index];
            queue.Add(threads[index], isFirst: index == 3);
        }
        queue.Move(threads[1], new rtprio(2, 0));
        var order = new List<int>();
        while (queue.TryTake(out var lwp)) order.Add(lwp.Process.Pid - 200);
        Assert.That(order, Is.EqualTo(new[] { 1, 4, 2, 3, 0 }));
    }

    [Test]
    public void Cpu_sets_have_numbers()
    {
        int Set(ulong level)
        {
            Assert.That(_world.Call("cpuset_getid", level, 2, unchecked((ulong)-1), Data), Is.EqualTo(None));
            return _world.Memory.Get<int>(Data);
        }

        Assert.That((Set(1), Set(2)), Is.EqualTo((0, 1)));
        Assert.That(_world.Call("cpuset", Data), Is.EqualTo(None));
        Assert.That(Set(2), Is.EqualTo(3), "2 is the kernel's");
        Assert.That(_world.Call("cpuset_setid", 2, unchecked((ulong)-1), 1), Is.EqualTo(None));
        Assert.That(Set(2), Is.EqualTo(1));
        Assert.That(_world.Call("cpuset_setid", 2, unchecked((ulong)-1), 3), Is.EqualTo(ESRCH), "nobody is in it any more");
        Assert.That(_world.Call("cpuset_getid", 3, 2, 0, Data), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("cpuset_getid", 3, 3, unchecked((ulong)-1), Data), Is.EqualTo(None));
        Assert.That(_world.Call("cpuset_getid", 2, 6, 0, Data), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Affinity_is_kept_by_thread_and_by_set()
    {
        var world = new World(cpus: 4);
        const ulong Self = unchecked((ulong)-1);
        Errno Change(ulong level, ulong which, ulong mask)
        {
            world.Memory[Data, 32].Clear();
            world.Memory.Set(Data, mask);
            return world.Call("cpuset_setaffinity", level, which, Self, 32, Data);
        }

        ulong Mask(ulong level, ulong which)
        {
            Assert.That(world.Call("cpuset_getaffinity", level, which, Self, 32, Data), Is.EqualTo(None));
            return world.Memory.Get<ulong>(Data);
        }

        Assert.That(Mask(3, 1), Is.EqualTo(0xf));
        Assert.That(Change(3, 1, 0x4), Is.EqualTo(None));
        Assert.That((Mask(3, 1), Mask(3, 2), Mask(2, 2), Mask(1, 2)), Is.EqualTo((0x4UL, 0x4UL, 0xfUL, 0xfUL)));
        Assert.That(world.Call("sched_getcpu"), Is.EqualTo(None));
        Assert.That(world.Value, Is.EqualTo(2));
        Assert.That((Change(3, 1, 0x10), Change(3, 1, 0), Change(2, 1, 0xe)), Is.EqualTo((EINVAL, EDEADLK, EPERM)));
        world.Process.UserId = 0;
        Assert.That(Change(2, 1, 0x1), Is.EqualTo(EDEADLK), "the thread would have none left");
        Assert.That(Change(2, 1, 0x6), Is.EqualTo(None));
        Assert.That((Mask(2, 1), Change(3, 2, 0x6), Change(1, 1, 0x3)), Is.EqualTo((0x6UL, None, EPERM)));
        Assert.That(world.Call("cpuset_getaffinity", 3, 4, 1, 32, Data), Is.EqualTo(ESRCH), "no interrupt");
    }

    [Test]
    public void A_newer_kernel_takes_sets_of_any_size_with_room()
    {
        var world = new World(cpus: 12, personality: "freebsd-14");
        Assert.That(world.Call("cpuset_getaffinity", 3, 1, unchecked((ulong)-1), 1, Data), Is.EqualTo(ERANGE));
        world.Memory.Set(Data + 128, ulong.MaxValue);
        Assert.That(world.Call("cpuset_getaffinity", 3, 1, unchecked((ulong)-1), 136, Data), Is.EqualTo(None));
        Assert.That((world.Memory.Get<ulong>(Data), world.Memory.Get<ulong>(Data + 128)), Is.EqualTo((0xfffUL, 0UL)));
        Assert.That(world.Call("cpuset_setaffinity", 3, 1, unchecked((ulong)-1), 2, Data), Is.EqualTo(None));
        world.Memory.Set(Data + 128, 1UL);
        Assert.That(world.Call("cpuset_setaffinity", 3, 1, unchecked((ulong)-1), 136, Data), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Memory_comes_from_one_domain_by_a_policy()
    {
        const ulong Self = unchecked((ulong)-1);
        Assert.That(_world.Call("cpuset_getdomain", 3, 2, Self, 8, Data, Data + 8), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<ulong>(Data), _world.Memory.Get<int>(Data + 8)), Is.EqualTo((1UL, 2)));
        Assert.That(_world.Call("cpuset_getdomain", 3, 2, Self, 4, Data, Data + 8), Is.EqualTo(ERANGE));
        Assert.That(_world.Call("cpuset_setdomain", 3, 2, Self, 8, Data, 1), Is.EqualTo(None));
        Assert.That(_world.Call("cpuset_getdomain", 3, 1, Self, 32, Data, Data + 32), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Data + 32), Is.EqualTo(1));
        Assert.That(_world.Call("cpuset_setdomain", 3, 2, Self, 8, Data, 5), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("cpuset_setdomain", 2, 2, Self, 8, Data, 1), Is.EqualTo(EPERM));
        _world.Memory.Set(Data, 2UL);
        Assert.That(_world.Call("cpuset_setdomain", 3, 2, Self, 8, Data, 1), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Membarrier_asks_for_registration()
    {
        Assert.That(Value("membarrier", 0, 0, 0), Is.EqualTo(0x7f));
        Assert.That((_world.Call("membarrier", 8, 0, 0), _world.Call("membarrier", 16, 0, 0), _world.Call("membarrier", 8, 0, 0)), Is.EqualTo((EPERM, None, None)));
        Assert.That((_world.Call("membarrier", 3, 0, 0), _world.Call("membarrier", 0, 1, 0), _world.Call("membarrier", 0x80, 0, 0)), Is.EqualTo((EINVAL, EINVAL, EINVAL)));
    }
}
