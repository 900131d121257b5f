using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Resources;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Who a process is, what it may use, and the calls that belong nowhere else.</summary>
[TestFixture]
internal sealed class IdentityAndLimitTests
{
    private const ulong Data = TestMemory.Base;

    private World _world = null!;

    [SetUp]
    public void MakeWorld() => _world = new World();

    [TestCase("getuid", 1001)]
    [TestCase("geteuid", 1001)]
    [TestCase("getgid", 1001)]
    [TestCase("getegid", 1001)]
    [TestCase("issetugid", 0)]
    public void Ids(string call, long value)
    {
        Assert.That(_world.Call(call), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(value));
    }

    [Test]
    public void Groups_and_login()
    {
        _world.Call("getgroups", 0, 0);
        Assert.That(_world.Value, Is.EqualTo(1));
        _world.Call("getgroups", 5, Data);
        Assert.That((_world.Value, _world.Memory.Get<uint>(Data)), Is.EqualTo((1L, 1001u)));
        Assert.That(_world.Call("getlogin", Data, 4), Is.EqualTo(ERANGE));
        Assert.That(_world.Call("getlogin", Data, 33), Is.EqualTo(None));
        Assert.That(_world.Memory.GetText(Data), Is.EqualTo("user"));
    }

    [Test]
    public void Limits_go_down_and_not_up()
    {
        Assert.That(_world.Call("getrlimit", RLIMIT_NOFILE, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<rlimit>(Data), Is.EqualTo(new rlimit(4096, 4096)));
        _world.Memory.Set(Data, new rlimit(8, 16));
        Assert.That(_world.Call("setrlimit", RLIMIT_NOFILE, Data), Is.EqualTo(None));
        _world.Memory.Set(Data, new rlimit(8, 17));
        Assert.That(_world.Call("setrlimit", RLIMIT_NOFILE, Data), Is.EqualTo(EPERM));
        Assert.That(_world.Process.Limits[RLIMIT_NOFILE], Is.EqualTo(new rlimit(8, 16)));
        Assert.That(_world.Call("getrlimit", RLIM_NLIMITS, Data), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("getdtablesize"), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(8));
    }

    [Test]
    public void Usage_counts_instructions()
    {
        _world.Lwp.Cpu.Retired = 2_500_000_000;
        Assert.That(_world.Call("getrusage", RUSAGE_SELF, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<rusage>(Data).ru_utime, Is.EqualTo(new timeval(2, 500_000)));
        Assert.That(_world.Call("getrusage", 7, Data), Is.EqualTo(EINVAL));
    }

    [TestCase(3UL, 2UL, -1, 32UL, ExpectedResult = None)]
    [TestCase(3UL, 2UL, 100, 32UL, ExpectedResult = None)]
    [TestCase(3UL, 2UL, 4711, 32UL, ExpectedResult = ESRCH)]
    [TestCase(3UL, 2UL, -1, 64UL, ExpectedResult = ERANGE)]
    [TestCase(3UL, 2UL, -1, 8UL, ExpectedResult = ERANGE)]
    [TestCase(9UL, 2UL, -1, 32UL, ExpectedResult = EINVAL)]
    public Errno Affinity(ulong level, ulong which, int id, ulong size)
    {
        var error = _world.Call("cpuset_getaffinity", level, which, (ulong)id, size, Data);
        if (error == None) Assert.That(_world.Memory.Get<ulong>(Data), Is.EqualTo(1));
        return error;
    }

    [Test]
    public void Priority_is_that_of_a_normal_thread()
    {
        Assert.That(_world.Call("rtprio_thread", 0, 0, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<uint>(Data), Is.EqualTo(3));
        Assert.That(_world.Call("rtprio_thread", 0, 4711, Data), Is.EqualTo(ESRCH));
        _world.Memory.Set(Data, 2u);
        Assert.That(_world.Call("rtprio_thread", 1, 0, Data), Is.EqualTo(EPERM));
    }

    [TestCase(129UL, ExpectedResult = None)]
    [TestCase(999UL, ExpectedResult = EINVAL)]
    public Errno Sysarch_is_the_architectures(ulong operation) => _world.Call("sysarch", operation, Data);

    [Test]
    public void Uuids_are_of_version_1_and_differ()
    {
        Assert.That(_world.Call("uuidgen", Data, 3), Is.EqualTo(None));
        Assert.That(_world.Call("uuidgen", Data + 48, 1), Is.EqualTo(None));
        var identifiers = Enumerable.Range(0, 4).Select(index => _world.Memory.Get<Guid>(Data + (ulong)index * 16)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(identifiers, Is.Unique);
            Assert.That(identifiers.Select(identifier => identifier.Version), Is.All.EqualTo(1));
            Assert.That(identifiers.Select(identifier => identifier.Variant & 0xc), Is.All.EqualTo(8));
            Assert.That(_world.Call("uuidgen", Data, 0), Is.EqualTo(EINVAL));
            Assert.That(_world.Call("uuidgen", Data, 2049), Is.EqualTo(EINVAL));
        });
    }

    [Test]
    public void Stacks_do_not_grow_by_request() => Assert.That(_world.Call("sstk", 4096), Is.EqualTo(EOPNOTSUPP));

    /// <summary>The status that a parent sees: the signal, and no core file.</summary>
    [TestCase(0UL, 0, Abi.Signals.SIGABRT)]
    [TestCase(1UL, 0, Abi.Signals.SIGKILL, Description = "a reason that cannot be read")]
    [TestCase(0UL, 17, Abi.Signals.SIGKILL, Description = "too many arguments")]
    public void Abort2_ends_the_process_by_a_signal(ulong why, int count, int signal)
    {
        _ = _world.Begin("abort2", why, (ulong)count, 0);
        Assert.That(_world.Process.XSig, Is.EqualTo(signal));
    }
}
