using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Tests.Syscalls;

/// <summary>sysctl(3) by number and by name, and what it says of processes.</summary>
[TestFixture]
internal sealed class SysctlTests : SysctlFixture
{
    [TestCase("kern.ostype", "FreeBSD")]
    [TestCase("kern.osrelease", "13.0-RELEASE")]
    [TestCase("kern.hostname", "gdbstub")]
    [TestCase("hw.machine", "amd64")]
    [TestCase("hw.machine_arch", "amd64")]
    public void Texts(string name, string value)
    {
        Assert.That(Call(Numbers(name), 100), Is.EqualTo(None));
        Assert.That((World.Memory.GetText(Old), Length), Is.EqualTo((value, (ulong)value.Length + 1)));
    }

    [TestCase("kern.osreldate", new[] { 1, 24 }, 4, 1300139UL)]
    [TestCase("kern.argmax", new[] { 1, 8 }, 4, 524288UL)]
    [TestCase("kern.usrstack", new[] { 1, 33 }, 8, 0x7ffffffff000UL)]
    [TestCase("kern.ps_strings", new[] { 1, 32 }, 8, 0x7fffffffefe0UL)]
    [TestCase("hw.pagesize", new[] { 6, 7 }, 4, 4096UL)]
    [TestCase("hw.ncpu", new[] { 6, 3 }, 4, 1UL)]
    [TestCase("hw.physmem", new[] { 6, 5 }, 8, 4UL << 30)]
    [TestCase("kern.smp.maxcpus", null, 4, 256UL)]
    [TestCase("kern.smp.cpus", null, 4, 1UL)]
    [TestCase("kern.sched.cpusetsize", null, 4, 32UL)]
    [TestCase("vm.overcommit", null, 4, 0UL)]
    [TestCase("security.bsd.unprivileged_proc_debug", null, 4, 1UL)]
    public void Values_by_number_and_by_name(string name, int[]? number, int size, ulong value)
    {
        var numbers = Numbers(name);
        if (number is not null) Assert.That(numbers, Is.EqualTo(number));
        World.Memory.Set(Old, 0UL);
        Assert.That(Call(numbers, 8), Is.EqualTo(None));
        Assert.That((Length, World.Memory.Get<ulong>(Old)), Is.EqualTo(((ulong)size, value)));
        World.Memory.Set(Old, 0UL);
        World.Memory.Set(OldLength, 8UL);
        Assert.That(World.Call("__sysctlbyname", World.Memory.Text(name), (ulong)name.Length, Old, OldLength, 0, 0), Is.EqualTo(None));
        Assert.That(World.Memory.Get<ulong>(Old), Is.EqualTo(value));
    }

    [Test]
    public void Errors_are_those_of_the_manual()
    {
        Assert.That(Call([CTL_KERN, 9999], 8), Is.EqualTo(ENOENT));
        Assert.That(Call([CTL_KERN, KERN_PROC], 8), Is.EqualTo(EISDIR));
        Assert.That(Call([CTL_KERN, KERN_OSTYPE, 1], 8), Is.EqualTo(ENOTDIR));
        Assert.That(Call([CTL_KERN, KERN_OSTYPE], 8, "Linux"), Is.EqualTo(EPERM));
        Assert.That(Call([CTL_KERN], 8), Is.EqualTo(EINVAL));
        Assert.That(Call([CTL_SYSCTL, CTL_SYSCTL_NAME2OID], 96, "kern.nothing"), Is.EqualTo(ENOENT));
        Assert.That(World.Call("__sysctl", TestMemory.Nowhere, 2, 0, 0, 0, 0), Is.EqualTo(EFAULT));
    }

    [Test]
    public void Short_buffer_gets_what_fits()
    {
        World.Memory.Set(Old + 4, (byte)0xee);
        Assert.That(Call([CTL_KERN, KERN_OSTYPE], 4), Is.EqualTo(ENOMEM));
        Assert.That((World.Memory.GetText(Old)[..4], Length, World.Memory.Get<byte>(Old + 4)), Is.EqualTo(("Free", 4UL, (byte)0xee)));
        World.Memory.Set(OldLength, 0UL);
        World.Memory.Set(Name, CTL_KERN);
        Assert.That(World.Call("__sysctl", Name, 2, 0, OldLength, 0, 0), Is.EqualTo(None));
        Assert.That(Length, Is.EqualTo(8));
        Assert.That(Sysctl.Read(World.Kernel, World.Process, [CTL_KERN, KERN_OSTYPE], new byte[4], out var length), Is.EqualTo(ENOMEM));
        Assert.That(length, Is.EqualTo(8));
    }

