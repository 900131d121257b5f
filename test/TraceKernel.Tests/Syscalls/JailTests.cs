using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.Jails;

namespace TraceKernel.Tests.Syscalls;

/// <summary>jail_set(2), jail_get(2), jail_attach(2), jail_remove(2) and jail(2), and what a process in a jail may do and see.</summary>
[TestFixture]
internal sealed class JailTests
{
    private const ulong Vectors = TestMemory.Base, Values = TestMemory.Base + 0x1000, Message = TestMemory.Base + 0x8000, Data = TestMemory.Base + 0x9000;
    private const ulong Here = unchecked((ulong)AT_FDCWD);

    private World _world = null!;

    [SetUp]
    public void MakeTree()
    {
        _world = new World();
        foreach (var directory in (string[])["/tmp/j", "/tmp/j/sub"]) Assert.That(_world.Path("mkdir", directory, 0x1ff), Is.EqualTo(None));
        _world.Process.UserId = 0;
    }

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text + '\0');

    /// <summary>Puts names and values into memory as struct iovec; an int, a string, or the bytes themselves.</summary>
    private int Lay(ReadOnlySpan<(string Name, object? Value)> options)
    {
        var next = Values;
        for (var index = 0; index < options.Length; index++)
        {
            var (name, value) = options[index];
            var bytes = value switch { int number => BitConverter.GetBytes(number), string text => Text(text), byte[] raw => raw, _ => [] };
            foreach (var (at, part) in ((int, byte[])[])[(0, Text(name)), (16, bytes)])
            {
                var isEmpty = part.Length == 0;
                _world.Memory.Set(Vectors + (ulong)(32 * index + at), new iovec(isEmpty ? 0 : next, (ulong)part.Length));
                if (!isEmpty) part.CopyTo(_world.Memory[next, part.Length]);
                next += (ulong)part.Length + 8;
            }
        }
        _world.Memory.Set(Vectors + (ulong)(32 * options.Length), new iovec(_world.Memory.Text("errmsg"), 7));
        _world.Memory[Message, 256].Clear();
        _world.Memory.Set(Vectors + (ulong)(32 * options.Length + 16), new iovec(Message, 256));
        return 2 * options.Length + 2;
    }

    private Errno Set(int flags, params ReadOnlySpan<(string Name, object? Value)> options) =>
        _world.Call("jail_set", Vectors, (ulong)Lay(options), (ulong)flags);

    private Errno Get(params ReadOnlySpan<(string Name, object? Value)> options) => _world.Call("jail_get", Vectors, (ulong)Lay(options), 0);

    private byte[] Value(int index)
    {
        var vector = _world.Memory.Get<iovec>(Vectors + (ulong)(32 * index + 16));
        return _world.Memory[vector.iov_base, (int)vector.iov_len].ToArray();
    }

    private string Said => _world.Memory.GetText(Message);

    private int Make(string name = "one", params ReadOnlySpan<(string Name, object? Value)> more)
    {
        Assert.That(Set(JAIL_CREATE, [("name", name), ("path", "/tmp/j"), ("host.hostname", "inner"), ("persist", null), .. more]), Is.EqualTo(None), Said);
        return (int)_world.Value;
    }

    [Test]
    public void Is_made_by_name_and_described()
    {
        var id = Make(more: [("allow.raw_sockets", null), ("children.max", 3)]);
        Assert.That(id, Is.EqualTo(1));
        Assert.That(Get(("name", "one"), ("jid", 0), ("path", new byte[1024]), ("host.hostname", new byte[256]), ("allow.raw_sockets", -1), ("allow.nochflags", -1),
            ("children.max", -1), ("persist", -1), ("enforce_statfs", -1), ("ip4", -1)), Is.EqualTo(None), Said);
        Assert.That(_world.Value, Is.EqualTo(1));
        Assert.That((BitConverter.ToInt32(Value(1)), NullTerminated.ToText(Value(2)), NullTerminated.ToText(Value(3))), Is.EqualTo((1, "/tmp/j", "inner")));
        int[] numbers = [.. Enumerable.Range(4, 6).Select(index => BitConverter.ToInt32(Value(index)))];
        Assert.That(numbers, Is.EqualTo((int[])[1, 1, 3, 1, 2, JAIL_SYS_DISABLE]));
    }

    [Test]
    public void A_value_without_a_buffer_gets_its_length()
    {
        Make();
        Assert.That(Get(("jid", 1), ("host.hostname", null), ("ip4.addr", null)), Is.EqualTo(None));
        Assert.That((_world.Memory.Get<iovec>(Vectors + 32 + 16).iov_len, _world.Memory.Get<iovec>(Vectors + 64 + 16).iov_len), Is.EqualTo((6UL, 0UL)));
    }

    [Test]
    public void Jails_are_walked_by_their_ids()
    {
        Make("one");
        Make("two");
        Assert.That(Get(("lastjid", 0)), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(1));
        Assert.That(Get(("lastjid", 1)), Is.EqualTo(None));
        Assert.That(_world.Value, Is.EqualTo(2));
        Assert.That((Get(("lastjid", 2)), Said), Is.EqualTo((ENOENT, "no jail after 2")));
    }

    private static TestCaseData[] Refusals() =>
    [
        new(JAIL_CREATE, new (string, object?)[] { ("name", "x") }, EINVAL, "new jail must persist or attach"),
        new(0, new (string, object?)[] { ("name", "x") }, EINVAL, "no valid operation (create or update)"),
        new(16, new (string, object?)[] { ("name", "x") }, EINVAL, ""),
        new(JAIL_CREATE, new (string, object?)[] { ("name", "one"), ("persist", null) }, EEXIST, "jail \"one\" already exists"),
        new(JAIL_CREATE, new (string, object?)[] { ("jid", 1), ("persist", null) }, EEXIST, "jail 1 already exists"),
        new(JAIL_CREATE, new (string, object?)[] { ("jid", -1), ("persist", null) }, EINVAL, "negative jid"),
        new(JAIL_CREATE, new (string, object?)[] { ("jid", 7), ("name", "8"), ("persist", null) }, EINVAL, "name cannot be numeric (unless it is the jid)"),
        new(JAIL_CREATE, new (string, object?)[] { ("none", 1), ("persist", null) }, EINVAL, "unknown parameter: none"),
        new(JAIL_CREATE, new (string, object?)[] { ("path", "/none"), ("persist", null) }, ENOENT, ""),
        new(JAIL_CREATE, new (string, object?)[] { ("name", "none.x"), ("persist", null) }, ENOENT, "jail \"none\" not found"),
        new(JAIL_CREATE, new (string, object?)[] { ("enforce_statfs", 3), ("persist", null) }, EINVAL, ""),
        new(JAIL_CREATE, new (string, object?)[] { ("ip4.addr", new byte[3]), ("persist", null) }, EINVAL, ""),
        new(JAIL_UPDATE, new (string, object?)[] { ("jid", 9) }, ENOENT, "jail 9 not found"),
        new(JAIL_UPDATE, new (string, object?)[] { ("name", "two") }, ENOENT, "jail \"two\" not found"),
        new(JAIL_UPDATE, new (string, object?)[] { ("persist", null) }, ENOENT, "update specified no jail"),
        new(JAIL_UPDATE, new (string, object?)[] { ("jid", 1), ("path", "/") }, EINVAL, "path cannot be changed after creation"),
        new(JAIL_UPDATE, new (string, object?)[] { ("jid", 1), ("ip4", JAIL_SYS_INHERIT) }, EINVAL, "ip4 cannot be changed after creation"),
    ];

    [TestCaseSource(nameof(Refusals))]
    public void Wrong_parameters_are_refused_in_words(int flags, (string, object?)[] options, Errno expected, string message)
    {
        Make();
        Assert.That((Set(flags, options), Said), Is.EqualTo((expected, message)));
    }

    [Test]
    public void Users_make_none_and_enter_none()
    {
        Make();
        _world.Process.UserId = 1001;
        Assert.That(Set(JAIL_CREATE, ("name", "x"), ("persist", null)), Is.EqualTo(EPERM));
        Assert.That(_world.Call("jail_attach", 1), Is.EqualTo(EPERM));
        Assert.That(_world.Call("jail_remove", 1), Is.EqualTo(EPERM));
        Assert.That(Get(("jid", 1)), Is.EqualTo(None), "but everybody may look");
    }

    [Test]
    public void A_process_that_enters_has_its_root_and_name_and_is_marked()
    {
        Make();
        Assert.That(_world.Call("jail_attach", 2), Is.EqualTo(EINVAL));
        Assert.That(_world.Call("jail_attach", 1), Is.EqualTo(None));
        Assert.That((_world.Process.Jail, _world.Process.Directory.RootPath, _world.Process.Directory.Path), Is.EqualTo((1, "/tmp/j", "/tmp/j")));
        Assert.That(_world.Process.Has(ProcessFlags.SetId), Is.True);
        Assert.That(_world.Path("access", "/sub", 0), Is.EqualTo(None));
        Assert.That(_world.Path("access", "../../j", 0), Is.EqualTo(ENOENT));
        Assert.That(_world.Call("jail_attach", 1), Is.EqualTo(EINVAL), "it is not within itself");
        Assert.That(Get(("jid", 1)), Is.EqualTo(ENOENT));
    }

    [Test]
    public void The_host_sees_into_jails_and_jails_do_not_see_out()
    {
        Make();
        var inside = _world.Add(101);
        inside.UserId = 0;
        inside.Jail = 1;
        Assert.That(_world.Call("kill", 101, 0), Is.EqualTo(None));
        var lwp = inside.FirstThread;
        Assert.That(_world.Begin(lwp, "kill", 100, 0).Result, Is.EqualTo(ESRCH));
        Assert.That(_world.Begin(lwp, "ptrace", Abi.Ptrace.PT_ATTACH, 100, 0, 0).Result, Is.EqualTo(ESRCH));
    }

    [Test]
    public void Jails_within_jails_are_seen_from_around_only()
    {
        Make("outer", ("children.max", 1));
        Make("outer.inner");
        var (outer, inner) = (_world.Add(101), _world.Add(102));
        (outer.Jail, inner.Jail, outer.UserId, inner.UserId) = (1, 2, 0, 0);
        Assert.That(_world.Begin(outer.FirstThread, "kill", 102, 0).Result, Is.EqualTo(None));
        Assert.That(_world.Begin(inner.FirstThread, "kill", 101, 0).Result, Is.EqualTo(ESRCH));
        Assert.That((Set(JAIL_CREATE, ("name", "outer.more"), ("persist", null)), Said), Is.EqualTo((None, "")), "the limit is the maker's");
        Assert.That(Set(JAIL_UPDATE, ("jid", 1), ("children.max", 0)), Is.EqualTo(None));
    }

    [Test]
    public void Root_of_a_jail_lacks_what_belongs_to_the_host()
    {
        Make();
        Assert.That(_world.Call("jail_attach", 1), Is.EqualTo(None));
        Assert.That(_world.Call("reboot", 0), Is.EqualTo(EPERM));
        Assert.That(_world.Call("kldload", _world.Memory.Text("x")), Is.EqualTo(EPERM));
        Assert.That(_world.Call("settimeofday", Data, 0), Is.EqualTo(EPERM));
        Assert.That(_world.Call("mlock", Data, 4096), Is.EqualTo(EPERM));
        Assert.That(_world.Call("setuid", 5), Is.EqualTo(None), "users are its own");
    }

    [TestCase(false, EPROTONOSUPPORT)]
    [TestCase(true, None)]
    public void A_jail_without_addresses_has_no_internet_sockets(bool inherits, Errno expected)
    {
        Make(more: inherits ? [("ip4", JAIL_SYS_INHERIT)] : []);
        Assert.That(_world.Call("jail_attach", 1), Is.EqualTo(None));
        Assert.That(_world.Call("socket", Sockets.AF_INET, Sockets.SOCK_STREAM, 0), Is.EqualTo(expected));
        Assert.That(_world.Call("socket", Sockets.AF_UNIX, Sockets.SOCK_STREAM, 0), Is.EqualTo(None));
    }

    [Test]
    public void A_jail_goes_with_its_last_process_unless_it_persists()
    {
        Make();
        _world.Add(101).Jail = 1;
        Assert.That(Set(JAIL_UPDATE, ("jid", 1), ("nopersist", null)), Is.EqualTo(None));
        Assert.That(Get(("jid", 1)), Is.EqualTo(None));
        _world.Kernel.FindAny(101)!.IsZombie = true;
        Assert.That((Get(("jid", 1)), Said), Is.EqualTo((ENOENT, "jail 1 is dying")));
        _world.Kernel.Remove(_world.Kernel.FindAny(101)!);
        Assert.That((Get(("jid", 1)), Said), Is.EqualTo((ENOENT, "jail 1 not found")));
    }

    [Test]
    public void Removal_kills()
    {
        Make();
        var inside = _world.Add(101);
        inside.Jail = 1;
        Assert.That(_world.Call("jail_remove", 1), Is.EqualTo(None));
        Assert.That(inside.Queue.Pending.Contains(Abi.Signals.SIGKILL) || inside.FirstThread.Queue.Pending.Contains(Abi.Signals.SIGKILL), Is.True);
    }

    [Test]
    public void The_old_call_makes_and_enters_one()
    {
        ulong[] jail = [2, _world.Memory.Text("/tmp/j"), _world.Memory.Text("old"), 0, 0, 0, 0];
        for (var index = 0; index < jail.Length; index++) _world.Memory.Set(Data + (ulong)(8 * index), jail[index]);
        Assert.That(_world.Call("jail", Data), Is.EqualTo(None));
        Assert.That((_world.Value, _world.Process.Jail, _world.Process.Prison.Host.Name, _world.Process.Prison.Name), Is.EqualTo((1L, 1, "old", "1")));
        _world.Memory.Set(Data, 3UL);
        Assert.That(_world.Call("jail", Data), Is.EqualTo(EINVAL));
    }
}
