using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Tests.Syscalls;

/// <summary>The tree of sysctl(3): its kinds, flags and descriptions, who may write, and the values that programs ask for by name.</summary>
[TestFixture]
internal sealed class SysctlTreeTests : SysctlFixture
{
    private static IEnumerable<SysctlNode> Nodes(SysctlNode from) => from.Children.Values.SelectMany(child => Nodes(child).Prepend(child));

    [Test]
    public void Kinds_and_descriptions_can_be_asked_for()
    {
        var numbers = Numbers("kern.ostype");
        Assert.That(Ask(CTL_SYSCTL_OIDFMT, numbers), Is.EqualTo(None));
        Assert.That(World.Memory.Get<uint>(Old), Is.EqualTo(CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE | CTLFLAG_CAPRD));
        Assert.That(World.Memory.GetText(Old + 4), Is.EqualTo("A"));
        Assert.That(Ask(CTL_SYSCTL_OIDDESCR, numbers), Is.EqualTo(None));
        Assert.That(World.Memory.GetText(Old), Is.EqualTo("Name of the operating system"));
        Assert.That(Ask(CTL_SYSCTL_OIDLABEL, numbers), Is.EqualTo(ENOENT));
        foreach (var question in (int[])[CTL_SYSCTL_OIDFMT, CTL_SYSCTL_OIDDESCR, CTL_SYSCTL_OIDLABEL])
        {
            Assert.That(Ask(question, [CTL_KERN, 9999]), Is.EqualTo(ENOENT));
            Assert.That(Ask(question, [CTL_KERN, KERN_OSTYPE, 1]), Is.EqualTo(ENOTDIR));
        }
    }

    [Test]
    public void Some_values_are_listed_only_when_nothing_is_skipped()
    {
        var before = Numbers("kern.ipc.sockbuf_waste_factor");
        Assert.That(Ask(CTL_SYSCTL_NEXT, before), Is.EqualTo(None));
        Assert.That(MemoryMarshal.Cast<byte, int>(World.Memory[Old, (int)Length]).ToArray(), Is.EqualTo(Numbers("kern.ipc.max_linkhdr")));
        Assert.That(Ask(CTL_SYSCTL_NEXTNOSKIP, before), Is.EqualTo(None));
        Assert.That(MemoryMarshal.Cast<byte, int>(World.Memory[Old, (int)Length]).ToArray(), Is.EqualTo(Numbers("kern.ipc.somaxconn")));
    }

    [Test]
    public void Formats_fit_the_types_of_their_rows()
    {
        foreach (var node in Nodes(SysctlTree.Root))
        {
            var type = node.Kind & CTLTYPE;
            var isFit = type switch
            {
                CTLTYPE_NODE => node.Format == "N",
                CTLTYPE_INT => node.Format is "I" or "B" or "E,jailsys",
                CTLTYPE_STRING => node.Format == "A",
                CTLTYPE_UINT => node.Format == "IU",
                CTLTYPE_LONG => node.Format is "L" or "LU",
                CTLTYPE_ULONG => node.Format == "LU",
                CTLTYPE_U64 => node.Format == "QU",
                _ => true,
            };
            Assert.That(isFit, Is.True, $"{node.Name}: {node.Format} of type {type}");
            Assert.That(type == CTLTYPE_NODE || node.Handler is not null, Is.True, node.Name);
        }
    }