    [Test]
    public void The_tree_can_be_walked()
    {
        var names = new List<string>();
        for (int[] at = []; Call([CTL_SYSCTL, CTL_SYSCTL_NEXT, .. at], 96) == None;)
        {
            at = MemoryMarshal.Cast<byte, int>(World.Memory[Old, (int)Length]).ToArray();
            Assert.That(Call([CTL_SYSCTL, CTL_SYSCTL_NAME, .. at], 200), Is.EqualTo(None));
            names.Add(World.Memory.GetText(Old));
            Assert.That(Call([CTL_SYSCTL, CTL_SYSCTL_OIDFMT, .. at], 200), Is.EqualTo(None));
            // name2oid stops at a dot that nothing follows: the value of a name that others begin with is found by its number only.
            Assert.That(Numbers(names[^1]), Is.EqualTo(names[^1].EndsWith('.') ? at[..^1] : at), names[^1]);
        }
        Assert.That(names, Is.Unique);
        Assert.That(names[0], Is.EqualTo("sysctl.name"));
        Assert.That(names, Does.Contain("kern.proc.pathname").And.Contain("p1003_1b.pagesize").And.Contain("security.jail.jailed"));
    }

    [Test]
    public void Structures_have_the_sizes_of_FreeBSD()
    {
        Assert.That(
            (Unsafe.SizeOf<kinfo_proc>(), Unsafe.SizeOf<stat>(), Unsafe.SizeOf<freebsd11_stat>(), Unsafe.SizeOf<rusage>(), Unsafe.SizeOf<termios>()),
            Is.EqualTo((1088, 224, 120, 144, 44)));
        Assert.That((kinfo_file.Bytes, kinfo_vmentry.Bytes, Unsafe.SizeOf<kinfo_file>()), Is.EqualTo((1392, 1160, 368)));
    }

