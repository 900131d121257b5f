using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>A dynamically linked program and the libraries that come and go while lldb debugs it.</summary>
[TestFixtureSource(typeof(Lldb), nameof(Lldb.All))]
public sealed class LibraryTests(Lldb lldb) : LldbFixture(lldb)
{
    private static readonly string[] s_builds = DynamicGuest.Builds;

    private Transcript DebugDynamic(string build, params string[] commands)
    {
        using var server = Serve(DynamicGuest.Options(build));
        return Run(server, commands);
    }

    [TestCaseSource(nameof(s_builds))]
    public void Pending_breakpoints_are_set_when_their_library_comes(string build)
    {
        var said = DebugDynamic(
            build, "image list", "breakpoint set -n work", "continue", "bt", "image list", "continue", "breakpoint list", "breakpoint delete -f",
            "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["image list"], Does.Contain("/ld-elf.so.1").And.Not.Contain("libgreet"));
            Assert.That(said["breakpoint set -n work"], Does.Contain("Breakpoint 1: no locations (pending)."));
            Assert.That(said["continue"], Does.Contain("libplugin.so`work(n=3) at plugin.c:11"));
            Assert.That(said["bt"],
                Does.Contain("frame #1: 0x").And.Contain($"{Path.GetFileName(build)}`use_plugin(n=3) at dynamic.c:10").And.Contain($"{Path.GetFileName(build)}`main(argc=1, "));
            Assert.That(said["image list", 2],
                Does.Contain("/libgreet.so.1").And.Contain("/libc.so.7").And.Contain("/libplugin.so").And.Contain("/ld-elf.so.1"));
            Assert.That(said["continue", 2], Does.Contain("libplugin.so`work(n=4)"));
            Assert.That(said["breakpoint list"], Does.Contain("hit count = 2"));
            Assert.That(said["continue", 3], Does.Contain("exited with status = 3"));
        });
    }

    [TestCaseSource(nameof(s_builds))]
    public void Step_enters_a_function_of_a_library_and_finish_leaves_it(string build)
    {
        var said = DebugDynamic(
            build, "breakpoint set -n main", "continue", "thread step-in", "bt", "thread step-out", "target variable greetings",
            "breakpoint set -n twice", "continue", "bt", "breakpoint delete -f", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["thread step-in"], Does.Contain("libgreet.so.1`greet(name=\"world\") at greet.c:11"));
            Assert.That(said["bt"], Does.Contain($"{Path.GetFileName(build)}`main(argc=1, "));
            Assert.That(said["thread step-out"], Does.Contain("Return value: (int) $0 = 5"));
            Assert.That(said["target variable greetings"], Does.Contain("greetings = 1"));
            Assert.That(said["continue", 2], Does.Contain("libgreet.so.1`twice(what="));
            Assert.That(said["bt", 2], Does.Contain("libplugin.so`work(n=3)").And.Contain($"{Path.GetFileName(build)}`use_plugin(n=3)"));
            Assert.That(said["continue", 3], Does.Contain("exited with status = 3"));
        });
    }
}
