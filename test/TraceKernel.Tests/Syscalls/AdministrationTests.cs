using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;

namespace TraceKernel.Tests.Syscalls;

/// <summary>Login names and classes, the kernel's environment and modules, labels, auditing, the clock: what users may and what root may.</summary>
[TestFixture]
internal sealed class AdministrationTests
{
    private const ulong Data = TestMemory.Base;

    private World _world = null!;

    [SetUp]
    public void MakeWorld() => _world = new World();

    private ulong Text(string text) => _world.Memory.Text(text);
    private void BeRoot() => _world.Process.UserId = 0;

    [Test]
    public void A_login_name_is_its_sessions()
    {
        Assert.That(_world.Call("setlogin", Text("ada")), Is.EqualTo(EPERM));
        BeRoot();
        Assert.That(_world.Call("setlogin", Text(new string('x', 33))), Is.EqualTo(EINVAL));
        var other = _world.Add(200);
        other.InheritFrom(_world.Process, Forks.RFFDG | Forks.RFPROC);
        Assert.That(_world.Call("setlogin", Text("ada")), Is.EqualTo(None));
        Assert.That(_world.Call("getlogin", Data, 3), Is.EqualTo(ERANGE));
        Assert.That(_world.Call("getlogin", Data, 4), Is.EqualTo(None));
        Assert.That((_world.Memory.GetText(Data), other.Login.Name), Is.EqualTo(("ada", "ada")));
        (other.Group, other.Session) = (100, 100);
        Assert.That(_world.Kernel.Jobs.SetSession(other), Is.EqualTo(None));
        Assert.That(_world.Call("setlogin", Text("bob")), Is.EqualTo(None));
        Assert.That(other.Login.Name, Is.EqualTo("ada"));
    }

    [Test]
    public void A_login_class_is_the_credentials()
    {
        Assert.That((_world.Call("getloginclass", Data, 7), _world.Call("getloginclass", Data, 8)), Is.EqualTo((ERANGE, None)));
        Assert.That(_world.Memory.GetText(Data), Is.EqualTo("default"));
        Assert.That(_world.Call("setloginclass", Text("staff")), Is.EqualTo(EPERM));
        BeRoot();
        Assert.That((_world.Call("setloginclass", Text("")), _world.Call("setloginclass", Text("staff"))), Is.EqualTo((EINVAL, None)));
        Assert.That(_world.Process.Credentials.LoginClass, Is.EqualTo("staff"));
    }