    [Test]
    public void Every_value_can_be_read_and_has_the_size_of_its_type()
    {
        for (int[] at = []; Call([CTL_SYSCTL, CTL_SYSCTL_NEXT, .. at], 96) == None;)
        {
            at = MemoryMarshal.Cast<byte, int>(World.Memory[Old, (int)Length]).ToArray();
            Assert.That(SysctlTree.Find(at, out var node, out _), Is.EqualTo(None));
            if (node.IsNode || node.Has(CTLFLAG_ANYBODY) || node.Name == "pagesizes") continue;
            Assert.That(Call(at, 0x8000), Is.EqualTo(None), node.Name);
            var size = (node.Kind & CTLTYPE) switch { CTLTYPE_INT or CTLTYPE_UINT or CTLTYPE_U32 => 4u, CTLTYPE_LONG or CTLTYPE_ULONG or CTLTYPE_U64 => 8u, _ => 1u };
            Assert.That(Length % size, Is.Zero, node.Name);
            if ((node.Kind & CTLTYPE) != CTLTYPE_OPAQUE) Assert.That(Length, Is.GreaterThanOrEqualTo((ulong)size), node.Name);
        }
    }

    [Test]
    public void Values_are_written_by_the_super_user_only()
    {
        var zero = "\0\0\0\0";
        Assert.That(Call(Numbers("kern.coredump"), 4, zero), Is.EqualTo(EPERM));
        World.Process.UserId = 0;
        Assert.That(Call(Numbers("kern.coredump"), 4, "\0\0\0"), Is.EqualTo(EINVAL), "too short");
        Assert.That(Call(Numbers("kern.coredump"), 4, zero + "\x1"), Is.EqualTo(None), "what is left over does no harm");
        Assert.That(World.Kernel.Cores.Enabled, Is.False);
        Assert.That(Call(Numbers("kern.coredump"), 3, "\x1\0\0\0"), Is.EqualTo(ENOMEM));
        Assert.That(World.Kernel.Cores.Enabled, Is.False, "nothing is set when the old value does not fit");
        Assert.That(Call(Numbers("kern.osreldate"), 4, zero), Is.EqualTo(EPERM), "nobody can");
        World.Process.Jail = 1;
        Assert.That(Call(Numbers("kern.coredump"), 4, zero), Is.EqualTo(EPERM), "not root of a jail");
        Assert.That(Call(Numbers("kern.securelevel"), 4, "\x1\0\0\0"), Is.EqualTo(None), "but what is the jail's own");
        Assert.That(Value<int>("security.jail.jailed"), Is.EqualTo(1));
    }

    [TestCase("freebsd-13", 32, 256)]
    [TestCase("freebsd-14", 128, 1024)]
    public void Sets_of_processors_have_the_size_of_the_release(string personality, int bytes, int processors)
    {
        var kernel = new Kernel(TestArchitecture.Create(), new KernelOptions { Personality = personality });
        foreach (var (name, expected) in (ReadOnlySpan<(string, int)>)[("kern.sched.cpusetsize", bytes), ("kern.smp.maxcpus", processors)])
        {
            Assert.That(SysctlTree.TryFind(name, out var numbers), Is.True);
            var value = new byte[4];
            Assert.That(Sysctl.Read(kernel, kernel.Init, numbers, value, out _), Is.EqualTo(None));
            Assert.That(BitConverter.ToInt32(value), Is.EqualTo(expected), name);
        }
    }

    // What libc, libthr, Go, Rust, jemalloc and top(1) ask for.
    [TestCase("kern.hz", 1000)]
    [TestCase("kern.features.inet", 1)]
    [TestCase("kern.ipc.somaxconn", 128)]
    [TestCase("kern.ipc.soacceptqueue", 128)]
    [TestCase("vm.stats.vm.v_page_size", 4096)]
    [TestCase("vm.stats.vm.v_page_count", 1 << 20)]
    [TestCase("vm.overcommit", 0)]
    [TestCase("kern.fscale", 2048)]
    [TestCase("security.bsd.stack_guard_page", 1)]
    [TestCase("net.inet.ip.portrange.first", 10000)]
    [TestCase("kern.devstat.version", 6)]
    public void Numbers_of_32_bits(string name, int value) => Assert.That(Value<int>(name), Is.EqualTo(value));

