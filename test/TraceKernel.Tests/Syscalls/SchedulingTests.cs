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
    public void There_is_one_policy()
    {
        Assert.That(Value("sched_getscheduler", 0), Is.EqualTo(2));
        Assert.That((Value("sched_get_priority_max", 1), Value("sched_get_priority_max", 2), Value("sched_get_priority_min", 3)), Is.EqualTo((31L, 103L, 0L)));
        Assert.That(_world.Call("sched_get_priority_max", 9), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("sched_setscheduler", 0, 1, Data), Is.EqualTo(EPERM));
        Assert.That(_world.Call("sched_getparam", 4711, Data), Is.EqualTo(ESRCH));
        Assert.That(_world.Call("sched_rr_get_interval", 0, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<timespec>(Data).tv_nsec, Is.Positive);
        Assert.That(_world.Call("rtprio", 0, 0, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<ushort>(Data), Is.EqualTo(3));
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
        Assert.That(Set(2), Is.EqualTo(2));
        Assert.That(_world.Call("cpuset_setid", 2, unchecked((ulong)-1), 1), Is.EqualTo(None));
        Assert.That(Set(2), Is.EqualTo(1));
        Assert.That(_world.Call("cpuset_setid", 2, unchecked((ulong)-1), 3), Is.EqualTo(ESRCH));
        Assert.That(_world.Call("cpuset_getid", 3, 2, 0, Data), Is.EqualTo(EINVAL));
    }
}
