using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>
/// A program like a shell in every follow mode. With detach-on-fork off, both gdbs and any server need schedule-multiple as well: without
/// it gdb resumes one process of two and then complains of itself (seen with gdbserver 13 and 16, too).
/// </summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class ForkTests(Gdb gdb) : GdbFixture(gdb)
{
    private static readonly string[] FollowChildAndKeepParent = [
        "set follow-fork-mode child", "set detach-on-fork off", "set schedule-multiple on"];

    /// <summary>The breakpoints are in the children that gdb lets go, and in the memory that the vfork child shares.</summary>
    [TestCase("shell.O0")]
    [TestCase("shell.O2")]
    [TestCase("arm64/shell.O2")]
    public void A_breakpoint_in_a_child_that_is_not_followed_does_no_harm(string shell)
    {
        var said = Debug(shell, "break in_child", "break in_vfork_child", "hbreak tool", "delete 3", "continue", "info inferiors");
        Assert.That(said["continue"],
            Does.Contain("[Detaching after fork").And.Contain("[Detaching after vfork").And.Contain("exited with code 07"));
        foreach (var line in Repository.Expected("shell").Split('\n')) Assert.That(said["continue"], Does.Contain(line));
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void The_parent_is_followed_to_its_last_program(string guest)
    {
        var said = Debug(guest, "break in_child", "break in_parent", "break tool", "continue", "continue", "continue", "continue",
            "bt", "info inferiors");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("in_parent (number=10)"));
            Assert.That(said["continue", 3], Does.Contain("tool: vfork").And.Contain("in_parent (number=30)"));
            Assert.That(said["continue", 4],
                Does.Contain("parent: works 60, vforks 3").And.Contain("is executing new program").And.Contain("\"at last\""));
            Assert.That(said["bt"], Does.Match(@"#0  tool .*\n#1 .* main \(argc=2,"));
            Assert.That(said["info inferiors"], Does.Contain("* 1    process 3 "));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void The_child_of_a_fork_is_followed(string guest)
    {
        var said = Debug(guest, "set follow-fork-mode child", "break in_child", "continue", "print works", "continue", "print works",
            "continue", "print $_exitcode");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("[Detaching after fork from parent process 3]").And.Contain("in_child (number=1)"));
            Assert.That(said["print works", 2], Does.Contain("= 1\n"));
            Assert.That(said["print $_exitcode"], Does.Contain("= 3\n"));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void The_child_of_a_vfork_is_followed_into_its_program(string guest)
    {
        var said = Debug(
            guest, "tbreak in_parent if number == 20", "break in_vfork_child", "break tool", "continue", "set follow-fork-mode child",
            "continue", "info inferiors",
            "continue", "print vforks", "continue", "bt", "info threads", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue", 2], Does.Contain("vfork to child").And.Contain("in_vfork_child (number=1)"));
            Assert.That(said["info inferiors"], Does.Contain("is vfork parent of inferior 2").And.Contain("is vfork child of inferior 1"));
            Assert.That(said["print vforks"], Does.Contain("= 1\n"));
            Assert.That(said["continue", 4],
                Does.Contain("[Detaching vfork parent process 3 after child exec]").And.Contain("tool (word=").And.Contain("\"vfork\""));
            Assert.That(said["info threads"], Does.Contain("Thread 6."));
            Assert.That(said["continue", 5], Does.Contain("tool: vfork").And.Contain("exited with code 05"));
        });
    }

    [TestCase("shell.O0", "parent")]
    [TestCase("shell.O0", "child")]
    [TestCase("arm64/shell.O0", "child")]
    public void Both_sides_of_a_fork_are_kept(string guest, string followed)
    {
        var said = Debug(
            guest, $"set follow-fork-mode {followed}", "set detach-on-fork off", "set schedule-multiple on", "break in_parent",
            "break in_child", "continue", "info threads",
            "thread apply all print works", "continue", "info inferiors", "inferior 2", "print works = 40", "continue", "continue",
            "inferior 1", "print works", "delete", "set detach-on-fork on",
            "set follow-fork-mode parent", "continue", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("in_parent (number=10)"));
            Assert.That(said["info threads"], Does.Contain("1.1  Thread 3.").And.Contain("2.1  Thread 4."));
            Assert.That(said["thread apply all print works"], Does.Contain("$1 = 0").And.Contain("$2 = 0"));
            Assert.That(said["continue", 2], Does.Contain("in_child (number=1)"));
            Assert.That(said["continue", 4], Does.Contain("[Inferior 2 (process 4) exited with code 053]"));
            Assert.That(said["print works"], Does.Contain("= 10\n"));
            Assert.That(said.Text,
                Does.Contain("work: exited with 43").And.Contain("tool: vfork").And.Contain("parent: works 60, vforks 3"));
        });
    }

    /// <summary>
    /// The parent of a vfork that gdb resumes too cannot move: in the kernel it would neither run nor stop until the child is done.
    /// </summary>
    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void Both_sides_of_a_vfork_are_kept(string guest)
    {
        var said = Debug(
            guest, ["tbreak in_parent if number == 20", "break in_vfork_child", "break tool", "continue", .. FollowChildAndKeepParent,
            "continue", "continue", "continue", "continue",
            "inferior 1", "continue", "continue"]);
        Assert.Multiple(() =>
        {
            Assert.That(said["continue", 2], Does.Contain("in_vfork_child (number=1)"));
            Assert.That(said["continue", 4], Does.Contain("process 6 is executing new program").And.Contain("\"vfork\""));
            Assert.That(said.Text, Does.Contain("[Inferior 2 (process 6) exited with code 05]").And.Contain("parent: works 60, vforks 3"));
            Assert.That(said.Text, Does.Contain("\"at last\"").And.Contain("[Inferior 1 (process 3) exited with code 07]"));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void A_resumed_vfork_parent_is_interrupted_while_its_child_stands_still(string guest)
    {
        using var server = ServerProcess.Of(guest);
        using var client = new RspClient(server.Port);
        client.Handshake("multiprocess+;fork-events+;vfork-events+;exec-events+");
        string stop;
        while (!(stop = client.Request("vCont;c:p3.-1")).Contains("vfork:", StringComparison.Ordinal))
            if (stop.Contains("fork:p", StringComparison.Ordinal))
                Assert.That(client.Request($"D;{stop.Split("fork:p")[1].Split('.')[0]}"), Is.EqualTo("OK"));
        client.Send(RspClient.Frame("vCont;c:p3.-1"));
        client.Send("\x03");
        Assert.That(client.Reply(), Does.StartWith("T02").And.Contain("thread:p3."));
        Assert.That(client.Request("vCont;c"), Does.Contain("exec:").And.Contain("thread:p6."));
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void One_of_two_processes_is_detached_and_one_killed(string guest)
    {
        var said = Debug(
            guest, ["break in_child", .. FollowChildAndKeepParent, "continue", "inferior 2", "detach", "inferior 1", "delete",
            "set detach-on-fork on", "tbreak in_parent if number == 20",
            "set follow-fork-mode parent", "continue", "info inferiors", "kill inferiors 1", "info inferiors"]);
        Assert.Multiple(() =>
        {
            Assert.That(said["detach"], Does.Contain("[Inferior 2 (process 4) detached]"));
            Assert.That(said["continue", 2], Does.Contain("work: exited with 3").And.Contain("in_parent (number=20)"));
            Assert.That(said["info inferiors"], Does.Contain("process 3 "));
            Assert.That(said["info inferiors", 2], Does.Not.Contain("process 3"));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void A_new_inferior_is_made_of_the_program_that_is_executed(string guest)
    {
        var said = Debug(guest, "set follow-exec-mode new", "break tool", "continue", "info inferiors", "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("[New inferior 2").And.Contain("\"at last\""));
            Assert.That(said["info inferiors"], Does.Contain("* 2    process 3 ").And.Contain("  1    <null>"));
            Assert.That(said["continue", 2], Does.Contain("[Inferior 2 (process 3) exited with code 07]"));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void Forks_vforks_and_programs_are_caught(string guest)
    {
        var said = Debug(guest, "catch fork", "catch vfork", "catch exec", "continue", "bt 2", "continue", "continue",
            "info breakpoints", "continue", "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Match(@"Catchpoint 1 \(forked process 4\), 0x\w+ in fork \(\)"));
            Assert.That(said["bt 2"], Does.Match(@"#1 .* main \("));
            Assert.That(said["continue", 3], Does.Match(@"Catchpoint 2 \(vforked process 6\), 0x\w+ in vfork \(\)"));
            Assert.That(said["info breakpoints"], Does.Contain("fork, process 5").And.Contain("vfork, process 6"));
            Assert.That(said["continue", 4], Does.Match(@"Catchpoint 3 \(exec'd .*shell.O0\), 0x\w+ in _start \(\)"));
            Assert.That(said["continue", 5], Does.Contain("tool: at last").And.Contain("exited with code 07"));
        });
    }
}