    [TestCase("kern.ipc.maxsockbuf", 2UL << 20)]
    [TestCase("vm.swap_total", 0UL)]
    [TestCase("net.local.stream.sendspace", 65536UL)]
    [TestCase("machdep.tsc_freq", 1_000_000_000UL)]
    public void Numbers_of_64_bits(string name, ulong value) => Assert.That(Value<ulong>(name), Is.EqualTo(value));

    [Test]
    public void Counts_move_as_the_kernel_works()
    {
        World.Kernel.Meter.SystemCalls = 5_000_000_000;
        Assert.That(Value<ulong>("vm.stats.sys.v_syscall"), Is.EqualTo(5_000_000_000));
        // Programs before 12 have room for 32 bits.
        Assert.That((Call(Numbers("vm.stats.sys.v_syscall"), 4), Length), Is.EqualTo((None, 4UL)));
        Assert.That(World.Memory.Get<uint>(Old), Is.EqualTo(5_000_000_000 & uint.MaxValue));
    }

    [Test]
    public void Times_of_the_processors_are_the_time_since_boot()
    {
        World.PassTime(TimeSpan.FromSeconds(10));
        Assert.That(Call(Numbers("kern.cp_time"), 1000), Is.EqualTo(None));
        var ticks = MemoryMarshal.Cast<byte, long>(World.Memory[Old, (int)Length]).ToArray();
        Assert.That(ticks, Is.EqualTo(new long[] { 0, 0, 0, 0, 1270 }));
    }

    [TestCase(1400000, 88)]
    [TestCase(1002000, 48)]
    public void Totals_have_the_layout_that_the_program_was_built_for(int release, int size)
    {
        World.Process.OsRelease = release;
        var numbers = Numbers("vm.vmtotal");
        MemoryMarshal.AsBytes(numbers.AsSpan()).CopyTo(World.Memory[Name, 8]);
        Assert.That(World.Call("__sysctl", Name, 2, 0, OldLength, 0, 0), Is.EqualTo(None));
        Assert.That(Length, Is.EqualTo((ulong)size), "when the size is asked for");
        Assert.That((Call(numbers, 2UL * (uint)size), Length), Is.EqualTo((None, (ulong)size)), "with twice the room, as sysctl(8) gives");
    }

    [Test]
    public void Open_files_of_all_processes_are_in_one_table()
    {
        World.Open("/dev/null", Fcntl.O_RDWR);
        Assert.That(Value<int>("kern.openfiles"), Is.EqualTo(4));
        Assert.That((Call(Numbers("kern.file"), 10000), Length), Is.EqualTo((None, 4UL * xfile.Bytes)));
        var row = World.Memory.Get<xfile>(Old + 3 * xfile.Bytes);
        Assert.That((row.xf_size, row.xf_pid, row.xf_fd, row.xf_type, row.xf_flag), Is.EqualTo(((ulong)xfile.Bytes, 100, 3, (short)1, 3u)));
    }

    [Test]
    public void Devices_are_found_by_their_number()
    {
        World.Kernel.FileSystem.Stat(new PathArgument(World.Process, Fcntl.AT_FDCWD, "/dev/zero"), follow: true, out var stat);
        var number = System.Text.Encoding.Latin1.GetString(BitConverter.GetBytes(stat.st_rdev));
        Assert.That(Call(Numbers("kern.devname"), 100, number), Is.EqualTo(None));
        Assert.That(World.Memory.GetText(Old), Is.EqualTo("zero"));
        Assert.That(Call(Numbers("kern.devname"), 100, "12345678"), Is.EqualTo(ENOENT));
        Assert.That(Call(Numbers("kern.devname"), 100, "123"), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Messages_of_the_kernel_are_kept()
    {
        World.Kernel.Print("pid 3 (a), jid 0, uid 1001: exited on signal 11");
        Assert.That(Call(Numbers("kern.msgbuf"), 1000), Is.EqualTo(None));
        Assert.That(World.Memory.GetText(Old), Does.EndWith("exited on signal 11\n"));
    }
}
