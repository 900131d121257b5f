using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>Guests and clients that take what they can get: the server lives on, and does not grow.</summary>
public sealed class LimitTests
{
    private const long Megabyte = 1 << 20;

    private static readonly string s_guests = Repository.File("test/guests/bin");

    [Test]
    [Platform("Linux")]
    public void A_client_that_does_not_read_costs_no_memory()
    {
        using var server = ServerProcess.With("--multi", "--root", s_guests);
        using var silent = new RspClient(server.Port);
        Run(silent, "limits.O2", "output");
        silent.Send(RspClient.Frame("vCont;c"));
        // The guest prints for ever, and nobody reads it. Another client has its own program, from start to end, meanwhile.
        for (var times = 0; times < 3; times++)
        {
            using var other = new RspClient(server.Port);
            Run(other, "exit.O2", "5");
            Assert.That(other.Request("vCont;c"), Does.StartWith("W05"));
        }
        Assert.That(ResidentMegabytes(server.Process.Pid), Is.LessThan(500));
    }

    [Test]
    public void A_fork_bomb_is_refused_and_the_next_client_served()
    {
        using var server = ServerProcess.With("--multi", "--root", s_guests, "--max-processes", "60");
        using (var client = new RspClient(server.Port))
        {
            Run(client, "limits.O2", "processes");
            Assert.That(client.Request("vCont;c"), Does.StartWith("W00"));
        }
        using var next = new RspClient(server.Port);
        Run(next, "exit.O2", "5");
        Assert.That(next.Request("vCont;c"), Does.StartWith("W05"));
    }

    [Test]
    public void A_program_that_executes_too_much_gets_SIGXCPU_and_its_client_a_word()
    {
        using var server = ServerProcess.With("--max-instructions", "3M", "--", Repository.Guest("spin.O0"));
        using (var client = new RspClient(server.Port))
        {
            client.Handshake();
            client.Send(RspClient.Frame("vCont;c"));
            var said = client.OutputUntilReply(out var stop);
            // Signal 24 has gdb's number 24.
            Assert.That(stop, Does.StartWith("T18"));
            Assert.That(said, Does.Match(@"pid \d+ \(spin.O0\), jid 0, uid 1001, has used \d+ instructions of processor time, its limit: SIGXCPU\n"));
            client.Send(RspClient.Frame("vCont;c"));
            said = client.OutputUntilReply(out stop);
            Assert.That(stop, Does.StartWith("X09"));
            Assert.That(said, Does.Contain("was killed: exceeded maximum CPU limit\n"));
        }
        server.Process.WaitForError("was killed: exceeded maximum CPU limit");
    }

    [Test]
    public void Run_ends_with_SIGXCPU_as_a_shell_tells_it()
    {
        using var run = ServerProcess.Start("run", "--max-instructions", "3M", "--", Repository.Guest("spin.O0"));
        Assert.That(run.WaitForEnd(), Is.EqualTo(128 + 24), run.Log);
        Assert.That(run.Error, Does.Contain("its limit: SIGXCPU"));
    }

    [Test]
    public void A_session_in_which_nothing_is_said_ends_and_its_program_waits_for_the_next()
    {
        using var server = ServerProcess.With("--max-idle", "1s", "--", Repository.Guest("spin.O0"));
        using (var client = new RspClient(server.Port))
        {
            client.Handshake("multiprocess+;error-message+");
            Assert.That(client.Request("?"), Does.StartWith("T05"));
            // Said before the end, for the packet that may come.
            Assert.That(client.Reply(), Is.EqualTo("E.nothing was said for 1 seconds (--max-idle): this session ends"));
            Assert.That(client.ReadByte(), Is.Negative);
        }
        using var next = new RspClient(server.Port);
        next.Handshake();
        Assert.That(next.Request("?"), Does.StartWith("T05"));
    }

    [Test]
    public void Output_and_file_transfers_have_their_limits()
    {
        using var server = ServerProcess.With("--max-output", "100", "--max-transfer", "1000", "--", Repository.Guest("chatter.O2"));
        using var client = new RspClient(server.Port);
        client.Handshake();
        Assert.That(client.Request($"vFile:open:{Hex(Repository.Guest("chatter.O2"))},0,0"), Is.EqualTo("F0"));
        Assert.That(client.Request("vFile:pread:0,3e8,0"), Does.StartWith("F3e8;"));
        Assert.That(client.Request("vFile:pread:0,1,0"), Is.EqualTo("F-1,1b"));
        server.Process.WaitForError("the session has moved 1000 bytes, the limit (--max-transfer)");
        client.Send(RspClient.Frame("vCont;c"));
        server.Process.WaitForError("output beyond 100 bytes is not shown (--max-output)");
        client.Send("\u0003");
        Assert.That(client.OutputUntilReply(out var stop), Has.Length.EqualTo(100 + "\n[output beyond 100 bytes is not shown (--max-output)]\n".Length));
        Assert.That(stop, Does.StartWith("T02"));
    }

    [TestCase("output")]
    [TestCase("processes")]
    public void Terminate_ends_a_server_whose_guest_never_stops(string what)
    {
        using var server = ServerProcess.Of("limits.O2", what);
        using var client = new RspClient(server.Port);
        client.Handshake();
        client.Send(RspClient.Frame("vCont;c"));
        server.Process.Signal("TERM");
        Assert.That(server.Process.WaitForEnd(), Is.Zero, server.Log);
    }

    private static void Run(RspClient client, string guest, string argument)
    {
        client.Handshake();
        Assert.That(Repository.Guest(guest), Does.Exist);
        Assert.That(client.Request($"vRun;{Hex("/" + guest)};{Hex(argument)}"), Does.StartWith("T05"));
    }

    private static string Hex(string text) => Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(text));

    private static long ResidentMegabytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024 / Megabyte;
    }
}
