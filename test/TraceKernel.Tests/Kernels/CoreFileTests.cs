using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.CoreNotes;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Kernels;

/// <summary>The core files of programs that die of a signal: whether there is one, and what is in it (kern_sig.c, imgact_elf.c).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class CoreFileTests
{
    private const string Core = "/tmp/crash.O0.core";

    private static readonly int[] s_procstat =
    [
        NT_PROCSTAT_PROC, NT_PROCSTAT_FILES, NT_PROCSTAT_VMMAP, NT_PROCSTAT_GROUPS, NT_PROCSTAT_UMASK, NT_PROCSTAT_RLIMIT, NT_PROCSTAT_OSREL,
        NT_PROCSTAT_PSSTRINGS, NT_PROCSTAT_AUXV,
    ];

    private static TestMachine Machine(string personality = "freebsd-14") => new(kernel: personality) { WorkingDirectory = "/tmp" };

    private static CoreImage Crash(TestMachine machine, params string[] arguments)
    {
        machine.Wait(machine.Start("crash.O0", traced: false, arguments));
        var file = CoreImage.ReadFile(machine.Calls, Core);
        Assert.That(file, Is.Not.Null, "there is a core file");
        return new CoreImage(file!);
    }

    [TestCase(SIGQUIT, true)]
    [TestCase(SIGILL, true)]
    [TestCase(SIGTRAP, true)]
    [TestCase(SIGABRT, true)]
    [TestCase(SIGEMT, true)]
    [TestCase(SIGFPE, true)]
    [TestCase(SIGBUS, true)]
    [TestCase(SIGSEGV, true)]
    [TestCase(SIGSYS, true)]
    [TestCase(SIGHUP, false)]
    [TestCase(SIGINT, false)]
    [TestCase(SIGKILL, false)]
    [TestCase(SIGPIPE, false)]
    [TestCase(SIGALRM, false)]
    [TestCase(SIGTERM, false)]
    [TestCase(SIGXCPU, false)]
    [TestCase(SIGUSR1, false)]
    [TestCase(65, false)]
    public void Which_signals_leave_one(int signal, bool core)
    {
        using var machine = Machine();
        Assert.That(machine.Wait(machine.Start("crash.O0", traced: false, $"{signal}")), Is.EqualTo(signal | (core ? 0x80 : 0)));
        Assert.That(CoreImage.ReadFile(machine.Calls, Core) is not null, Is.EqualTo(core));
    }

    [Test]
    public void It_belongs_to_the_user_of_the_program()
    {
        using var machine = Machine();
        Crash(machine);
        var found = new byte[stat.Bytes];
        Assert.That(machine.Calls.Stat(Core, follow: false, found), Is.EqualTo(Errno.None));
        var image = System.Runtime.InteropServices.MemoryMarshal.Read<stat>(found);
        Assert.That((image.st_mode, image.st_uid, image.st_nlink), Is.EqualTo(((ushort)0x8180, 1001u, 1UL)));
    }

    public sealed record Policy(string Name, Action<Kernel> Set, Action<Process> Prepare, int Status, string? File);

    private static IEnumerable<TestCaseData> Policies()
    {
        const int Dumped = SIGSEGV | 0x80;
        static void Nothing(object _)
        {
        }

        Policy[] policies =
        [
            new("as it comes", Nothing, Nothing, Dumped, Core),
            new("kern.coredump 0", kernel => kernel.Cores.Enabled = false, Nothing, SIGSEGV, null),
            new("RLIMIT_CORE 0", Nothing, Limit(0), SIGSEGV, null),
            new("RLIMIT_CORE 4096: the file stays empty", Nothing, Limit(4096), SIGSEGV, Core),
            new("P_SUGID", Nothing, process => process.Flags |= ProcessFlags.SetId, SIGSEGV, null),
            new("P_SUGID with kern.sugid_coredump", kernel => kernel.Cores.SetIdEnabled = true, process => process.Flags |= ProcessFlags.SetId, Dumped, Core),
            new("P2_NOTRACE", Nothing, process => process.Flags2 |= ProcessFlags2.NoTrace, SIGSEGV, null),
            new("not the program's directory", Nothing, process => process.Directory.Vnode = null, SIGSEGV, null),
            new("kern.corefile of every kind", kernel => kernel.Cores.FileName = "/tmp/%%%N-%P-%U-%S-%H%Q", Nothing, Dumped, "/tmp/%crash.O0-3-1001-11-gdbstub"),
            new("kern.corefile /dev/null", kernel => kernel.Cores.FileName = "/dev/null", Nothing, SIGSEGV, null),
            new("kern.corefile nowhere", kernel => kernel.Cores.FileName = "/none/%N", Nothing, SIGSEGV, null),
            new("kern.corefile with an index", kernel => kernel.Cores.FileName = "%N.%I", Nothing, Dumped, "/tmp/crash.O0.0"),
        ];
        foreach (var policy in policies) yield return new TestCaseData(policy).SetArgDisplayNames(policy.Name);

        static Action<Process> Limit(long bytes) => process => process.Limits[Resources.RLIMIT_CORE] = new rlimit(bytes, bytes);
    }

    [TestCaseSource(nameof(Policies))]
    public void When_it_is_written(Policy policy)
    {
        using var machine = Machine();
        policy.Set(machine.Kernel);
        var pid = machine.Start("crash.O0", traced: false);
        policy.Prepare(machine.Kernel.Find(pid)!);
        Assert.That(machine.Wait(pid), Is.EqualTo(policy.Status));
        Assert.That(CoreImage.ReadFile(machine.Calls, Core), policy.File == Core ? Is.Not.Null : Is.Null);
        if (policy.File is not { } path) return;
        var file = CoreImage.ReadFile(machine.Calls, path)!;
        Assert.That(file.Length, (policy.Status & 0x80) != 0 ? Is.Positive : Is.Zero);
    }

    [TestCase("a link", Core, false)]
    [TestCase("a file of root's", Core, false)]
    [TestCase("a file with two names", Core, false)]
    public void What_is_there_already_is_left_alone(string what, string path, bool dumped)
    {
        using var machine = Machine();
        if (what == "a link") Assert.That(machine.Calls.Symlink("/tmp/elsewhere", path), Is.EqualTo(Errno.None));
        else
        {
            Assert.That(machine.Calls.Open(path, Fcntl.O_RDWR | Fcntl.O_CREAT, 0x1b6, out var descriptor), Is.EqualTo(Errno.None));
            machine.Calls.Pwrite(descriptor, "precious"u8, 0, out _);
            machine.Calls.Close(descriptor);
            machine.Kernel.FileSystem.FindRegular(path, out var file);
            file.UserId = what == "a file of root's" ? 0u : 1001u;
            file.Permissions = 0x1b6;
            if (what == "a file with two names") file.Links = 2;
        }
        Assert.That(machine.Wait(machine.Start("crash.O0", traced: false)), Is.EqualTo(SIGSEGV | (dumped ? 0x80 : 0)));
        var left = CoreImage.ReadFile(machine.Calls, path);
        if (left is not null) Assert.That(left, Is.EqualTo("precious"u8.ToArray()));
        Assert.That(CoreImage.ReadFile(machine.Calls, "/tmp/elsewhere"), Is.Null);
    }

    [Test]
    public void An_older_core_is_replaced()
    {
        using var machine = Machine();
        var first = Crash(machine);
        var second = Crash(machine, $"{SIGABRT}");
        Assert.That((first.Of(NT_PRSTATUS).First().Int(36), second.Of(NT_PRSTATUS).First().Int(36)), Is.EqualTo((SIGSEGV, SIGABRT)));
    }

    [Test]
    public void With_an_index_the_oldest_is_replaced_when_all_are_there()
    {
        using var machine = Machine();
        (machine.Kernel.Cores.FileName, machine.Kernel.Cores.Count) = ("/tmp/%I.%N", 3);
        for (var signal = SIGQUIT; signal <= SIGQUIT + 3; signal++)
            Assert.That(machine.Wait(machine.Start("crash.O0", traced: false, $"{signal}")), Is.EqualTo(signal | 0x80));
        var signals = Enumerable.Range(0, 3)
            .Select(index => new CoreImage(CoreImage.ReadFile(machine.Calls, $"/tmp/{index}.crash.O0")!).Of(NT_PRSTATUS).First().Int(36));
        Assert.That(signals, Is.EqualTo(new[] { SIGQUIT + 3, SIGQUIT + 1, SIGQUIT + 2 }));
    }

    [Test]
    public void A_full_file_system_leaves_no_core_flag()
    {
        using var machine = Machine();
        Assert.That(machine.Kernel.FileSystem.Budget.TryTake(machine.Kernel.FileSystem.Budget.MaximumBytes - (128 << 10)), Is.True);
        Assert.That(machine.Wait(machine.Start("crash.O0", traced: false)), Is.EqualTo(SIGSEGV));
    }

    [Test]
    public void A_traced_process_leaves_one_too_and_its_signals_are_the_debuggers()
    {
        using var machine = Machine();
        var pid = machine.Start("crash.O0", traced: true);
        machine.Wait(pid);
        Assert.That(machine.Calls.Ptrace(Abi.Ptrace.PT_CONTINUE, pid, Abi.Ptrace.SamePc, 0), Is.EqualTo(Errno.None));
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.StopStatus(SIGSEGV)));
        Assert.That(machine.Calls.Ptrace(Abi.Ptrace.PT_CONTINUE, pid, Abi.Ptrace.SamePc, SIGABRT), Is.EqualTo(Errno.None));
        Assert.That(machine.Wait(pid), Is.EqualTo(SIGABRT | 0x80));
        var core = new CoreImage(CoreImage.ReadFile(machine.Calls, Core)!);
        Assert.That(core.Of(NT_PRSTATUS).Select(note => note.Int(36)), Is.EqualTo(new[] { SIGABRT, SIGABRT }));
    }

    [Test]
    public void Wait_and_SIGCHLD_say_that_it_was_dumped()
    {
        using var machine = Machine();
        var pid = machine.Start("crash.O0", traced: false);
        Assert.That(machine.Calls.Wait6(Abi.Wait.P_PID, pid, Abi.Wait.WEXITED, out _, out var status, out var info), Is.EqualTo(Errno.None));
        Assert.That((status, info.si_code, info.si_status), Is.EqualTo((SIGSEGV | 0x80, CLD_DUMPED, SIGSEGV)));
    }

    [TestCase("freebsd-13", new[] { NT_PRSTATUS, NT_FPREGSET, NT_THRMISC, NT_PTLWPINFO })]
    [TestCase("freebsd-14", new[] { NT_PRSTATUS, NT_FPREGSET, NT_THRMISC, NT_PTLWPINFO, NT_X86_SEGBASES })]
    public void Notes(string personality, int[] ofThread)
    {
        using var machine = Machine(personality);
        var core = Crash(machine);
        Assert.That(core.Notes.Select(note => note.Type), Is.EqualTo((int[])[NT_PRPSINFO, .. ofThread, .. ofThread, .. s_procstat]));
        Assert.That(core.Notes.Select(note => note.Owner), Is.All.EqualTo("FreeBSD"));
    }

    [Test]
    public void Header_and_segments()
    {
        using var machine = Machine();
        var core = Crash(machine);
        Assert.That(core.Header[..8].ToArray(), Is.EqualTo(new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 9 }));
        Assert.That((core.Header[16], core.Header[18], core.Header[52], core.Header[54], core.Header[58]), Is.EqualTo(((byte)4, (byte)62, (byte)64, (byte)56, (byte)64)));
        Assert.That(core.Segments.Select(segment => segment.Address), Is.Ordered.And.Not.Empty);
        foreach (var segment in core.Segments)
        {
            Assert.That((segment.Type, segment.Offset % 4096, segment.FileBytes % 4096, segment.MemoryBytes),
                Is.EqualTo((1u, 0UL, 0UL, segment.FileBytes)), $"{segment}");
        }
        Assert.That((ulong)core.Length, Is.EqualTo(core.Segments[^1].Offset + core.Segments[^1].FileBytes));
        Assert.That(core.Segments.Where(segment => segment.Address < 0x800000), Has.All.Property("Flags").EqualTo(6), "of the program only what can be written");
        Assert.That(core.Holds("left in memory"), Is.True);
    }

    [Test]
    public void Threads()
    {
        using var machine = Machine();
        var core = Crash(machine);
        var (status, names) = (core.Of(NT_PRSTATUS).ToArray(), core.Of(NT_THRMISC).ToArray());
        Assert.That(names.Select(note => note.Text(0)), Is.EqualTo(new[] { "crash.O0", "sleeper" }));
        foreach (var note in status)
        {
            Assert.That((note.Value.Length, note.Int(0), note.Long(8), note.Long(16), note.Long(24), note.Int(32), note.Int(36)),
                Is.EqualTo((224, 1, 224UL, 176UL, 512UL, 1400097, SIGSEGV)));
            Assert.That(note.Int(40), Is.GreaterThan(100000), "a thread's id");
        }
        var rip = status[0].Long(48 + 136);
        Assert.That(rip, Is.InRange(0x200000UL, 0x400000UL), "in the program's text");
        var rbp = status[0].Long(48 + 80);
        Assert.That(core.Memory(rbp + 8, 8).ToArray().All(b => b == 0), Is.False, "the return address is there");
        var info = core.Of(NT_PTLWPINFO).Select(note => (note.Value.Length, note.Int(0), note.Int(4), note.Int(4 + 8), note.Int(4 + 48))).ToArray();
        Assert.That(info, Is.EqualTo(new[]
        {
            (164, 160, status[0].Int(40), Abi.Ptrace.PL_FLAG_SI, SIGSEGV), (164, 160, status[1].Int(40), 0, 0),
        }));
        Assert.That(core.Of(NT_FPREGSET).Select(note => note.Value.Length), Is.EqualTo(new[] { 512, 512 }));
    }

    [Test]
    public void Process_as_procstat_shows_it()
    {
        using var machine = Machine();
        var core = Crash(machine, "0", "and", "more");
        var process = core.Of(NT_PRPSINFO).Single();
        Assert.That((process.Value.Length, process.Int(0), process.Long(8), process.Text(16), process.Text(33), process.Int(116)),
            Is.EqualTo((120, 1, 120UL, "crash.O0", "/bin/crash.O0 0 and more", 3)));
        Assert.That(s_procstat.Select(type => core.Of(type).Single().Int(0)), Is.EqualTo(new[] { 1088, 1392, 1160, 4, 2, 240, 4, 8, 16 }));
        Assert.That(core.Of(NT_PROCSTAT_PROC).Single().Value, Has.Length.EqualTo(4 + 2 * 1088));
        Assert.That(core.Of(NT_PROCSTAT_UMASK).Single().Value[4..], Is.EqualTo(new byte[] { 18, 0 }));
        Assert.That(core.Of(NT_PROCSTAT_OSREL).Single().Int(4), Is.EqualTo(1300139), "the program's");
        Assert.That(core.Of(NT_PROCSTAT_PSSTRINGS).Single().Long(4), Is.EqualTo(0x7fff_ffff_efe0));
        Assert.That(core.Of(NT_PROCSTAT_GROUPS).Single().Int(4), Is.EqualTo(1001));
        Assert.That(core.Of(NT_PROCSTAT_RLIMIT).Single().Value, Has.Length.EqualTo(244));
        Assert.That(core.Of(NT_PROCSTAT_AUXV).Single().Long(4), Is.EqualTo(3), "AT_PHDR");
    }
}