    [Test]
    public void The_kernels_environment_is_read_by_all_and_set_by_root()
    {
        Assert.That(_world.Call("kenv", 0, Text("kernelname"), Data, 100), Is.EqualTo(None));
        Assert.That((_world.Memory.GetText(Data), _world.Value), Is.EqualTo(("/boot/kernel/kernel", 20L)));
        Assert.That(_world.Call("kenv", 0, Text("no.such"), Data, 100), Is.EqualTo(ENOENT));
        Assert.That(_world.Call("kenv", 0, Text(new string('n', 129)), Data, 100), Is.EqualTo(ENAMETOOLONG));
        Assert.That((_world.Call("kenv", 1, Text("a"), Text("b"), 2), _world.Call("kenv", 2, Text("a"))), Is.EqualTo((EPERM, EPERM)));
        Assert.That(_world.Call("kenv", 9, Text("a"), Data, 2), Is.EqualTo(EINVAL));
        BeRoot();
        Assert.That((_world.Call("kenv", 1, Text("a"), Text("b"), 0), _world.Call("kenv", 1, Text("a"), Text("bcd"), 3)), Is.EqualTo((EINVAL, ENAMETOOLONG)));
        Assert.That(_world.Call("kenv", 1, Text("a"), Text("bcd"), 4), Is.EqualTo(None));
        Assert.That(_world.Call("kenv", 0, Text("a"), Data, 2), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory[Data, 2].SequenceEqual("bc"u8)), Is.EqualTo((2L, true)));
        Assert.That(_world.Call("kenv", 3, 0, 0, 0), Is.EqualTo(None));
        var needed = _world.Value;
        Assert.That(_world.Call("kenv", 3, 0, Data, (ulong)needed), Is.EqualTo(None));
        Assert.That(_world.Value, Is.Zero, "all of it had room");
        Assert.That(Encoding.Latin1.GetString(_world.Memory[Data, (int)needed]), Does.EndWith("\0a=bcd\0"));
        Assert.That((_world.Call("kenv", 2, Text("a")), _world.Call("kenv", 2, Text("a"))), Is.EqualTo((None, ENOENT)));
    }

    [Test]
    public void The_kernel_is_one_file_of_modules()
    {
        Assert.That(_world.Call("kldfind", Text("/boot/kernel/kernel")), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(1));
        _world.Memory.Set(Data, 2080);
        Assert.That(_world.Call("kldstat", 1, Data), Is.EqualTo(None));
        Assert.That((_world.Memory.GetText(Data + 4), _world.Memory.Get<int>(Data + 1032), _world.Memory.GetText(Data + 1056)), Is.EqualTo(("kernel", 1, "/boot/kernel/kernel")));
        _world.Memory.Set(Data, 2079);
        Assert.That(_world.Call("kldstat", 1, Data), Is.EqualTo(EINVAL));
        var modules = 0;
        for (_world.Call("kldfirstmod", 1); _world.Value != 0; modules++)
        {
            var id = _world.Value;
            _world.Memory.Set(Data, 56);
            Assert.That(_world.Call("modstat", (ulong)id, Data), Is.EqualTo(None));
            Assert.That(_world.Memory.Get<int>(Data + 40), Is.EqualTo(id));
            Assert.That(_world.Call("modfind", Text(_world.Memory.GetText(Data + 4))), Is.EqualTo(None));
            Assert.That(_world.Value, Is.EqualTo(id));
            Assert.That(_world.Call("modfnext", (ulong)id), Is.EqualTo(None));
        }
        Assert.That(modules, Is.GreaterThan(10));
        Assert.That((_world.Call("modfind", Text("zfs")), _world.Call("kldnext", 7), _world.Call("modnext", 99)), Is.EqualTo((ENOENT, ENOENT, ENOENT)));
        Assert.That((_world.Call("kldload", Text("zfs")), _world.Call("kldunload", 1), _world.Call("kldunloadf", 1, 5)), Is.EqualTo((EPERM, EPERM, EINVAL)));
        BeRoot();
        Assert.That((_world.Call("kldload", Text("zfs")), _world.Call("kldunload", 1), _world.Call("kldunload", 2)), Is.EqualTo((ENOENT, EBUSY, ENOENT)));
    }

    [Test]
    public void Without_a_policy_nothing_has_a_label()
    {
        void Label(string elements)
        {
            _world.Memory.Set(Data, 64UL);
            _world.Memory.Set(Data + 8, Text(elements));
        }

        Label("?biba,?mls");
        Assert.That(_world.Call("__mac_get_proc", Data), Is.EqualTo(None));
        Assert.That(_world.Memory.GetText(_world.Memory.Get<ulong>(Data + 8)), Is.Empty);
        Label("mls");
        Assert.That((_world.Call("__mac_get_proc", Data), _world.Call("__mac_get_pid", 100, Data), _world.Call("__mac_get_pid", 4711, Data)), Is.EqualTo((EINVAL, EINVAL, ESRCH)));
        _world.Memory.Set(Data, 1UL);
        Assert.That(_world.Call("__mac_get_proc", Data), Is.EqualTo(EINVAL));
        Assert.That((_world.Call("__mac_set_proc", Data), _world.Call("mac_syscall", Text("mls"), 0, 0)), Is.EqualTo((EINVAL, ENOSYS)));
    }

    [Test]
    public void Audit_sessions_are_roots()
    {
        Assert.That((_world.Call("getauid", Data), _world.Call("setaudit", Data), _world.Call("auditon", 37, Data, 4)), Is.EqualTo((EPERM, EPERM, EPERM)));
        BeRoot();
        Assert.That(_world.Call("getauid", Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<uint>(Data), Is.EqualTo(uint.MaxValue));
        _world.Memory.Set(Data, 1001u);
        Assert.That((_world.Call("setauid", Data), _world.Call("getaudit_addr", Data, 47), _world.Call("getaudit_addr", Data, 48)), Is.EqualTo((None, EOVERFLOW, None)));
        Assert.That((_world.Memory.Get<uint>(Data), _world.Memory.Get<uint>(Data + 16)), Is.EqualTo((1001u, 4u)));
        _world.Memory.Set(Data + 16, 16u);
        Assert.That((_world.Call("setaudit_addr", Data, 48), _world.Call("getaudit", Data)), Is.EqualTo((None, E2BIG)));
        Assert.That(_world.Call("auditon", 37, Data, 4), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<int>(Data), Is.EqualTo(2), "not auditing");
    }

    [TestCase("swapon")]
    [TestCase("swapoff")]
    [TestCase("reboot")]
    [TestCase("acct")]
    [TestCase("unmount")]
    [TestCase("chroot")]
    [TestCase("jail_attach")]
    [TestCase("jail_remove")]
    [TestCase("jail_set")]
    public void Users_are_refused(string call) => Assert.That(_world.Call(call, 0, 0, 0), Is.EqualTo(EPERM));

    [Test]
    public void What_is_checked_before_the_privilege()
    {
        Assert.That((_world.Call("nmount", Data, 3, 0), _world.Call("nmount", Data, 2, 0), _world.Call("nmount", Data, 4, 0)), Is.EqualTo((EINVAL, EINVAL, EINVAL)));
        Assert.That((_world.Call("jail_get", Data, 1, 0), _world.Call("jail_get", Data, 2, 0), _world.Call("jail", Data)), Is.EqualTo((EINVAL, EINVAL, EFAULT)));
        Assert.That((_world.Call("quotactl", Text("/nowhere")), _world.Call("quotactl", Text("/"))), Is.EqualTo((ENOENT, EOPNOTSUPP)));
        Assert.That((_world.Call("setfib", 0), _world.Call("setfib", 1), _world.Call("rctl_get_racct")), Is.EqualTo((None, EINVAL, ENOSYS)));
        BeRoot();
        Assert.That((_world.Call("swapon", Text("/dev/null")), _world.Call("swapon", Text("/tmp")), _world.Call("swapoff", Text("/tmp"))), Is.EqualTo((ENXIO, ENOTBLK, EINVAL)));
    }

    [Test]
    public void Root_sets_the_time_of_day()
    {
        _world.Memory.Set(Data, new timespec(1_700_000_000, 5000));
        Assert.That(_world.Call("clock_settime", 0, Data), Is.EqualTo(EPERM));
        BeRoot();
        Assert.That((_world.Call("clock_settime", 4, Data), _world.Call("clock_settime", 0, Data)), Is.EqualTo((EINVAL, None)));
        Assert.That(_world.Call("clock_gettime", 0, Data), Is.EqualTo(None));
        Assert.That(_world.Memory.Get<timespec>(Data), Is.EqualTo(new timespec(1_700_000_000, 5000)));
        _world.Memory.Set(Data, new timeval(1_000, 1_000_000));
        Assert.That(_world.Call("settimeofday", Data, 0), Is.EqualTo(EINVAL));
        _world.Memory.Set(Data, new timeval(1_000, 999_999));
        Assert.That(_world.Call("settimeofday", Data, 0), Is.EqualTo(None));
        Assert.That(_world.Kernel.RealTime, Is.EqualTo(1_000_999_999_000));
    }

    [Test]
    public void Corrections_move_the_clock_slowly()
    {
        const long Second = 1_000_000_000;
        var clock = new ClockDiscipline(0);
        clock.Correct(0, -1_005_000);
        Assert.That((clock.At(Second), clock.Remaining(Second)), Is.EqualTo((Second - 5_000_000, -1_000_000L)), "fast while more than a second is left");
        Assert.That(clock.At(3 * Second), Is.EqualTo(3 * Second - 6_000_000), "then 500 us a second");
        Assert.That((clock.At(10_000 * Second), clock.Remaining(10_000 * Second)), Is.EqualTo((10_000 * Second - 1_005_000_000, 0L)));
        clock.Set(10_000 * Second, 5);
        Assert.That(clock.At(10_001 * Second), Is.EqualTo(Second + 5));
        clock.SetFrequency(10_001 * Second, 500);
        Assert.That(clock.At(10_003 * Second), Is.EqualTo(3 * Second + 5 + 1000));
        _world.Memory.Set(Data, new timeval(-1, 500_000));
        Assert.That(_world.Call("adjtime", Data, 0), Is.EqualTo(EPERM));
        BeRoot();
        Assert.That((_world.Call("adjtime", Data, 0), _world.Call("adjtime", 0, Data + 16)), Is.EqualTo((None, None)));
        Assert.That(_world.Memory.Get<timeval>(Data + 16), Is.EqualTo(new timeval(-1, 500_000)));
    }

    [Test]
    public void Ntp_shows_a_clock_that_nobody_has_set()
    {
        Assert.That(_world.Call("ntp_adjtime", Data), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Memory.Get<long>(Data + 24), _world.Memory.Get<int>(Data + 40)), Is.EqualTo((5L, 500_000L, 0x40)));
        _world.Memory.Set(Data, 0x10);
        _world.Memory.Set(Data + 40, 0x1);
        Assert.That(_world.Call("ntp_adjtime", Data), Is.EqualTo(EPERM));
        BeRoot();
        Assert.That(_world.Call("ntp_adjtime", Data), Is.EqualTo(None));
        Assert.That(_world.Value, Is.Zero, "TIME_OK");
        Assert.That(_world.Call("ntp_gettime", Data), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<timespec>(Data), _world.Value), Is.EqualTo((timespec.Of(_world.Kernel.RealTime), 0L)));
    }
}
