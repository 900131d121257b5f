using NUnit.Framework;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.User;

namespace TraceKernel.Tests.Kernels;

/// <summary>A booted kernel with a host process, and one guest of test/guests on a terminal that keeps what it prints.</summary>
internal sealed class TestMachine : IDisposable
{
    private readonly StringBuilder _output = new();

    private readonly string _cpu;

    public TestMachine(TimeSource time = TimeSource.Fast, ulong seed = 0, string kernel = "freebsd-13", string cpu = "amd64",
        long instructions = long.MaxValue, bool isStrict = false, Credentials? programCredentials = null, long memory = 4L << 30)
    {
        _cpu = cpu;
        Kernel = new Kernel(
            cpu == "arm64" ? new Arch.Arm64.Arm64() : new Arch.Amd64.Amd64(),
            new KernelOptions
            {
                Time = time, Seed = seed, Personality = kernel, IsStrict = isStrict, MaximumInstructions = instructions, MaximumMemory = memory, Console = Said.Add,
                ProgramCredentials = programCredentials ?? Credentials.Of(Process.ProgramUser, Process.ProgramUser),
            });
        Host = HostProcess.TryCreate(Kernel, "test")!;
        Terminal = new Terminal { Output = (_, text) => _output.Append(Encoding.Latin1.GetString(text.Span)) };
    }

    public Kernel Kernel { get; }
    public HostProcess Host { get; }
    public SystemCalls Calls => Host.Calls;
    public Terminal Terminal { get; }
    public string Output => _output.ToString();

    /// <summary>What the kernel has told its operator.</summary>
    public List<string> Said { get; } = [];

    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Directory of the built guests; scripts/build-guests.sh fills it.</summary>
    public static string GuestDirectory { get; } = Path.Combine(Repository, "test", "guests", "bin");

    /// <summary>The CPUs that guests are built for.</summary>
    public static readonly string[] Cpus = ["amd64", "arm64"];

    public static string PathOf(string guest) => Path.Combine(GuestDirectory, guest);

    /// <summary>What a guest prints when it is started without arguments: on some CPU perhaps something of its own.</summary>
    public static string ExpectedOutput(string guest, string cpu)
    {
        var own = Path.Combine(GuestDirectory, "..", "expected", cpu, guest + ".txt");
        return File.ReadAllText(File.Exists(own) ? own : Path.Combine(GuestDirectory, "..", "expected", guest + ".txt"));
    }

    /// <summary>Where programs start: chdir(2); null: the root, where they may not write.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Starts a guest; traced ones stand at their exec stop, not yet waited for.</summary>
    public int Start(string guest, bool traced, params string[] arguments) => Start(guest, traced, null, arguments);

    /// <param name="watcher">Told of all that the program does.</param>
    public int Start(string guest, bool traced, Action<ProgramEvent>? watcher, params string[] arguments)
    {
        var path = PathOf(_cpu == "amd64" ? guest : Path.Combine(_cpu, guest));
        Assume.That(File.Exists(path), $"{guest} is not built: run scripts/build-guests.sh");
        var name = "/bin/" + Path.GetFileName(guest);
        Kernel.FileSystem.Grant(path, name);
        var request = new SpawnRequest(name, [name, .. arguments], ["HOME=/"]) 
        {
            Terminal = Terminal, Traced = traced, WorkingDirectory = WorkingDirectory, Watcher = watcher,
        };
        Assert.That(Calls.Spawn(request, out var pid), Is.EqualTo(Errno.None));
        return pid;
    }

    /// <summary>Starts a process that was there before anybody debugs; its program is the guest of that name.</summary>
    public void Boot(BootProcess process)
    {
        var path = PathOf(Path.GetFileName(process.Path));
        Assume.That(File.Exists(path), $"{path} is not built: run scripts/build-guests.sh");
        Kernel.FileSystem.Grant(path, process.Path);
        Assert.That(Booting.Start(Kernel, process), Is.EqualTo(Errno.None));
    }

    /// <summary>Waits for whatever the process reports next.</summary>
    /// <param name="mostInstructions">A machine that has retired so many does not report any more.</param>
    public int Wait(int pid, long mostInstructions = 100_000_000) => Wait(Calls, pid, mostInstructions);

    public int Wait(SystemCalls calls, int pid, long mostInstructions = 100_000_000)
    {
        var error = calls.Wait6(
            Abi.Wait.P_PID, pid, Abi.Wait.WEXITED | Abi.Wait.WTRAPPED | Abi.Wait.WUNTRACED, out _, out var status, out _,
            _ => IsAsleep || Kernel.Scheduler.Retired > mostInstructions);
        Assert.That(error, Is.EqualTo(Errno.None), $"wait for {pid}: {Describe()}");
        return status;
    }

    /// <summary>Lets the guests run until nobody can, or for that many instructions.</summary>
    public void Run(long instructions)
    {
        var end = Kernel.Scheduler.Retired + instructions;
        while (Kernel.Scheduler.Retired < end && Kernel.Scheduler.RunTurn())
        {
        }
    }

    /// <summary>The same; while everybody sleeps until a timer expires, it does.</summary>
    public void RunThroughSleep(long instructions)
    {
        if (Kernel.Scheduler.IsIdle && Kernel.Scheduler.UntilNextTimer() is not null) Kernel.Scheduler.SkipToNextTimer();
        Run(instructions);
    }

    /// <summary>Everybody sleeps and nothing will wake them.</summary>
    private bool IsAsleep => Kernel.Scheduler.IsIdle && Kernel.Scheduler.UntilNextTimer() is null;

    private string Describe() => string.Join("; ", Kernel.Processes.Select(process =>
        $"{process.Pid} {process.Flags} {string.Join(",", process.Threads.Select(lwp => $"{lwp.Tid} {lwp.Debug} {lwp.WaitMessage}"))}")) + "\n" + Output;

    public void Dispose()
    {
        Host.Dispose();
        Kernel.Dispose();
    }

    private static string FindRepository()
    {
        for (var directory = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "gdbstub.sln"))) return directory.FullName;
        return ".";
    }
}
