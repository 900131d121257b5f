using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>A program like a shell, whose parent or children lldb follows.</summary>
[TestFixtureSource(typeof(Lldb), nameof(LldbSessions.Lldb.All))]
public sealed class ForkTests(Lldb lldb) : LldbFixture(lldb)
{
    private const string FollowChild = "settings set target.process.follow-fork-mode child";

    [TestCase("shell.O0")]
    [TestCase("shell.O2")]
    [TestCase("arm64/shell.O2")]
    public void The_parent_is_followed_and_breakpoints_do_its_children_no_harm(string shell)
    {
        var said = Debug(shell, "breakpoint set -n in_child", "breakpoint set -n in_vfork_child", "breakpoint set -n tool", "continue",
            "bt", "continue", "frame variable word", "continue");
        Assert.Multiple(() =>
        {
            foreach (var line in Repository.Expected("shell").Split('\n')) Assert.That(said.Text, Does.Contain(line));
            Assert.That(said["bt"], Does.Match(@"stop reason = exec\n.*frame #0: 0x\w+ shell.O\d`_start"));
            Assert.That(said["continue", 2], Does.Contain("stop reason = breakpoint 3.1"));
            Assert.That(said["frame variable word"], Does.Contain("\"at last\""));
            Assert.That(said.Text, Does.Contain("exited with status = 7"));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void The_child_of_a_fork_is_followed(string guest)
    {
        var said = Debug(guest, FollowChild, "breakpoint set -n in_child", "continue", "bt", "continue", "target variable works",
            "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["bt"], Does.Match(@"frame #0: .*in_child\(number=1\).*\n.*frame #1: .*main\("));
            Assert.That(said["continue", 2], Does.Contain("in_child(number=2)"));
            Assert.That(said["target variable works"], Does.Contain("works = 1"));
            Assert.That(said.Text, Does.Contain("exited with status = 3"));
        });
    }

    /// <summary>lldb itself takes breakpoints out of a vfork child: it stops where that has its own memory.</summary>
    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void The_child_of_a_vfork_is_followed_into_its_program_without_a_stop(string guest)
    {
        var said = Debug(
            guest, "breakpoint set -n in_parent -c 'number == 20'", "breakpoint set -n tool", "continue", "breakpoint disable 1",
            FollowChild,
            "settings set target.process.stop-on-exec false", "continue", "bt", "target variable vforks", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("in_parent(number=20)"));
            Assert.That(said["bt"], Does.Contain("tool(word=\"vfork\")"));
            Assert.That(said["target variable vforks"], Does.Contain("vforks = 0"), "the new program's own");
            Assert.That(said.Text, Does.Contain("tool: vfork").And.Contain("exited with status = 5"));
        });
    }
}
