using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>
/// A dynamically linked program: gdb 16 watches the linker itself, gdb 13 is told by the server of libraries that come and go.
/// </summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class LibraryTests(Gdb gdb) : GdbFixture(gdb)
{
    private static readonly string[] s_builds = DynamicGuest.Builds;

    private Transcript DebugDynamic(string build, params string[] commands)
    {
        using var server = ServerProcess.With(DynamicGuest.Options(build));
        return Gdb.Run(branded: true, [$"target remote {server.Target}", .. commands]);
    }

    [TestCaseSource(nameof(s_builds))]
    public void Pending_breakpoints_are_set_when_their_library_comes(string build)
    {
        var said = DebugDynamic(
            build, "info sharedlibrary", "set breakpoint pending on", "break work", "continue", "bt", "info sharedlibrary", "continue", "bt",
            "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["info sharedlibrary"], Does.Contain("/libexec/ld-elf.so.1").And.Not.Contain("libgreet"));
            Assert.That(said["break work"], Does.Contain("Breakpoint 1 (work) pending."));
            Assert.That(said["continue"], Does.Contain("hello, world\n").And.Contain("Breakpoint 1, work (n=3) at "));
            Assert.That(said["bt"],
                Does.Match(@"^#0  work \(n=3\) at \S+plugin.c:11\n#1 .* use_plugin \(n=3\) at \S+dynamic.c:10\n#2 .* in main \(argc=1, "));
            Assert.That(said["info sharedlibrary", 2], Does.Match(
                @"/libexec/ld-elf.so.1\n0x\w+ +0x\w+ +Yes +\S*/lib/libgreet.so.1\n0x\w+ +0x\w+ +Yes \(\*\) +\S*/lib/libc.so.7\n.*/lib/libplugin.so\n"));
            // Unloaded, and loaded again.
            Assert.That(said["continue", 2], Does.Contain("plugin: 51\n").And.Contain("work (n=4)"));
            Assert.That(said["bt", 2], Does.Contain("#1 ").And.Contain("use_plugin (n=4)"));
            Assert.That(said["continue", 3], Does.Contain("plugin: 61\n").And.Contain("exited with code 03"));
        });
    }

    [TestCaseSource(nameof(s_builds))]
    public void Step_enters_a_function_of_a_library_and_finish_leaves_it(string build)
    {
        var said = DebugDynamic(
            build, "break main", "continue", "step", "bt", "info symbol $pc", "finish", "print greetings", "tbreak use_plugin", "continue",
            "next", "info sharedlibrary", "next", "next", "step", "step", "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["step"], Does.Match(@"greet \(name=0x\w+ ""world""\) at \S+greet.c:11"));
            Assert.That(said["bt"], Does.Match(@"#0  greet .*\n#1 .* main \(argc=1, "));
            Assert.That(said["info symbol $pc"], Does.Match(@"greet \+ \d+ in section .text of \S*/lib/libgreet.so.1"));
            Assert.That(said["finish"], Does.Contain("Value returned is $1 = 5"));
            Assert.That(said["print greetings"], Is.EqualTo("$2 = 1\n"));
            Assert.That(said["info sharedlibrary"], Does.Contain("/lib/libplugin.so"));
            Assert.That(said["step", 2], Does.Contain("work (n=3) at "));
            Assert.That(said["step", 3], Does.Contain("twice (what="));
            Assert.That(said["bt", 2], Does.Match(@"#0  twice .*\n#1 .* work .*\n#2 .* use_plugin .*\n#3 .* main "));
            Assert.That(said["continue", 3], Does.Contain("exited with code 03"));
        });
    }

    [TestCase("dynamic-pie")]
    [TestCase("arm64/dynamic")]
    public void A_program_that_runs_is_attached_to_with_its_libraries(string build)
    {
        using var server = ServerProcess.With(DynamicGuest.Options(build));
        var first = Gdb.Run(
            branded: true, $"target extended-remote {server.Target}", "set breakpoint pending on", "break twice", "continue", "delete", "disconnect");
        Assert.That(first["continue"], Does.Contain("Breakpoint 1, twice ("));
        var said = Gdb.Run(branded: true, $"target remote {server.Target}", "info sharedlibrary", "bt 2", "break greet", "continue", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["info sharedlibrary"], Does.Contain("/lib/libgreet.so.1").And.Contain("/lib/libplugin.so"));
            Assert.That(said["bt 2"], Does.Contain("#0  twice (").And.Contain(" in work (n=3) "));
            Assert.That(said["continue"], Does.Match(@"greet \(name=0x\w+ ""again""\)"));
            Assert.That(said["continue", 2], Does.Contain("exited with code 03"));
        });
    }

    [TestCase("dynamic")]
    [TestCase("arm64/dynamic-pie")]
    public void Gdb_stops_at_the_events_that_it_is_told_to_catch(string build)
    {
        var said = DebugDynamic(build, "catch load plugin", "catch unload plugin", "continue", "continue", "info sharedlibrary", "delete",
            "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Match(@"Catchpoint 1\n  Inferior loaded \S*/lib/libplugin.so"));
            Assert.That(said["continue", 2], Does.Match(@"Catchpoint 2\n  Inferior unloaded \S*/lib/libplugin.so"));
            Assert.That(said["info sharedlibrary"], Does.Contain("libgreet").And.Not.Contain("libplugin"));
            Assert.That(said["continue", 3], Does.Contain("exited with code 03"));
        });
    }
}
