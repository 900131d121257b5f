using EndToEnd.Tests.Harness;
using EndToEnd.Tests.LldbSessions;
using NUnit.Framework;

namespace EndToEnd.Tests.CoreFiles;

/// <summary>Core files that the kernel and the debuggers write, read by the debuggers that know FreeBSD's.</summary>
public sealed class CoreFileTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("gdbstub-core-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    private string CorePath => Path.Combine(_directory, "core");

    /// <summary>The core file that a dying program leaves in the guest's /tmp.</summary>
    private void Die(string guest)
    {
        using var server = ServerProcess.With("--cwd", "/tmp", "--", Repository.Guest(guest));
        // Without --cwd programs start where they may not write.
        var said = Gdb.Newer.Run(
            branded: true, $"target extended-remote {server.Target}", "continue", "continue",
            $"remote get /tmp/{Path.GetFileName(guest)}.core {CorePath}");
        Assert.That(said["continue", 2], Does.Contain("Program terminated with signal SIGSEGV"));
        Assert.That(CorePath, Does.Exist);
    }

    [TestCaseSource(typeof(CoreReaders), nameof(CoreReaders.Guests))]
    public void A_dying_program_leaves_one_that_gdb_reads(string guest)
    {
        Die(guest);
        CoreReaders.CheckWithGdb(guest, CorePath, isKernels: true);
    }

    [Test]
    public void A_dying_program_leaves_one_that_lldb_reads(
        [ValueSource(typeof(Lldb), nameof(Lldb.All))] Lldb lldb, [ValueSource(typeof(CoreReaders), nameof(CoreReaders.Guests))] string guest)
    {
        lldb.Require();
        Die(guest);
        CoreReaders.CheckWithLldb(lldb, guest, CorePath);
    }

    [TestCaseSource(typeof(CoreReaders), nameof(CoreReaders.Guests))]
    public void A_dying_program_leaves_one_that_readelf_reads(string guest)
    {
        Die(guest);
        CoreReaders.CheckWithReadelf(guest, CorePath);
    }

    [TestCaseSource(typeof(CoreReaders), nameof(CoreReaders.Guests))]
    public void Gdb_makes_one_of_a_program_that_lives_on(string guest)
    {
        using var server = ServerProcess.Of(guest);
        var said = Gdb.Newer.Run(
            branded: true, $"target extended-remote {server.Target}", "continue", $"gcore {CorePath}", "bt", "continue");
        Assert.That(said[$"gcore {CorePath}"], Does.Contain($"Saved corefile {CorePath}"));
        Assert.That(said["bt"], Does.Contain("in deepest (signal=0, value=42)"));
        Assert.That(said["continue", 2], Does.Contain("terminated with signal SIGSEGV"));
        CoreReaders.CheckWithGdb(guest, CorePath, isKernels: false);
    }

    /// <summary>The kernel's, asked for by any gdb; every debugger that knows FreeBSD's reads it.</summary>
    [Test]
    public void Gdb_has_the_server_make_one_that_everybody_reads(
        [ValueSource(typeof(Gdb), nameof(Gdb.All))] Gdb gdb, [ValueSource(typeof(CoreReaders), nameof(CoreReaders.Guests))] string guest)
    {
        using var server = ServerProcess.Of(guest);
        var said = gdb.Run(
            branded: true, $"target extended-remote {server.Target}", "continue", "monitor gcore /tmp/kept", "monitor gcore /tmp/kept",
            "monitor gcore /none/kept", $"remote get /tmp/kept {CorePath}", "bt", "continue");
        Assert.That(said["monitor gcore /tmp/kept"], Does.StartWith("Saved corefile /tmp/kept in the guest"));
        Assert.That(said["monitor gcore /tmp/kept", 2], Does.StartWith("Saved corefile /tmp/kept in the guest"), "written over, as gdb's own");
        Assert.That(said["monitor gcore /none/kept"], Does.StartWith("No core file /none/kept: ENOENT."));
        Assert.That(said["bt"], Does.Contain("in deepest (signal=0, value=42)"));
        Assert.That(said["continue", 2], Does.Contain("terminated with signal SIGSEGV"));
        CoreReaders.CheckWithAll(guest, CorePath);
    }

    /// <summary>The same by the name of gdb's own command, which scripts/gcore.py defines anew.</summary>
    [Test]
    public void Gdbs_gcore_makes_one_that_everybody_reads(
        [ValueSource(typeof(Gdb), nameof(Gdb.All))] Gdb gdb, [ValueSource(typeof(CoreReaders), nameof(CoreReaders.Guests))] string guest)
    {
        using var server = ServerProcess.Of(guest);
        var said = gdb.Run(
            branded: true, $"source {Repository.File("scripts/gcore.py")}", "gcore", $"target extended-remote {server.Target}",
            "gcore /none/core", "continue", $"cd {_directory}", "gcore core", "gcore", "bt", "continue");
        Assert.That(said["gcore"], Does.Contain("\"monitor\" command not supported by this target."));
        Assert.That(said["gcore /none/core"], Does.Contain("/none/core: No such file or directory"));
        Assert.That(said["gcore core"], Is.EqualTo("Saved corefile core\n"));
        Assert.That(said["gcore", 2], Is.EqualTo("Saved corefile core.3\n"));
        Assert.That(said["bt"], Does.Contain("in deepest (signal=0, value=42)"));
        Assert.That(said["continue", 2], Does.Contain("terminated with signal SIGSEGV"));
        CoreReaders.CheckWithAll(guest, CorePath);
        Assert.That(File.ReadAllBytes(CorePath + ".3"), Is.EqualTo(File.ReadAllBytes(CorePath)));
    }

    /// <summary>Through the kernel's PT_COREDUMP (qSaveCore), and fetched from the guest.</summary>
    [Test]
    public void Lldb_saves_one_of_a_program_that_lives_on(
        [ValueSource(typeof(Lldb), nameof(Lldb.All))] Lldb lldb, [ValueSource(typeof(CoreReaders), nameof(CoreReaders.Guests))] string guest)
    {
        lldb.Require();
        using var server = ServerProcess.With("--log-level", "verbose", "--", Repository.Guest(guest));
        using var session = new LldbSession(
            lldb,
            [
                "platform select remote-freebsd", $"platform connect connect://{server.Target}",
                    $"process connect connect://{server.Target}", "continue",
                $"process save-core {CorePath}", "bt", "expression calls + 1", "continue",
            ]);
        var said = session.End();
        EmptyReplies.Check(server.Process.Error);
        Assert.That(server.Process.Error, Does.Contain("qSaveCore"));
        Assert.That(said["bt"], Does.Contain("`deepest(signal=0, value=42)"));
        Assert.That(said["expression calls + 1"], Is.EqualTo("(int) $0 = 2\n"));
        Assert.That(said["continue", 2], Does.Contain("exited with status = 11"));
        CoreReaders.CheckWithReadelf(guest, CorePath);
        CoreReaders.CheckWithLldb(lldb, guest, CorePath);
        CoreReaders.CheckWithGdb(guest, CorePath, isKernels: true);
    }

    /// <summary>The debugger's own, gathered through ptrace where the kernel has no PT_COREDUMP.</summary>
    [Test]
    public void Lldb_saves_one_where_the_kernel_cannot(
        [ValueSource(typeof(Lldb), nameof(Lldb.All))] Lldb lldb, [Values("freebsd-11", "freebsd-13")] string kernel)
    {
        lldb.Require();
        using var server = ServerProcess.With("--kernel", kernel, "--log-level", "verbose", "--", Repository.Guest(CoreReaders.Guest));
        using var session = new LldbSession(
            lldb,
            [
                "platform select remote-freebsd", $"platform connect connect://{server.Target}",
                    $"process connect connect://{server.Target}", "continue",
                $"process save-core {CorePath}", "bt", "continue",
            ]);
        var said = session.End();
        EmptyReplies.Check(server.Process.Error);
        Assert.That(said["bt"], Does.Contain("`deepest(signal=0, value=42)"));
        Assert.That(said["continue", 2], Does.Contain("exited with status = 11"));
        CoreReaders.CheckWithLldb(lldb, CoreReaders.Guest, CorePath);
        CoreReaders.CheckWithGdb(CoreReaders.Guest, CorePath, isKernels: true, kernel == "freebsd-11" ? "11" : "13");
        CoreReaders.CheckGatheredWithReadelf(CoreReaders.Guest, CorePath);
    }

    [TestCase("qSaveCore", "core-path:2f746d702f676462737475622d332e636f7265")]
    [TestCase("qSaveCore;path-hint:2f746d702f63", "core-path:2f746d702f63")]
    [TestCase("qSaveCore;path-hint:2f6e6f6e652f63", "core-path:2f746d702f676462737475622d332e636f7265",
        TestName = "A hint where no file can be made")]
    public void Where_the_file_goes(string packet, string reply)
    {
        using var server = ServerProcess.Of(CoreReaders.Guest);
        using var client = new RspClient(server.Port);
        client.Handshake();
        Assert.That(client.Request(packet), Is.EqualTo(reply));
        Assert.That(client.Request("qSaveCore;nonsense"), Does.StartWith("E"));
        Assert.That(client.Request("?"), Does.StartWith("T05"), "the session goes on");
    }
}
