using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.User;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Tests.Kernels;

/// <summary>Machines that begin with a table of processes.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class BootTests
{
    private static readonly BootProcess s_station = new() { Path = "/bin/station.O2", Arguments = ["station", "one"], Environment = ["A=1"] };

    [Test]
    public void Processes_are_as_the_table_says()
    {
        using var machine = new TestMachine();
        machine.Boot(s_station with { Pid = 300, User = 7, EffectiveUser = 8, SavedUser = 9, Groups = [20, 21], Jail = 4, WorkingDirectory = "/tmp" });
        var process = machine.Kernel.Find(300)!;
        Assert.Multiple(() =>
        {
            Assert.That(process.Parent, Is.SameAs(machine.Kernel.Init));
            Assert.That((process.Group, process.Session), Is.EqualTo((300, 300)));
            Assert.That(process.Credentials with { Prison = null }, Is.EqualTo(new Credentials(7, 8, 9, 20, 20, [20, 21])));
            Assert.That(process.Arguments, Is.EqualTo(new[] { "station", "one" }));
            Assert.That(process.Environment, Is.EqualTo(new[] { "A=1" }));
            Assert.That((process.Jail, process.CurrentDirectory, process.Name), Is.EqualTo((4, "/tmp", "station.O2")));
            Assert.That(process.Has(ProcessFlags.SetId | ProcessFlags.Traced), Is.False);
        });
    }

    [Test]
    public void A_program_runs_for_the_user_that_the_options_name()
    {
        var root = Credentials.Of(0, [0, 5]);
        using var machine = new TestMachine(programCredentials: root);
        var pid = machine.Start("station.O2", traced: true);
        Assert.That(machine.Kernel.Find(pid)!.Credentials, Is.EqualTo(root));
    }

    [Test]
    public void A_child_has_its_parents_group_and_session_and_who_comes_later_a_higher_pid()
    {
        using var machine = new TestMachine();
        machine.Boot(s_station with { Pid = 300 });
        machine.Boot(s_station with { Pid = 200, Parent = 300 });
        machine.Boot(s_station with { Parent = 200 });
        var child = machine.Kernel.Find(200)!;
        Assert.That((child.Parent.Pid, child.Group, child.Session), Is.EqualTo((300, 300, 300)));
        Assert.That(machine.Kernel.Find(301)?.Parent, Is.SameAs(child));
    }

    [Test]
    public void Its_parent_hears_of_a_process_that_ends()
    {
        using var machine = new TestMachine();
        machine.Boot(s_station with { Pid = 300 });
        machine.Boot(s_station with { Pid = 301, Parent = 300 });
        Assert.That(machine.Calls.Kill(301, Abi.Signals.SIGTERM), Is.EqualTo(Errno.None));
        // The station looks after its children each time around.
        while (machine.Kernel.FindAny(301) is not null) machine.RunThroughSleep(1_000_000);
        Assert.That(machine.Kernel.Find(300), Is.Not.Null);
    }

    [Test]
    public void One_that_is_stopped_has_not_begun_and_SIGCONT_lets_it()
    {
        using var machine = new TestMachine();
        machine.Boot(s_station with { Pid = 300, IsStopped = true });
        var process = machine.Kernel.Find(300)!;
        machine.Run(100_000);
        Assert.That((process.Has(ProcessFlags.StoppedSignal), machine.Kernel.Scheduler.Retired), Is.EqualTo((true, 0)));
        Assert.That(machine.Calls.Kill(300, Abi.Signals.SIGCONT), Is.EqualTo(Errno.None));
        machine.Run(100_000);
        Assert.That(machine.Kernel.Scheduler.Retired, Is.Positive);
    }

    [TestCase(Errno.ESRCH, "/bin/station.O2", 300, 77, "/")]
    [TestCase(Errno.EEXIST, "/bin/station.O2", 1, 1, "/")]
    [TestCase(Errno.ENOENT, "/bin/none", 300, 1, "/")]
    [TestCase(Errno.ENOENT, "/bin/station.O2", 300, 1, "/none")]
    [TestCase(Errno.ENOTDIR, "/bin/station.O2", 300, 1, "/bin/station.O2")]
    [TestCase(Errno.EACCES, "/tmp", 300, 1, "/")]
    public void What_cannot_be_started_is_refused(Errno expected, string path, int pid, int parent, string directory)
    {
        using var machine = new TestMachine();
        machine.Kernel.FileSystem.Grant(TestMachine.PathOf("station.O2"), "/bin/station.O2");
        Assert.That(Booting.Start(machine.Kernel, s_station with { Path = path, Pid = pid, Parent = parent, WorkingDirectory = directory }), Is.EqualTo(expected));
        Assert.That(machine.Kernel.Find(300), Is.Null);
    }

    [TestCase("kern.securelevel", "1", Errno.None)]
    [TestCase("kern.securelevel", "-2", Errno.EPERM)]
    [TestCase("kern.securelevel", "high", Errno.EINVAL)]
    [TestCase("kern.corefile", "core.%P", Errno.None)]
    [TestCase("kern.ostype", "Plan 9", Errno.EPERM)]
    [TestCase("kern.none", "1", Errno.ENOENT)]
    public void Values_of_sysctl_are_set(string name, string value, Errno expected)
    {
        using var machine = new TestMachine();
        Assert.That(Booting.Set(machine.Kernel, name, value), Is.EqualTo(expected));
        if (expected != Errno.None) return;
        var read = new byte[64];
        Assert.That(machine.Calls.SysctlByName(name, read, out var length), Is.EqualTo(Errno.None));
        var now = length == sizeof(int) ? BitConverter.ToInt32(read).ToString() : NullTerminated.ToText(read);
        Assert.That(now, Is.EqualTo(value));
    }

    // sysctl_kern_proc asks p_cansee; what tells secrets asks p_candebug.
    [TestCase(KERN_PROC_PID, Errno.None)]
    [TestCase(KERN_PROC_ARGS, Errno.None)]
    [TestCase(KERN_PROC_PATHNAME, Errno.None)]
    [TestCase(KERN_PROC_ENV, Errno.EPERM)]
    [TestCase(KERN_PROC_AUXV, Errno.EPERM)]
    [TestCase(KERN_PROC_VMMAP, Errno.EPERM)]
    [TestCase(KERN_PROC_FILEDESC, Errno.EPERM)]
    public void Other_users_are_told_what_they_may_know(int what, Errno seen)
    {
        using var machine = new TestMachine();
        machine.Boot(s_station with { Pid = 300, User = 1001 });
        using var other = HostProcess.TryCreate(machine.Kernel, "other", 1002)!;
        var value = new byte[8192];
        Assert.That(other.Calls.Sysctl([CTL_KERN, KERN_PROC, what, 300], value, out _), Is.EqualTo(seen));
        Assert.That(machine.Calls.Sysctl([CTL_KERN, KERN_PROC, what, 300], value, out _), Is.EqualTo(Errno.None));
        Assert.That(Booting.Set(machine.Kernel, "security.bsd.see_other_uids", "0"), Is.EqualTo(Errno.None));
        // p_candebug, too, asks p_cansee first.
        Assert.That(other.Calls.Sysctl([CTL_KERN, KERN_PROC, what, 300], value, out _), Is.EqualTo(Errno.ESRCH));
    }

    [Test]
    public void A_list_of_processes_leaves_out_what_is_hidden()
    {
        using var machine = new TestMachine();
        machine.Boot(s_station with { Pid = 300, User = 1001 });
        Assert.That(Booting.Set(machine.Kernel, "security.bsd.see_other_uids", "0"), Is.EqualTo(Errno.None));
        using var own = HostProcess.TryCreate(machine.Kernel, "own", 1001)!;
        using var other = HostProcess.TryCreate(machine.Kernel, "other", 1002)!;
        Assert.That(Listed(own.Calls), Is.EqualTo(new[] { 300, own.Pid }));
        Assert.That(Listed(other.Calls), Is.EqualTo(new[] { other.Pid }));
    }

    [Test]
    public void What_another_user_than_root_starts_is_that_users()
    {
        using var machine = new TestMachine();
        machine.Kernel.FileSystem.Grant(TestMachine.PathOf("station.O2"), "/bin/station.O2");
        using var other = HostProcess.TryCreate(machine.Kernel, "other", 1002, [30, 31])!;
        var request = new SpawnRequest("/bin/station.O2", ["station"], []) { Terminal = machine.Terminal };
        Assert.That(other.Calls.Spawn(request, out var pid), Is.EqualTo(Errno.None));
        Assert.That(machine.Kernel.Find(pid)!.Credentials, Is.EqualTo(new Credentials(1002, 1002, 1002, 30, 30, [30, 31])));
    }

    private static int[] Listed(SystemCalls calls)
    {
        var bytes = new byte[64 * kinfo_proc.Bytes];
        Assert.That(calls.Sysctl([CTL_KERN, KERN_PROC, KERN_PROC_PROC], bytes, out var length), Is.EqualTo(Errno.None));
        return [.. MemoryMarshal.Cast<byte, kinfo_proc>(bytes.AsSpan(0, length)).ToArray().Select(process => process.ki_pid)];
    }
}
