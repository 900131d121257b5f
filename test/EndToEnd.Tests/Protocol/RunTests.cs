using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary><c>gdbstub run</c>: a guest on this terminal, without a debugger.</summary>
public sealed class RunTests
{
    [Test]
    public void Guests_print_what_is_expected(
        [Values("demo", "fork", "int3", "memory", "selfmod", "session", "siginfo", "signals", "stack")] string guest,
        [Values("O0", "O2")] string level, [Values("amd64", "arm64")] string cpu)
    {
        using var run = Run($"{(cpu == "amd64" ? "" : "arm64/")}{guest}.{level}");
        var status = run.WaitForEnd();
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Is.EqualTo(Repository.Expected(guest, cpu)), run.Error);
            Assert.That(status, Is.EqualTo(guest == "session" ? 7 : 0));
        });
    }

    [TestCase("segv", "segv", 11)]
    [TestCase("protfault", "protfault", 11)]
    [TestCase("protfault-nonote", "protfault", 10, Description = "without the ABI note a protection fault is SIGBUS")]
    [TestCase("arm64/segv", "segv", 11)]
    [TestCase("arm64/protfault-nonote", "protfault", 10)]
    [TestCase("abort", null, 6)]
    public void A_death_by_signal_is_128_and_its_number(string guest, string? expected, int signal)
    {
        using var run = Run($"{guest}.O0");
        Assert.That(run.WaitForEnd(), Is.EqualTo(128 + signal), run.Log);
        if (expected is not null) Assert.That(run.Output, Is.EqualTo(Repository.Expected(expected)));
    }

    /// <summary>The same source built for Linux, run by this machine's own processor, says what is right.</summary>
    [Test]
    [Platform("Linux")]
    public void Arithmetic_is_the_processors([Values("arith", "instructions", "vectors")] string guest, [Values("O0", "O2")] string level)
    {
        if (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64)
            Assert.Ignore("this machine's processor is no amd64");
        using var native = new ChildProcess(Repository.Guest($"linux/{guest}.{level}"), []);
        using var run = Run($"{guest}.{level}");
        Assert.That(native.WaitForEnd(), Is.Zero);
        Assert.Multiple(() =>
        {
            Assert.That(run.WaitForEnd(), Is.Zero, run.Log);
            Assert.That(run.Output, Is.EqualTo(native.Output));
        });
    }

    /// <summary>Another emulator says what is right on arm64.</summary>
    [Test]
    [Platform("Linux")]
    public void Arithmetic_is_as_in_qemu_on_arm64([Values("O0", "O2")] string level)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, "qemu-aarch64"))))
            Assert.Ignore("no qemu-aarch64 is installed (Debian: qemu-user)");
        using var native = new ChildProcess("qemu-aarch64", [Repository.Guest($"arm64/linux/arith.{level}")]);
        using var run = Run($"arm64/arith.{level}");
        Assert.That(native.WaitForEnd(), Is.Zero);
        Assert.Multiple(() =>
        {
            Assert.That(run.WaitForEnd(), Is.Zero, run.Log);
            Assert.That(run.Output, Is.EqualTo(native.Output));
        });
    }

    [Test]
    public void Input_output_and_status_are_the_guests()
    {
        using var run = Run("echo.O0", "42");
        run.Input.Write("one\n");
        run.Input.Flush();
        run.WaitForOutput("one\n");
        run.Input.Write("two\nthree");
        run.Input.Close();
        Assert.Multiple(() =>
        {
            Assert.That(run.WaitForEnd(), Is.EqualTo(42));
            Assert.That(run.Output, Is.EqualTo("one\ntwo\nthree"));
            Assert.That(run.Error, Is.EqualTo("line 1: 4 bytes\nline 2: 4 bytes\nline 3: 5 bytes\n3 lines\n"));
        });
    }

    [Test]
    public void Arguments_and_environment_reach_the_guest()
    {
        using var run = ServerProcess.Start(
            "run", "--clean-env", "--env", "A=1", "--cwd", "/tmp", "--", Repository.Guest("args.O0"), "--listen", "two words", "");
        Assert.That(run.WaitForEnd(), Is.Zero, run.Log);
        Assert.That(run.Output,
            Does.Contain("argc 4\n").And.Contain("argv[1] --listen\nargv[2] two words\nargv[3] \nenvp[0] A=1\ncwd /tmp\n"));
    }

    [Test]
    public void An_interrupt_is_the_guests()
    {
        // Tests that run in the background of a shell have inherited that interrupts are ignored, and what they start would, too.
        using var run = new ChildProcess("env", ["--default-signal=INT", "dotnet", Repository.Program, "run", "--", Repository.Guest("spin.O0")]);
        run.WaitForOutput("spinning\n");
        run.Signal("INT");
        Assert.That(run.WaitForEnd(), Is.EqualTo(128 + 2));
    }

    private static ChildProcess Run(string guest, params string[] arguments) =>
        ServerProcess.Start(["run", "--", Repository.Guest(guest), .. arguments]);
}
