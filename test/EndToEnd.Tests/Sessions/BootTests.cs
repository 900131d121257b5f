using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>A machine that begins with a table of processes, as gdb sees it.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class BootTests(Gdb gdb) : GdbFixture(gdb)
{
    private static readonly string[] Kernels = ["freebsd-5", "dragonfly", "freebsd-11", "freebsd-13", "freebsd-14"];

    [Test]
    public void The_tree_is_listed()
    {
        using var server = ServerProcess.With("--boot", "demo");
        var said = Gdb.Run(branded: true, $"target extended-remote {server.Target}", "info os processes");
        Assert.Multiple(() =>
        {
            Assert.That(said["info os processes"], Does.Match(@"\n100 +1 +0 .*/demo/station control"));
            Assert.That(said["info os processes"], Does.Match(@"\n110 +100 +1001 .*/demo/station relay"));
            Assert.That(said["info os processes"], Does.Match(@"\n111 +110 +1001 .*/demo/station probe"));
            Assert.That(said["info os processes"], Does.Match(@"\n140 +1 +1001 +T .*/demo/station asleep"));
        });
    }

    [TestCaseSource(nameof(Kernels))]
    public void A_process_is_attached_to_and_goes_on_when_it_is_left(string kernel)
    {
        using var server = ServerProcess.With("--boot", "demo", "--user", "1001", "--kernel", kernel);
        var said = Gdb.Run(
            branded: true, $"target extended-remote {server.Target}", "attach 111", "break report", "continue", "print station->name",
            "print station->lost", "detach", "attach 110", "info symbol $pc", "detach");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Breakpoint 1, report (station=0x"));
            Assert.That(said["print station->name"], Does.Contain("\"probe\""));
            Assert.That(said["print station->lost"], Does.Contain(" = 0\n"));
            Assert.That(said["detach"], Does.Contain("detached]"));
            Assert.That(said["detach", 2], Does.Contain("detached]"));
        });
    }

    [TestCaseSource(nameof(Kernels))]
    public void A_process_that_may_not_be_debugged_is_refused_with_the_reason(string kernel)
    {
        using var server = ServerProcess.With("--boot", "demo", "--user", "1001", "--kernel", kernel);
        var said = Gdb.Run(
            branded: true, $"target extended-remote {server.Target}", "attach 120", "monitor error", "attach 130", "monitor error", "attach 1",
            "monitor error", "attach 4711", "monitor error");
        string[] reasons =
        [
            "cannot attach to process 120: it is user 1002's, this debugger is user 1001's",
            "cannot attach to process 130: it has changed its user or groups since it was executed (P_SUGID): only root may debug it",
            // dragonfly sees first that it is a system process.
            kernel == "dragonfly" ? "cannot attach to process 1: it is a system process" : "cannot attach to process 1: it is user 0's",
            "cannot attach to process 4711: there is no such process",
        ];
        Assert.Multiple(() =>
        {
            for (var index = 0; index < reasons.Length; index++) Assert.That(said["monitor error", index + 1], Does.StartWith(reasons[index]));
            foreach (var pid in (int[])[120, 130, 1, 4711]) Assert.That(said[$"attach {pid}"], Does.Contain($"Attaching to process {pid} failed"));
        });
    }

    [Test]
    public void A_table_of_ones_own_says_what_the_administrator_has_set()
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"boot-{Gdb.Name}.json");
        File.WriteAllText(file, $$"""
            {
              "sysctl": { "security.bsd.unprivileged_proc_debug": 0 },
              "processes": [ { "pid": 77, "program": "{{Repository.Guest("station.O0")}}", "arguments": ["own"], "user": 1001 } ]
            }
            """);
        try
        {
            using var server = ServerProcess.With("--boot", file, "--user", "1001");
            var said = Gdb.Run(branded: true, $"target extended-remote {server.Target}", "attach 77", "monitor error");
            Assert.That(said["monitor error"], Does.Contain("security.bsd.unprivileged_proc_debug is 0: only root may debug"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void Each_connection_has_a_tree_of_its_own_where_machines_are_not_shared()
    {
        using var server = ServerProcess.With("--boot", "demo", "--machine", "per-connection");
        for (var times = 0; times < 2; times++)
        {
            var said = Gdb.Run(branded: true, $"target extended-remote {server.Target}", "attach 111", "kill", "info os processes");
            Assert.That(said["kill"], Does.Contain("killed]"));
            Assert.That(said["info os processes"], Does.Contain("station relay").And.Not.Contain("station probe"));
        }
    }

    [Test]
    public void A_program_of_the_command_line_comes_after_the_tree()
    {
        using var server = ServerProcess.With("--boot", "demo", "--", Repository.Guest("session.O0"));
        var said = Gdb.Run(branded: true, $"target remote {server.Target}", "break f", "continue", "info os processes", "kill");
        Assert.That(said["continue"], Does.Contain("Breakpoint 1, f (n=5)"));
        Assert.That(said["info os processes"], Does.Contain("station probe").And.Contain("session.O0"));
    }
}