    [Test]
    public void Process_is_described()
    {
        World.Lwp.Name = "worker";
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_PID, 100], 2000), Is.EqualTo(None));
        Assert.That(Length, Is.EqualTo(1088));
        var value = World.Memory.Get<kinfo_proc>(Old);
        Assert.That((value.ki_structsize, value.ki_pid, value.ki_tid, value.ki_uid), Is.EqualTo((1088, 100, World.Lwp.Tid, 1001u)));
        Assert.That((value.ki_comm.ToString(), value.ki_tdname.ToString(), value.ki_stat), Is.EqualTo(("prog", "worker", kinfo_proc.SRUN)));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_PID, 4711], 2000), Is.EqualTo(ESRCH));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_PID], 2000), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Every_process_is_listed_once_and_every_thread_if_asked()
    {
        var other = World.Add(200);
        other.Threads.Add(new Processes.Lwp(other, 300000, World.Lwp.Cpu));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_PROC], 100000), Is.EqualTo(None));
        Assert.That(Length, Is.EqualTo(3 * 1088), "init too");
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_ALL], 100000), Is.EqualTo(None));
        Assert.That(Length, Is.EqualTo(4 * 1088));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_PID | KERN_PROC_INC_THREAD, 200], 100000), Is.EqualTo(None));
        Assert.That(Length, Is.EqualTo(2 * 1088));
        other.IsZombie = true;
        Call([CTL_KERN, KERN_PROC, KERN_PROC_PID, 200], 2000);
        Assert.That(World.Memory.Get<kinfo_proc>(Old).ki_stat, Is.EqualTo(kinfo_proc.SZOMB));
    }

    [TestCase(KERN_PROC_PATHNAME, "/prog\0")]
    [TestCase(KERN_PROC_ARGS, "prog\0-v\0")]
    [TestCase(KERN_PROC_ENV, "A=1\0")]
    [TestCase(KERN_PROC_SV_NAME, "FreeBSD ELF64\0")]
    public void Texts_of_a_process(int number, string value)
    {
        foreach (var pid in (int[])[100, -1])
        {
            Assert.That(Call([CTL_KERN, KERN_PROC, number, pid], 100), Is.EqualTo(None));
            Assert.That(System.Text.Encoding.Latin1.GetString(World.Memory[Old, (int)Length]), Is.EqualTo(value));
        }
        Assert.That(Call([CTL_KERN, KERN_PROC, number, 4711], 100), Is.EqualTo(ESRCH));
    }

    [Test]
    public void Own_arguments_can_be_set()
    {
        World.Add(200);
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_ARGS, 200], 100, "x"), Is.EqualTo(EPERM));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_ARGS, 100], 100, "prog: idle\0"), Is.EqualTo(None));
        Assert.That(World.Process.Arguments, Is.EqualTo(new[] { "prog: idle" }));
    }

    [Test]
    public void Open_files_are_listed_packed()
    {
        World.Open("/dev/null", Fcntl.O_RDONLY);
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_FILEDESC, -1], 100000), Is.EqualTo(None));
        var found = new List<(int, string)>();
        for (var at = 0UL; at < Length;)
        {
            var value = World.Memory.Get<kinfo_file>(Old + at);
            found.Add((value.kf_fd, World.Memory.GetText(Old + at + kinfo_file.PathOffset)));
            at += (ulong)value.kf_structsize;
        }
        Assert.That(found, Is.EqualTo(new[] { (-1, "/"), (-2, "/"), (0, "/dev/pts/0"), (1, "/dev/pts/0"), (2, "/dev/pts/0"), (3, "/dev/null") }));
    }

    // What getifaddrs(3) reads: messages of a length and a type, with addresses behind them.
    [Test]
    public void Routes_lead_to_the_addresses_of_the_loopback_interface()
    {
        Assert.That((Call([CTL_NET, 17, 0, 2, Routes.NET_RT_DUMP, 0, 0], 10000), Length), Is.EqualTo((None, (ulong)World.Memory.Get<ushort>(Old))));
        Assert.That(World.Memory[Old + 152, 8].ToArray(), Is.EqualTo((byte[])[16, 2, 0, 0, 127, 0, 0, 1]));
        Assert.That((World.Memory.Get<int>(Old + 8), World.Memory.Get<int>(Old + 12)), Is.EqualTo((5, 3)), "up and to a host; destination and gateway");
        Assert.That(Call([CTL_NET, 17, 0, 0, Routes.NET_RT_DUMP, 0], 10000), Is.EqualTo(None));
        Assert.That(Call([CTL_NET, 17, 0, 0, Routes.NET_RT_DUMP, 0, 1], 10000), Is.EqualTo(EINVAL), "there is one table");
        Assert.That(Call([CTL_NET, 17, 0, 0, Routes.NET_RT_FLAGS, 0], 10000), Is.EqualTo(EINVAL), "a family is wanted");
        Assert.That((Call([CTL_NET, 17, 0, 2, Routes.NET_RT_FLAGS, 0], 10000), Length), Is.EqualTo((None, 0UL)));
    }

    [TestCase(Routes.NET_RT_IFLIST, 0, "e:168:lo0 c:20:127.0.0.1/255.0.0.0 c:20:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [TestCase(Routes.NET_RT_IFLISTL, 2, "e:176:lo0 c:176:127.0.0.1/255.0.0.0")]
    [TestCase(Routes.NET_RT_IFMALIST, 0, "f:16:224.0.0.1 f:16:ff01:1::1 f:16:ff02:1::1")]
    public void Interfaces_and_their_addresses(int what, int family, string expected)
    {
        Assert.That(Call([CTL_NET, 17, 0, family, what, 1], 10000), Is.EqualTo(None));
        var found = new List<string>();
        for (var at = 0UL; at < Length; at += World.Memory.Get<ushort>(Old + at)) found.Add(DescribeMessage(Old + at, what == Routes.NET_RT_IFLISTL));
        Assert.That(string.Join(' ', found), Is.EqualTo(expected));
        Assert.That((Call([CTL_NET, 17, 0, 0, what, 2], 10000), Length), Is.EqualTo((None, 0UL)), "no second interface");
    }

    private string DescribeMessage(ulong message, bool isLong)
    {
        var type = World.Memory.Get<byte>(message + 3);
        var (addresses, start) = (World.Memory.Get<int>(message + 4), (type, isLong) switch
        {
            (Routes.RTM_IFINFO, false) => 168UL,
            (Routes.RTM_NEWADDR, false) => 20UL,
            (Routes.RTM_NEWMADDR, _) => 16UL,
            _ => World.Memory.Get<ushort>(message + 16),
        });
        var at = message + start;
        var names = new Dictionary<int, string>();
        for (var bit = 1; bit <= Routes.RTA_BRD; bit <<= 1)
        {
            if ((addresses & bit) == 0) continue;
            var (length, family) = (World.Memory.Get<byte>(at), World.Memory.Get<byte>(at + 1));
            names[bit] = family switch
            {
                2 => new System.Net.IPAddress(World.Memory[at + 4, 4]).ToString(),
                28 => new System.Net.IPAddress(World.Memory[at + 8, 16]).ToString(),
                _ => System.Text.Encoding.ASCII.GetString(World.Memory[at + 8, World.Memory.Get<byte>(at + 5)]),
            };
            at += (ulong)(length + 7) & ~7UL;
        }
        Assert.That(at - message, Is.EqualTo(World.Memory.Get<ushort>(message)), "the addresses fill the message");
        var name = names.GetValueOrDefault(Routes.RTA_IFA) ?? names[Routes.RTA_IFP];
        return $"{type:x}:{start}:{name}{(names.TryGetValue(Routes.RTA_NETMASK, out var mask) ? "/" + mask : "")}";
    }
}
