using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>The client is heard at any moment: while stops are passed over, and between two packets.</summary>
[TestFixture("")]
[TestFixture("arm64/")]
public sealed class InterruptTests(string cpu) : RspFixture
{
    /// <summary>const 0; end.</summary>
    private const string Never = "X3,220027";

    private void Connect(string guest, string features = "multiprocess+;swbreak+;no-resumed+") => Connect(ServerProcess.Of(cpu + guest), features);

    private string BreakWhere(string guest, string symbol) =>
        $"0,{Symbols.Address(cpu + guest, symbol):x},{Symbols.BreakpointKind(cpu + guest)}";

    /// <summary>Lets the program spin and stops it: it is in its loop then.</summary>
    /// <returns>The program counter.</returns>
    private ulong Spin()
    {
        Connect("spin.O0");
        Client.Send(RspClient.Frame("vCont;c"));
        Client.WaitForOutput("spinning\n");
        Client.Send("\x03");
        Assert.That(Client.Reply(), Does.StartWith("T02"));
        return Pc();
    }

    private ulong Pc()
    {
        var value = Convert.FromHexString(Client.Expanded(cpu.Length > 0 ? "p20" : "p10"));
        return BitConverter.ToUInt64(value);
    }

    [Test]
    public void A_range_that_is_never_left_is_interrupted()
    {
        var pc = Spin();
        Client.Send(RspClient.Frame($"vCont;r{pc - 64:x},{pc + 64:x}"));
        Client.Send("\x03");
        Assert.That(Client.Reply(), Does.StartWith("T02"));
    }

    [Test]
    public void A_condition_that_is_never_true_is_interrupted([Values("spin.O0", "threadsignals.O0")] string guest)
    {
        if (guest == "spin.O0") HitInLoop();
        else HitByThreads();
        Client.Send("\x03");
        Assert.That(Client.Reply(), Does.StartWith("T02"));
    }

    [Test]
    public void A_client_that_leaves_in_a_condition_that_is_never_true_is_noticed([Values("spin.O0", "threadsignals.O0")] string guest)
    {
        if (guest == "spin.O0") HitInLoop();
        else HitByThreads();
        Client.Reset();
        using var next = new RspClient(Server.Port);
        next.Handshake();
        Assert.That(next.Request("?"), Does.StartWith("T"));
    }

    [Test]
    public void In_non_stop_mode_packets_are_answered_while_a_condition_is_never_true()
    {
        const string guest = "threadsignals.O0";
        Connect(guest);
        Assert.That(Client.Request("QNonStop:1"), Is.EqualTo("OK"));
        Assert.That(Client.Request("?"), Does.StartWith("T05"));
        Assert.That(Client.Request("vStopped"), Is.EqualTo("OK"));
        Assert.That(Client.Request($"Z{BreakWhere(guest, "turn")};{Never}"), Is.EqualTo("OK"));
        Assert.That(Client.Request("vCont;c"), Is.EqualTo("OK"));
        for (var time = 0; time < 20; time++) Assert.That(Client.Request("qfThreadInfo"), Does.StartWith("m"));
        Assert.That(Client.Request("vCtrlC"), Is.EqualTo("OK"));
        Assert.That(Client.Notification(), Does.StartWith("Stop:T02"));
    }

    /// <summary>As gdbserver's, whose SIGINT is pending then: gdb may be between two steps of one command.</summary>
    [TestCase("vCont;c")]
    [TestCase("vCont;s")]
    public void An_interrupt_between_stops_is_for_what_is_resumed_next(string packet)
    {
        var pc = Spin();
        Client.Send("\x03");
        Assert.That(Client.Request(packet), Does.StartWith("T02"));
        Assert.That(Pc(), Is.EqualTo(pc));
        Assert.That(Client.Request("vCont;s"), Does.StartWith("T05"), "it is reported once");
    }

    [TestCase("vCont;c")]
    [TestCase("vCont;s")]
    public void An_interrupt_right_behind_a_resume_is_heard(string packet)
    {
        Spin();
        Client.Send(RspClient.Frame(packet) + "\x03");
        Assert.That(Client.Reply(), Does.StartWith("T02"));
    }

    /// <summary>The checksum of a file that is one byte at the end of a hole takes for ever.</summary>
    [Test]
    public void What_a_client_has_begun_ends_with_an_interrupt_and_with_the_client()
    {
        Connect(ServerProcess.With("--multi", "--max-sessions", "1"), "multiprocess+");
        const string path = "2f746d702f78";
        Assert.That(Client.Request($"vFile:open:{path},602,1ff"), Is.EqualTo("F0"));
        Assert.That(Client.Request("vFile:pwrite:0,3fffffffffffffff,x"), Is.EqualTo("F1"));
        Client.Send(RspClient.Frame($"vFile:MD5:{path}") + "\x03");
        Assert.That(Client.Reply(), Is.EqualTo("F,x"));
        Client.Send(RspClient.Frame($"vFile:MD5:{path}"));
        Client.Reset();
        Assert.That(IsServed, Is.True.After(delayInMilliseconds: 30_000, pollingInterval: 100));
    }

    private bool IsServed()
    {
        using var next = new RspClient(Server.Port);
        return next.Request("qSupported:multiprocess+").Contains("PacketSize", StringComparison.Ordinal);
    }

    /// <summary>Leaves the program in a loop of hits that do not count.</summary>
    private void HitInLoop()
    {
        var pc = Spin();
        Assert.That(Client.Request($"Z0,{pc:x},{Symbols.BreakpointKind(cpu + "spin.O0")};{Never}"), Is.EqualTo("OK"));
        Client.Send(RspClient.Frame("vCont;c"));
    }

    /// <summary>The same with three threads in it, of which only one is let past the breakpoint at a time.</summary>
    private void HitByThreads()
    {
        const string guest = "threadsignals.O0";
        Connect(guest);
        Assert.That(Client.Request($"Z{BreakWhere(guest, "begin")}"), Is.EqualTo("OK"));
        for (var worker = 0; worker < 3; worker++) Assert.That(Client.Request("vCont;c"), Does.StartWith("T05swbreak"));
        Assert.That(Client.Request($"z{BreakWhere(guest, "begin")}"), Is.EqualTo("OK"));
        Assert.That(Client.Request($"Z{BreakWhere(guest, "turn")};{Never}"), Is.EqualTo("OK"));
        Client.Send(RspClient.Frame("vCont;c"));
    }
}
