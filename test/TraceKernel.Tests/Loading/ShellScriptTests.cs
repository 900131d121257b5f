using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Loading;
using TraceKernel.Tests.Kernels;
using TraceKernel.Tests.Vm;
using TraceKernel.User;

namespace TraceKernel.Tests.Loading;

/// <summary>First lines of scripts, as imgact_shell.c reads them, and what execve(2) makes of scripts.</summary>
[TestFixture]
public sealed class ShellScriptTests
{
    [TestCase("#!/bin/sh\nrest", "/bin/sh", null)]
    [TestCase("#! \t/bin/sh\n", "/bin/sh", null)]
    [TestCase("#!/bin/sh -x\n", "/bin/sh", "-x")]
    [TestCase("#!/bin/sh \t a b  c \t \n", "/bin/sh", "a b  c")]
    [TestCase("#!/bin/sh  \t\n", "/bin/sh", null)]
    [TestCase("#!sh\n", "sh", null)]
    [TestCase("#!/bin/sh\0 -x\n", "/bin/sh", null)]
    [TestCase("#!/bin/sh -x\0y\n", "/bin/sh", "-x")]
    [TestCase("#!/bin/sh\r\n", "/bin/sh\r", null)]
    public void A_line_names_an_interpreter_and_perhaps_an_option(string text, string interpreter, string? option)
    {
        Assert.That(Read(text, out var script), Is.EqualTo(Errno.None));
        Assert.That(script, Is.EqualTo(new ShellScript(interpreter, option)));
    }

    [TestCase("", 0)]
    [TestCase("#", 0)]
    [TestCase("# !/bin/sh\n", 0)]
    [TestCase("\u007fELF", 0)]
    [TestCase("#!", (int)Errno.ENOEXEC)]
    [TestCase("#!\n", (int)Errno.ENOEXEC)]
    [TestCase("#!  \t\n/bin/sh\n", (int)Errno.ENOEXEC)]
    [TestCase("#!/bin/sh", (int)Errno.ENOEXEC, Description = "a line without an end")]
    [TestCase("#!/bin/sh -x", (int)Errno.ENOEXEC)]
    public void What_is_no_script_is_left_and_a_bad_line_is_ENOEXEC(string text, int error)
    {
        Assert.That(Read(text, out var script), Is.EqualTo((Errno)error));
        Assert.That(script, Is.Null);
    }

    // Bytes of the interpreter's path and of the option; PATH_MAX is 1,024, and the line must end within 4,096.
    [TestCase(1023, 0, Errno.None)]
    [TestCase(1024, 0, Errno.ENAMETOOLONG)]
    [TestCase(5000, 0, Errno.ENAMETOOLONG)]
    [TestCase(10, 4082, Errno.None)]
    [TestCase(10, 4083, Errno.ENOEXEC)]
    public void Lines_have_limits(int interpreter, int option, Errno error) =>
        Assert.That(Read($"#!{new string('i', interpreter)} {new string('o', option)}\n", out _), Is.EqualTo(error));

    private static Errno Read(string text, out ShellScript? script) => ShellScript.TryRead(new TestFile(Encoding.Latin1.GetBytes(text)), out script);

    [TestCase("#!/args -x  two \n", "one", "/args|-x  two|/script|one", "/args")]
    [TestCase("#!/args\n", "", "/args|/script", "/args")]
    [TestCase("#!args\n", "one|two", "args|/script|one|two", "/args", Description = "from the working directory")]
    public void The_interpreter_runs_with_the_scripts_name_and_arguments(string line, string arguments, string expected, string path)
    {
        using var machine = WithScript(line);
        Assert.That(machine.Calls.Spawn(Request(machine, "/script", ["ignored", .. Words(arguments)]), out var pid), Is.EqualTo(Errno.None));
        Assert.That(machine.Wait(pid), Is.Zero);
        var printed = Words(expected);
        Assert.That(machine.Output, Does.StartWith($"argc {printed.Length}\n{string.Concat(printed.Select((word, index) => $"argv[{index}] {word}\n"))}cwd "));
        Assert.That(machine.Output, Does.Contain($"path {path}\n"));
    }

    [TestCase("#!/none\n", Errno.ENOENT, "its interpreter /none: not in the guest's file system")]
    [TestCase("#!/other\n", Errno.ENOEXEC, "its interpreter /other: a script too")]
    [TestCase("#!/\n", Errno.EACCES, "its interpreter /: not a file that may be executed")]
    [TestCase("#!\n", Errno.ENOEXEC, "the first line names no interpreter")]
    public void A_script_that_cannot_run_is_refused_with_its_reason(string line, Errno error, string reason)
    {
        using var machine = WithScript(line);
        machine.Kernel.FileSystem.AddFile("/other", "#!/args\n"u8, 0);
        Assert.That(machine.Calls.Spawn(Request(machine, "/script", ["s"]), out _), Is.EqualTo(error));
        Assert.That(machine.Calls.SpawnRefusal, Is.EqualTo(reason));
        Assert.That(ProgramCheck.Run(machine.Kernel, "/script", out var explained), Is.EqualTo(error));
        Assert.That(explained, Is.EqualTo(reason));
    }

    [Test]
    public void Set_id_bits_of_a_script_mean_nothing()
    {
        using var machine = WithScript("#!/identity\n");
        machine.Kernel.FileSystem.AddFile("/identity", File.ReadAllBytes(TestMachine.PathOf("identity.O2")), 0);
        Assert.That(machine.Calls.Chmod("/script", 0x9ed), Is.EqualTo(Errno.None));
        Assert.That(machine.Calls.Spawn(Request(machine, "/script", ["s"]), out var pid), Is.EqualTo(Errno.None));
        Assert.That(machine.Wait(pid), Is.Zero);
        Assert.That(machine.Output, Does.Contain("euid 1001, tainted 0"));
    }

    private static string[] Words(string text) => text.Split('|', StringSplitOptions.RemoveEmptyEntries);

    private static SpawnRequest Request(TestMachine machine, string path, IReadOnlyList<string> arguments) =>
        new(path, arguments, []) { Terminal = machine.Terminal, WorkingDirectory = "/", Traced = false };

    private static TestMachine WithScript(string line)
    {
        var machine = new TestMachine();
        machine.Kernel.FileSystem.AddFile("/args", File.ReadAllBytes(TestMachine.PathOf("args.O2")), 0);
        machine.Kernel.FileSystem.AddFile("/script", Encoding.Latin1.GetBytes(line), 0);
        return machine;
    }
}
