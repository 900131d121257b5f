using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Tests.Syscalls;

/// <summary>sysctl kern.proc.*: who is found, what is shown of a process, and what may be set.</summary>
[TestFixture]
internal sealed class ProcessSysctlTests : SysctlFixture
{
    private kinfo_proc Self(int number = KERN_PROC_PID)
    {
        Assert.That(Call([CTL_KERN, KERN_PROC, number, 100], 10000), Is.EqualTo(None));
        return World.Memory.Get<kinfo_proc>(Old);
    }

    [Test]
    public void Times_and_sizes_of_a_process_are_shown()
    {
        World.PassTime(TimeSpan.FromSeconds(5));
        World.Process.StartTime = 2_000_000_000;
        World.Process.Nice = 7;
        World.Process.ChildrenTime = 3_000_000;
        World.Process.ExitedThreadsUsage = new rusage { ru_nsignals = 4 };
        World.Lwp.Usage.ru_nsignals = 3;
        var shown = Self();
        Assert.That(shown.ki_start.tv_sec, Is.EqualTo(World.Kernel.Scheduler.BootTime / 1_000_000_000 + 2), "since 1970");
        Assert.That((shown.ki_swtime, shown.ki_nice, shown.ki_childtime.tv_usec), Is.EqualTo((3u, (sbyte)7, 3000L)));
        Assert.That((shown.ki_rusage.ru_nsignals, Self(KERN_PROC_PID | KERN_PROC_INC_THREAD).ki_rusage.ru_nsignals), Is.EqualTo((7L, 3L)));
        Assert.That((shown.ki_pri.pri_class, shown.ki_loginclass.ToString()), Is.EqualTo((priority.PRI_TIMESHARE, "default")));
        Assert.That(shown.ki_flag & kinfo_proc.P_INMEM, Is.Not.Zero);
    }

    [Test]
    public void Names_of_threads_go_on_behind()
    {
        World.Lwp.Name = "abcdefghijklmnopqrs";
        var shown = Self();
        Assert.That(shown.ki_tdname.ToString(), Is.EqualTo("abcdefghijklmnop"));
        Assert.That(System.Text.Encoding.ASCII.GetString(BitConverter.GetBytes(shown.ki_moretdname)), Is.EqualTo("qrs\0"));
    }

    [Test]
    public void Processes_are_found_by_the_ids_of_their_threads_too()
    {
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_PID, World.Lwp.Tid], 2000), Is.EqualTo(None));
        Assert.That(World.Memory.Get<kinfo_proc>(Old).ki_pid, Is.EqualTo(100));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_SESSION, World.Process.Session], 2000), Is.EqualTo(None));
        Assert.That(Length, Is.EqualTo(1088));
        Assert.That(Numbers("kern.proc.sid_td"), Is.EqualTo(new[] { CTL_KERN, KERN_PROC, KERN_PROC_SESSION | KERN_PROC_INC_THREAD }));
    }

    [Test]
    public void Who_asks_for_the_size_is_given_room_for_five_more()
    {
        MemoryMarshal.AsBytes<int>([CTL_KERN, KERN_PROC, KERN_PROC_PROC]).CopyTo(World.Memory[Name, 12]);
        Assert.That(World.Call("__sysctl", Name, 3, 0, OldLength, 0, 0), Is.EqualTo(None));
        Assert.That(Length, Is.EqualTo(7 * 1088), "two and five");
    }

    [Test]
    public void Descriptors_are_counted_for_the_caller_only()
    {
        Assert.That((Call([CTL_KERN, KERN_PROC, KERN_PROC_NFDS, 0], 8), World.Memory.Get<int>(Old)), Is.EqualTo((None, 3)));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_NFDS, 100], 8), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Limits_and_releases_can_be_set()
    {
        var limit = System.Text.Encoding.Latin1.GetString(MemoryMarshal.AsBytes<long>([50, 60]));
        int[] name = [CTL_KERN, KERN_PROC, KERN_PROC_RLIMIT, 100, Resources.RLIMIT_NOFILE];
        Assert.That(Call(name, 16, limit), Is.EqualTo(None));
        Assert.That(World.Process.Limits[Resources.RLIMIT_NOFILE], Is.EqualTo(new rlimit(50, 60)));
        Assert.That(World.Memory.Get<rlimit>(Old).rlim_cur, Is.EqualTo(TraceKernel.Files.FileTable.MaximumFiles), "the old one is returned");
        Assert.That(Call(name, 16, "1234"), Is.EqualTo(EINVAL));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_RLIMIT, 100, 99], 16), Is.EqualTo(EINVAL));
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_OSREL, 100], 4, "\x1\0\0\0"), Is.EqualTo(None));
        Assert.That(World.Process.OsRelease, Is.EqualTo(1));
        World.Add(200).UserId = 5;
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_OSREL, 200], 4, "\x1\0\0\0"), Is.EqualTo(EPERM));
    }

    [TestCase(KERN_PROC_OFILEDESC, 6 * 1328)]
    [TestCase(KERN_PROC_KSTACK, 1096)]
    [TestCase(KERN_PROC_OVMMAP, 0)]
    public void Old_layouts_have_their_sizes(int number, int size)
    {
        World.Open("/dev/null", Fcntl.O_RDONLY);
        Assert.That((Call([CTL_KERN, KERN_PROC, number, 100], 10000), (int)Length), Is.EqualTo((None, size)));
    }

    [Test]
    public void Old_files_have_their_paths_at_a_fixed_place()
    {
        World.Open("/dev/null", Fcntl.O_RDONLY);
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_OFILEDESC, 100], 10000), Is.EqualTo(None));
        var last = Old + Length - 1328;
        Assert.That((World.Memory.Get<int>(last), World.Memory.Get<int>(last + 8), World.Memory.GetText(last + 48)), Is.EqualTo((1328, 3, "/dev/null")));
    }

    [Test]
    public void Zombies_are_seen_and_nothing_else_of_them()
    {
        World.Process.UserId = 0;
        World.Add(200).IsZombie = true;
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_SV_NAME, 200], 100), Is.EqualTo(None));
        foreach (var number in (int[])[KERN_PROC_VMMAP, KERN_PROC_FILEDESC, KERN_PROC_CWD, KERN_PROC_ENV, KERN_PROC_AUXV, KERN_PROC_KSTACK])
            Assert.That(Call([CTL_KERN, KERN_PROC, number, 200], 1000), Is.EqualTo(ESRCH), number.ToString());
        Assert.That(Call([CTL_KERN, KERN_PROC, KERN_PROC_SIGFASTBLK, 100], 8), Is.EqualTo(ENOTTY));
    }
}
