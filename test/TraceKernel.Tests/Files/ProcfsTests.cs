using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Tests.Syscalls;

namespace TraceKernel.Tests.Files;

/// <summary>/proc as programs and as debuggers find it.</summary>
[TestFixture]
internal sealed class ProcfsTests
{
    private static Errno Open(Process reader, string path, out OpenFile file) =>
        reader.Kernel.FileSystem.Open(new PathArgument(reader, Fcntl.AT_FDCWD, path), Fcntl.O_RDONLY, 0, out file);

    private static string Read(Process reader, string path)
    {
        Assert.That(Open(reader, path, out var file), Is.EqualTo(Errno.None), path);
        var bytes = new byte[4096];
        Assert.That(file.Target.Read(file, 0, bytes, out var count), Is.EqualTo(Errno.None), path);
        file.Release();
        return Encoding.Latin1.GetString(bytes, 0, count);
    }

    private static string[] Names(Process reader, string path)
    {
        Assert.That(Open(reader, path, out var file), Is.EqualTo(Errno.None), path);
        return [.. ((DirectoryVnode)file.Target).List(2).Select(entry => entry.Name)];
    }

    [Test]
    public void Programs_find_the_files_of_procfs_and_debuggers_those_of_linprocfs_too()
    {
        var world = new World();
        world.Process.Environment = ["A=1", "B=2"];
        var debugger = new Process(world.Kernel, 300, world.Kernel.Init, "debugger") { IsHost = true };
        world.Kernel.Add(debugger);
        Assert.That(Names(world.Process, "/proc"), Is.EqualTo(new[] { "curproc", "self", "1", "100", "300" }));
        Assert.That(Names(world.Process, "/proc/100"), Is.EqualTo(
            new[] { "cmdline", "dbregs", "etype", "fpregs", "map", "mem", "note", "notepg", "regs", "rlimit", "status", "osrel", "file" }));
        Assert.That(Names(debugger, "/proc"), Does.Contain("cpuinfo").And.Contain("version"));
        Assert.That(Names(debugger, "/proc/100"), Does.Contain("maps").And.Contain("exe").And.Contain("environ").And.Contain("task"));
        Assert.That(Open(world.Process, "/proc/100/maps", out _), Is.EqualTo(Errno.ENOENT));
        Assert.That(Read(world.Process, "/proc/curproc/status"), Does.StartWith("prog 100 1 "));
        Assert.That(Read(debugger, "/proc/100/status"), Does.StartWith("Name:\tprog\n"));
        Assert.That(Read(debugger, "/proc/100/environ"), Is.EqualTo("A=1\0B=2\0"));
        Assert.That(Read(debugger, "/proc/100/cmdline"), Is.EqualTo("prog\0-v\0"));
        Assert.That(Read(debugger, "/proc/100/stat").Split(' '), Has.Length.EqualTo(52));
        Assert.That(Read(debugger, $"/proc/100/task/{world.Lwp.Tid}/comm"), Is.EqualTo("prog\n"));
    }

    [Test]
    public void Looking_gives_out_no_numbers_of_files()
    {
        var world = new World();
        var before = world.Kernel.FileSystem.NextFileId();
        Names(world.Process, "/proc");
        Read(world.Process, "/proc/curproc/etype");
        Assert.That(world.Kernel.FileSystem.NextFileId(), Is.EqualTo(before + 1));
    }

    [Test]
    public void Memory_and_registers_are_the_owners()
    {
        var world = new World();
        var other = world.Add(200);
        other.UserId = 5;
        Assert.That(Open(world.Process, "/proc/200/mem", out _), Is.EqualTo(Errno.EACCES));
        Assert.That(Open(world.Process, "/proc/100/regs", out _), Is.EqualTo(Errno.None));
        world.Process.Flags |= ProcessFlags.SetId;
        Assert.That(Open(world.Process, "/proc/100/regs", out _), Is.EqualTo(Errno.EACCES), "its credentials have changed");
        world.Kernel.Security.SeeOtherUsers = false;
        Assert.That(Open(world.Process, "/proc/200/status", out _), Is.EqualTo(Errno.ENOENT), "whom it does not see");
    }
}
