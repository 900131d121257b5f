using System.Buffers.Binary;
using System.Text.RegularExpressions;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>
/// Non-stop mode on the wire: notifications, their acknowledgement, and single threads that stop, step and go while others run.
/// </summary>
[TestFixture("")]
[TestFixture("arm64/")]
public sealed class NonStopTests(string cpu) : RspFixture
{
    private const string Main = "p3.186a1", First = "p3.186a2", Second = "p3.186a3", Third = "p3.186a4";

    private string Guest => cpu + "threadsignals.O0";

    private int ProgramCounter => Repository.IsArm64(Guest) ? 32 : 16;

    private void Connect(string guest = "threadsignals.O0")
    {
        Connect(ServerProcess.Of(cpu + guest), "multiprocess+;swbreak+;no-resumed+");
        Assert.That(Client.Request("QNonStop:1"), Is.EqualTo("OK"));
    }

    /// <summary>Takes stops until <paramref name="count"/> have come.</summary>
    private Dictionary<string, string> TakeStops(int count)
    {
        var stops = new Dictionary<string, string>();
        while (stops.Count < count)
        {
            var stop = Client.Notification();
            Assert.That(stop, Does.StartWith("Stop:"));
            for (stop = stop["Stop:".Length..]; stop != "OK"; stop = Client.Request("vStopped"))
                stops.Add(Regex.Match(stop, "thread:([^;]+);").Groups[1].Value, stop);
        }
        return stops;
    }

    /// <summary>Leaves the three workers at their breakpoint while the main thread waits for them.</summary>
    private void StopWorkers()
    {
        Connect();
        var begin = Symbols.Address(Guest, "begin");
        Assert.That(Client.Request("?"), Does.StartWith("T05").And.Contain($"thread:{Main};"));
        Assert.That(Client.Request("vStopped"), Is.EqualTo("OK"));
        Assert.That(Client.Request($"Z0,{begin:x},{Symbols.BreakpointKind(Guest)}"), Is.EqualTo("OK"));
        Assert.That(Client.Request("vCont;c:p3.-1"), Is.EqualTo("OK"));
        var stops = TakeStops(3);
        Assert.That(stops.Keys, Is.EquivalentTo([First, Second, Third]));
        Assert.That(stops.Values, Is.All.StartsWith("T05swbreak:;"));
        Assert.That(Client.Request($"z0,{begin:x},{Symbols.BreakpointKind(Guest)}"), Is.EqualTo("OK"));
    }

    [Test]
    public void Each_thread_stops_for_itself_and_is_told_of_once()
    {
        StopWorkers();
        Assert.That(Client.Request($"T{Main}"), Is.EqualTo("OK"));
        var threads = Client.Request("qXfer:threads:read::0,1000");
        Assert.That(threads, Does.Contain("name=\"first\"").And.Contain("name=\"third\"").And.Contain($"id=\"{Main}\""));
    }

    [Test]
    public void A_thread_steps_while_the_others_stand()
    {
        StopWorkers();
        var first = Registers(First);
        for (var step = 0; step < 20; step++)
        {
            Assert.That(Client.Request($"vCont;s:{Second}"), Is.EqualTo("OK"));
            Assert.That(TakeStops(1).Keys, Is.EqualTo([Second]));
        }
        Assert.That(Registers(First), Is.EqualTo(first));
        Assert.That(Registers(Second), Is.Not.EqualTo(first));
    }

    [Test]
    public void Registers_of_a_thread_that_stands_are_written_while_another_runs()
    {
        StopWorkers();
        Assert.That(Client.Request($"vCont;c:{First}"), Is.EqualTo("OK"));
        Assert.That(Client.Request($"Hg{Second}"), Is.EqualTo("OK"));
        Assert.That(Client.Request("P3=efbeadde00000000"), Is.EqualTo("OK"));
        Assert.That(Client.Expanded("p3"), Is.EqualTo("efbeadde00000000"));
        Assert.That(Client.Request($"vCont;s:{Second}"), Is.EqualTo("OK"));
        TakeStops(1);
        Assert.That(Client.Expanded("p3"), Is.EqualTo("efbeadde00000000"));
    }

    [Test]
    public void Memory_is_read_and_written_while_the_program_runs()
    {
        StopWorkers();
        var workers = Symbols.Address(Guest, "workers");
        // One that has no end: its count stands far from where it would be enough, whenever it is looked at.
        Assert.That(Client.Request($"vCont;c:{First};c:{Second}"), Is.EqualTo("OK"));
        Assert.That(Client.Request($"Hg{Third}"), Is.EqualTo("OK"));
        var code = Word($"m{Register(ProgramCounter):x},8");
        Assert.That(code, Is.Not.Zero);
        Assert.That(Client.Request($"M{workers:x},1:00"), Is.EqualTo("OK"));
        Assert.That(Client.Request($"m{workers:x},1"), Is.EqualTo("00"));
    }

