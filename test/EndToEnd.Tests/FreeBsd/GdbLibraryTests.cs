using EndToEnd.Tests.Harness;
using EndToEnd.Tests.Sessions;
using NUnit.Framework;

namespace EndToEnd.Tests.FreeBsd;

/// <summary>gdb debugs programs that run with FreeBSD's own runtime linker, libc, libthr and libc++.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class GdbLibraryTests(Gdb gdb) : GdbFixture(gdb)
{
    private Transcript Debug(LibraryProgram program, params string[] commands)
    {
        using var server = ServerProcess.With(program.Options);
        return Gdb.Run(branded: true, [$"target remote {server.Target}", .. commands]);
    }

    [Test]
    public void Threads_libraries_errno_and_thread_local_variables()
    {
        using var program = LibraryProgram.Threads();
        var said = Debug(
            program, "set breakpoint pending on", "break plugin_answer", "tbreak work", "continue", "finish", "info threads", "tbreak use_plugin",
            "continue", "print *((int *(*)(void))__error)()", "continue", "backtrace", "finish", "catch unload plugin", "continue", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["break plugin_answer"], Does.Contain("Breakpoint 1 (plugin_answer) pending."));
            Assert.That(said["continue"], Does.Match(@"work \(name=0x\w+( ""worker"")?\) at \S*threads.c:16"));
            Assert.That(said["finish"], Does.Contain("Value returned is $1 = (void *) 0x0"));
            Assert.That(said["info threads"], Does.Contain("\"threads\"").And.Contain("\"worker\""));
            Assert.That(said["print *((int *(*)(void))__error)()"], Is.EqualTo("$2 = 9\n"), "EBADF of close(-1)");
            Assert.That(said["continue", 3], Does.Contain("Breakpoint 1, plugin_answer (value=6) at "));
            Assert.That(said["backtrace"], Does.Match(@"#0  plugin_answer .*\n#1 .* use_plugin \(path=.*\n#2 .* main \(argc=1, "));
            Assert.That(said["finish", 2], Does.Contain("Value returned is $3 = 42"));
            Assert.That(said["continue", 4], Does.Contain("Inferior unloaded").And.Contain("/app/plugin.so"));
            Assert.That(said["continue", 5], Does.Contain("exited normally"));
        });
    }

    [Test]
    public void A_thread_local_variable_has_a_value_in_each_thread()
    {
        if (!Gdb.KnowsFreeBsd) Assert.Ignore("a gdb that does not know FreeBSD finds no thread-local variables of FreeBSD programs");
        using var program = LibraryProgram.Threads();
        var said = Debug(program, "break threads.c:18", "continue", "print own_count", "thread 1", "print own_count");
        Assert.That((said["print own_count"], said["print own_count", 2]), Is.EqualTo(("$1 = 11\n", "$2 = 5\n")));
    }

    [Test]
    public void A_step_enters_libc_and_finish_returns()
    {
        using var program = LibraryProgram.Threads();
        var said = Debug(
            program, "break threads.c:17", "continue", "tbreak strlen", "continue", "info symbol $pc", "stepi", "finish");
        Assert.Multiple(() =>
        {
            Assert.That(said["info symbol $pc"], Does.Match(@"^strlen\w*( \+ \d+)? in section \.text of \S*/lib/libc.so.7"));
            Assert.That(said["finish"], Does.Match(@"0x\w+ in work \(name="));
        });
    }

    [Test]
    public void A_core_file_is_written_and_read()
    {
        using var program = LibraryProgram.Threads();
        var core = Path.Combine(program.Root, "core");
        using var server = ServerProcess.With(program.Options);
        Gdb.Run(
            branded: true, $"target remote {server.Target}", $"source {Repository.File("scripts/gcore.py")}", "break work", "continue", $"gcore {core}", "kill");
        if (!Gdb.KnowsFreeBsd) Assert.Ignore("this gdb reads no FreeBSD core files");
        var said = Gdb.Run(branded: true, $"set sysroot {program.Root}", $"file {program.File}", $"core-file {core}", "bt", "info threads", "info sharedlibrary");
        Assert.Multiple(() =>
        {
            Assert.That(said["bt"], Does.Match(@"^#0  work \(name=0x\w+( ""worker"")?\) at \S*threads.c:16"));
            Assert.That(said["info threads"], Does.Contain("\n  2 ").And.Contain("LWP 100001").And.Contain("LWP 100002"));
            Assert.That(said["info sharedlibrary"], Does.Contain("libthr.so.3").And.Contain("libc.so.7"));
        });
    }

    [Test]
    public void Exceptions_are_caught()
    {
        using var program = LibraryProgram.Exceptions();
        var said = Debug(program, "catch throw", "catch catch", "continue", "bt", "continue", "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("exception thrown"));
            Assert.That(said["bt"], Does.Match(@"__cxa_throw .*libcxxrt.so.1\n#1 .* Square::area \(this=0x\w+\) at \S*exceptions.cc:18\n#2 .* main \(\)"));
            Assert.That(said["continue", 2], Does.Contain("exception caught"));
            Assert.That(said["bt", 2], Does.Match(@"__cxa_begin_catch .*\n#1 .* main \(\)"));
            Assert.That(said["continue", 3], Does.Contain("caught negative side\n2 4 1\n").And.Contain("exited normally"));
        });
    }
}
