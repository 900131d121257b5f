using NUnit.Framework;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.User;

namespace TraceKernel.Tests.Kernels;

/// <summary>A booted kernel with a host process, and one guest of test/guests on a terminal that keeps what it prints.</summary>
internal sealed class TestMachine : IDisposable
{
    private readonly StringBuilder _output = new();

    public TestMachine(TimeSource time = TimeSource.Fast)
    {
        Kernel = new Kernel(new Arch.Amd64.Amd64(), new KernelOptions { Time = time });
        Host = HostProcess.TryCreate(Kernel, "test")!;
        Terminal = new Terminal { Output = (_, text) => _output.Append(Encoding.Latin1.GetString(text.Span)) };
    }

    public Kernel Kernel { get; }
    public HostProcess Host { get; }
    public SystemCalls Calls => Host.Calls;
    public Terminal Terminal { get; }
    public string Output => _output.ToString();

    /// <summary>Directory of the built guests; scripts/build-guests.sh fills it.</summary>
    public static string GuestDirectory { get; } = FindGuests();

    public static string PathOf(string guest) => Path.Combine(GuestDirectory, guest);

    /// <summary>Starts a guest; traced ones stand at their exec stop, not yet waited for.</summary>
    public int Start(string guest, bool traced, params string[] arguments)
    {
        var path = PathOf(guest);
        Assume.That(File.Exists(path), $"{guest} is not built: run scripts/build-guests.sh");
        Assert.That(Kernel.FileSystem.Grant(path, "/bin/" + guest), Is.EqualTo(Errno.None));
        var request = new SpawnRequest("/bin/" + guest, [guest, .. arguments], ["HOME=/"]) { Terminal = Terminal, Traced = traced };
        Assert.That(Calls.Spawn(request, out var pid), Is.EqualTo(Errno.None));
        return pid;
    }

    /// <summary>Waits for whatever the process reports next.</summary>
    public int Wait(int pid)
    {
        var error = Calls.Wait6(Abi.Wait.P_PID, pid, Abi.Wait.WEXITED | Abi.Wait.WTRAPPED | Abi.Wait.WUNTRACED, out _, out var status, out _);
        Assert.That(error, Is.EqualTo(Errno.None));
        return status;
    }

    public void Dispose()
    {
        Host.Dispose();
        Kernel.Dispose();
    }

    private static string FindGuests()
    {
        for (var directory = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "gdbstub.sln"))) return Path.Combine(directory.FullName, "test", "guests", "bin");
        return "test/guests/bin";
    }
}
