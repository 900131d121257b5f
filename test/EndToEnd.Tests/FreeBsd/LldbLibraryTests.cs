using EndToEnd.Tests.Harness;
using EndToEnd.Tests.LldbSessions;
using NUnit.Framework;

namespace EndToEnd.Tests.FreeBsd;

/// <summary>
/// lldb debugs programs that run with FreeBSD's own libraries. lldb finds no thread-local variables there: libthr lacks the symbols that
/// lldb reads (_thread_db_*), on FreeBSD itself as well.
/// </summary>
[TestFixtureSource(typeof(Lldb), nameof(Lldb.All))]
public sealed class LldbLibraryTests(Lldb lldb) : LldbFixture(lldb)
{
    private Transcript Debug(LibraryProgram program, params string[] commands)
    {
        using var server = Serve(program.Options);
        return Run(server, commands);
    }

    [Test]
    public void Threads_libraries_and_errno()
    {
        using var program = LibraryProgram.Threads();
        var said = Debug(
            program, "breakpoint set -n plugin_answer", "breakpoint set -n work", "continue", "thread step-out", "breakpoint set -n use_plugin", "continue",
            "expression *(int *)__error()", "continue", "bt", "thread step-out", "image list", "breakpoint delete -f", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["breakpoint set -n plugin_answer"], Does.Contain("Breakpoint 1: no locations (pending)."));
            Assert.That(said["continue"], Does.Contain("threads`work(name="));
            Assert.That(said["thread step-out"], Does.Contain("name = 'worker'").And.Contain("libthr.so.3`"));
            Assert.That(said["expression *(int *)__error()"], Does.Contain("(int) $1 = 9").Or.Contain("(int) $0 = 9"));
            Assert.That(said["continue", 3], Does.Contain("plugin.so`plugin_answer(value=6) at plugin.c:3"));
            Assert.That(said["bt"], Does.Contain("threads`use_plugin(path=").And.Contain("threads`main(argc=1, "));
            Assert.That(said["thread step-out", 2], Does.Match(@"Return value: \(int\) \$\d = 42"));
            Assert.That(said["image list"], Does.Contain("/libthr.so.3").And.Contain("/libc.so.7").And.Contain("/plugin.so"));
            Assert.That(said["continue", 4], Does.Contain("exited with status = 0"));
        });
    }

    [Test]
    public void Exceptions_are_caught()
    {
        using var program = LibraryProgram.Exceptions();
        var said = Debug(program, "breakpoint set -E c++", "continue", "bt", "breakpoint delete -f", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("libcxxrt.so.1`__cxa_throw"));
            Assert.That(said["bt"], Does.Contain("exceptions`Square::area(this=").And.Contain("exceptions`main at "));
            Assert.That(said["continue", 2], Does.Contain("exited with status = 0"));
        });
    }
}