    [Test]
    public void What_runs_is_stopped_one_by_one()
    {
        StopWorkers();
        Assert.That(Client.Request($"vCont;t:{Main}"), Is.EqualTo("OK"));
        var stop = TakeStops(1).Single();
        Assert.That(stop.Key, Is.EqualTo(Main));
        Assert.That(stop.Value, Does.StartWith("T00"));
        // All stand: nothing more is to be told.
        Assert.That(Client.Request("vCont;t"), Is.EqualTo("OK"));
        var told = new List<string>();
        for (var reply = Client.Request("?"); reply != "OK"; reply = Client.Request("vStopped")) told.Add(reply);
        Assert.That(told, Has.Count.EqualTo(4));
    }

    [Test]
    public void A_signal_is_given_to_one_thread_and_the_program_ends()
    {
        StopWorkers();
        Assert.That(Client.Request($"vCont;C1e:{First};c"), Is.EqualTo("OK"));
        Assert.That(Client.Notification(), Is.EqualTo("Stop:W00;process:3"));
        Assert.That(Client.Request("vStopped"), Is.EqualTo("OK"));
        Assert.That(Server.Process.WaitForError("third: signal 0"), Does.Contain("first: signal 30"));
    }

    [TestCase("spin.O0")]
    [TestCase("sleeper.O0")]
    public void An_interrupt_stops_one_thread(string guest)
    {
        Connect(guest);
        Assert.That(Client.Request("vCont;c"), Is.EqualTo("OK"));
        Server.Process.WaitForError("the program prints:");
        Assert.That(Client.Request("vCtrlC"), Is.EqualTo("OK"));
        Assert.That(TakeStops(1).Values.Single(), Does.StartWith("T02"));
        Assert.That(Client.Request("vCont;c"), Is.EqualTo("OK"));
        Client.Send("\x03");
        Assert.That(TakeStops(1).Values.Single(), Does.StartWith("T02"));
    }

    [Test]
    public void A_running_process_is_left_and_killed()
    {
        Connect("spin.O0");
        Assert.That(Client.Request("vCont;c"), Is.EqualTo("OK"));
        Server.Process.WaitForError("the program prints:");
        Assert.That(Client.Request("D;3"), Is.EqualTo("OK"));
        Assert.That(Client.Request("vAttach;3"), Is.EqualTo("OK"));
        Assert.That(Client.Request("vCont;t:p3.-1"), Is.EqualTo("OK"));
        Assert.That(TakeStops(1).Values.Single(), Does.StartWith("T00"));
        Assert.That(Client.Request("vCont;c"), Is.EqualTo("OK"));
        Assert.That(Client.Request("vKill;3"), Is.EqualTo("OK"));
    }

    [TestCase("vKill;3")]
    [TestCase("D;3")]
    public void A_process_that_stands_is_killed_or_left(string packet)
    {
        StopWorkers();
        Assert.That(Client.Request($"vCont;t:{Main}"), Is.EqualTo("OK"));
        TakeStops(1);
        Assert.That(Client.Request(packet), Is.EqualTo("OK"));
        Assert.That(Client.Request("?"), Is.EqualTo("OK"), "nothing stands");
    }

    [Test]
    public void All_stop_mode_comes_back()
    {
        StopWorkers();
        Assert.That(Client.Request("QNonStop:0"), Is.EqualTo("OK"));
        Assert.That(Client.Request($"vCont;s:{Second}"), Does.StartWith("T05").And.Contain($"thread:{Second};"));
        Assert.That(Client.Request("vCont;c"), Does.StartWith("W00"));
    }

    [Test]
    public void The_nextClient_finds_all_stopped()
    {
        StopWorkers();
        Client.Reset();
        using var next = new RspClient(Server.Port);
        next.Handshake();
        Assert.That(next.Request("?"), Does.StartWith("T"));
        Assert.That(next.Request("vCont;c"), Does.StartWith("W00"));
    }

    private string Registers(string thread)
    {
        Assert.That(Client.Request($"Hg{thread}"), Is.EqualTo("OK"));
        return Client.Request("g");
    }

    private ulong Register(int number) => Word($"p{number:x}");

    private ulong Word(string packet) => BinaryPrimitives.ReadUInt64LittleEndian(Convert.FromHexString(Client.Expanded(packet)));
}
