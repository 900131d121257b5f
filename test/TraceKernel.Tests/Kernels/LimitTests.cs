using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// Guests that take all there is of something: each is refused with FreeBSD's own error, and another guest of the same kernel, started
/// before or after, runs to its end as if nothing were.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class LimitTests
{
    [TestCase("processes", "fork: 35 after some\nand then a child exits with 3\n", "maxproc limit exceeded by uid 1001 (pid 3)")]
    [TestCase("threads", "thr_new: 67 after 1499\nall gone, and a new one: 0\n")]
    [TestCase("memory", "mmap: 12 after more than 100 TB\nnot one page: 12\n")]
    [TestCase("files", "write: 28 after some\nopen: 28 after some\nand then 65536 of 65536\n", "filesystem full: files in memory may take 8388608 bytes and be 500")]
    [TestCase("pipes", "pipe2: 24 after 2046\nin a child: 24\n")]
    public void What_is_taken_whole_is_refused_and_given_back(string what, string expected, string? said = null)
    {
        using var machine = new LimitedMachine();
        var greedy = machine.Start("limits.O2", what);
        var modest = machine.Start("demo.O2");
        Assert.That(machine.Wait(modest), Is.Zero, "the one beside it");
        Assert.That(machine.Wait(greedy), Is.Zero);
        Assert.That(machine.Output(greedy), Is.EqualTo(expected));
        if (said is not null) Assert.That(machine.Said, Is.Not.Empty.And.All.EqualTo(said));
        Assert.That(machine.Wait(machine.Start("demo.O2")), Is.Zero, "the one after it");
        Assert.That(machine.Kernel.ProcessCount, Is.EqualTo(2), "init and the test");
    }

    [Test]
    public void Who_uses_more_memory_than_there_is_is_killed()
    {
        using var machine = new LimitedMachine();
        var greedy = machine.Start("limits.O2", "touch");
        Assert.That(machine.Wait(greedy), Is.EqualTo(SignalStatus(Abi.Signals.SIGKILL, core: false)));
        Assert.That(machine.Output(greedy), Is.EqualTo(
            $"mapped\npid {greedy} (limits.O2), jid 0, uid 1001, was killed: out of swap space\n"), "the kernel's word comes to its terminal, too");
        Assert.That(machine.Wait(machine.Start("demo.O2")), Is.Zero, "its memory is free again");
    }

    [TestCase("spin.O2")]
    [TestCase("limits.O2", "output")]
    public void Who_never_stops_does_not_stop_others(string guest, params string[] arguments)
    {
        using var machine = new LimitedMachine();
        var endless = machine.Start(guest, arguments);
        Assert.That(machine.Wait(machine.Start("demo.O2")), Is.Zero);
        Assert.That(machine.Host.Calls.Kill(endless, Abi.Signals.SIGKILL), Is.EqualTo(Errno.None));
        Assert.That(machine.Wait(endless), Is.EqualTo(SignalStatus(Abi.Signals.SIGKILL, core: false)));
    }

    [Test]
    public void A_user_may_have_as_many_processes_as_RLIMIT_NPROC_says()
    {
        using var kernel = new Kernel(new Arch.Amd64.Amd64(), new KernelOptions { MaximumProcesses = 50 });
        using var host = HostProcess.TryCreate(kernel, "test")!;
        var parent = kernel.TryCreate(kernel.Init, "parent")!;
        parent.Limits[Resources.RLIMIT_NPROC] = new rlimit(3, 3);
        Assert.That((kernel.TryCreate(parent, "a"), kernel.TryCreate(parent, "b"), kernel.TryCreate(parent, "c")), Is.EqualTo((kernel.Find(4), kernel.Find(5), (object?)null)));
        parent.Limits[Resources.RLIMIT_NPROC] = new rlimit(long.MaxValue, long.MaxValue);
        while (kernel.TryCreate(parent, "more") is not null)
        {
        }
        Assert.That(kernel.ProcessCount, Is.EqualTo(40), "the last ten are root's");
        Assert.That(HostProcess.TryCreate(kernel, "another session"), Is.Not.Null);
    }

    /// <summary>A small kernel; each guest prints to a terminal of its own.</summary>
    private sealed class LimitedMachine : IDisposable
    {
        private readonly Dictionary<int, StringBuilder> _outputs = [];

        public LimitedMachine()
        {
            Kernel = new Kernel(new Arch.Amd64.Amd64(), new KernelOptions
            {
                Time = TimeSource.Fast, MaximumMemory = 256 << 20, MaximumProcesses = 150, MaximumFileBytes = 8 << 20, MaximumFiles = 500,
                Console = Said.Add,
            });
            Host = HostProcess.TryCreate(Kernel, "test")!;
        }

        public Kernel Kernel { get; }

        /// <summary>What came to the console.</summary>
        public List<string> Said { get; } = [];
        public HostProcess Host { get; }

        public string Output(int pid) => _outputs[pid].ToString();

        public int Start(string guest, params string[] arguments)
        {
            var path = TestMachine.PathOf(guest);
            Assume.That(File.Exists(path), $"{guest} is not built: run scripts/build-guests.sh");
            Kernel.FileSystem.Grant(path, "/bin/" + guest);
            var output = new StringBuilder();
            var terminal = new Terminal { Output = (_, text) => output.Append(text.Length < 4096 ? Encoding.Latin1.GetString(text.Span) : "") };
            var request = new SpawnRequest("/bin/" + guest, [guest, .. arguments], []) { Terminal = terminal, Traced = false };
            Assert.That(Host.Calls.Spawn(request, out var pid), Is.EqualTo(Errno.None));
            _outputs[pid] = output;
            return pid;
        }

        public int Wait(int pid)
        {
            var error = Host.Calls.Wait6(P_PID, pid, WEXITED, out _, out var status, out _, _ => Kernel.Scheduler.Retired > 2_000_000_000);
            Assert.That(error, Is.EqualTo(Errno.None), $"wait for {pid}");
            return status;
        }

        public void Dispose()
        {
            Host.Dispose();
            Kernel.Dispose();
        }
    }
}
