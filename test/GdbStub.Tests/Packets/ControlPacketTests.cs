using NUnit.Framework;
using TraceKernel.Abi;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Packets;

/// <summary>Resuming, stop replies, and the life of processes, as gdb 13 and 16 drive them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ControlPacketTests
{
    private readonly PacketClient _client = new();

    [Test]
    public void AStopReplyCarriesFrameStackAndPc()
    {
        _client.Send(PacketClient.Gdb13);
        var reply = _client.Launch(Nop, Loop);
        Assert.That(reply, Is.EqualTo($"T0506:0000000000000000;07:0000000000000000;10:0010000000000000;thread:{_client.Thread};core:0;"));
        Assert.That(_client.Send("?"), Is.EqualTo(reply));
    }

    [TestCase(PacketClient.Gdb13, "T05swbreak:;06:")]
    [TestCase("qSupported:xmlRegisters=i386", "T0506:", Description = "not to those who did not ask")]
    public void ABreakpointIsNamedToClientsThatAsked(string hello, string expected)
    {
        _client.Send(hello);
        _client.Launch(Nop, Nop, Loop);
        _client.Send("Z0,1001,1");
        var reply = _client.Send("vCont;c");
        Assert.That(reply, Does.StartWith(expected).And.Contain("10:0110000000000000;"));
    }

    [Test]
    public void GdbStepsOffABreakpoint()
    {
        // RSP: stop, z0, vCont;s:pP.T, Z0, vCont;c:pP.-1.
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Nop, Nop, Loop);
        var pid = $"p{_client.Process.Pid:x}";
        _client.Send("Z0,1000,1");
        Assert.That(_client.Send($"vCont;c:{pid}.-1"), Does.StartWith("T05swbreak:;"));
        _client.Send("z0,1000,1");
        Assert.That(_client.Send($"vCont;s:{_client.Thread}"), Does.StartWith("T0506:").And.Contain("10:0110000000000000;"));
        _client.Send("Z0,1000,1");
        Assert.That(_client.SendAndInterrupt($"vCont;c:{pid}.-1"), Does.StartWith("T02").And.Contain("10:0210000000000000;"));
    }

    [Test]
    public void RangeStepIsOneRoundTrip()
    {
        _client.Send(PacketClient.Gdb16);
        Assert.That(_client.Send("vCont?"), Is.EqualTo("vCont;c;C;s;S;t;r"));
        _client.Launch(Nop, Nop, Nop, Nop);
        var reply = _client.Send($"vCont;r1000,1003:{_client.Thread};c:p{_client.Process.Pid:x}.-1");
        Assert.That(reply, Does.StartWith("T05").And.Contain("10:0310000000000000;"));
    }

    [TestCase("c", "W00")]
    [TestCase("C1e", "W00")]
    [TestCase("c1001", "W00")]
    [TestCase("C1e;1001", "W00")]
    [TestCase("vCont;c", "W00")]
    [TestCase("vCont;C1e", "W00")]
    [TestCase("vCont;c:-1", "W00")]
    [TestCase("vCont;t:1;c", "W00")]
    public void ContinuingToTheEnd(string packet, string expected)
    {
        _client.Launch(Nop, Nop, Exit);
        Assert.That(_client.Send(packet), Is.EqualTo(expected));
    }

    [TestCase("s", "10:0110000000000000;")]
    [TestCase("S1e", "10:0110000000000000;")]
    [TestCase("s1001", "10:0210000000000000;")]
    [TestCase("vCont;s", "10:0110000000000000;")]
    [TestCase("vCont;S1e:0", "10:0110000000000000;")]
    public void Stepping(string packet, string expected)
    {
        _client.Launch(Nop, Nop, Exit);
        Assert.That(_client.Send(packet), Does.StartWith("T05").And.Contain(expected));
    }

    [TestCase("cz")]
    [TestCase("C")]
    [TestCase("Czz")]
    [TestCase("C1e:1000")]
    [TestCase("C1d", Description = "GDB_SIGNAL_LOST")]
    [TestCase("s10000000000000000")]
    [TestCase("vCont;")]
    [TestCase("vCont;q")]
    [TestCase("vCont;c:")]
    [TestCase("vCont;c:p")]
    [TestCase("vCont;c:-2")]
    [TestCase("vCont;C")]
    [TestCase("vCont;C1d")]
    [TestCase("vCont;r1000")]
    [TestCase("vCont;r1000,1002z")]
    [TestCase("vCont;c;;s")]
    [TestCase("vKill;zz")]
    [TestCase("vAttach;")]
    [TestCase("vAttach;-1")]
    [TestCase("vRun;zz")]
    [TestCase("vRun;2")]
    [TestCase("D;zz")]
    [TestCase("qAttached:zz")]
    [TestCase("QPassSignals:zz")]
    [TestCase("QProgramSignals:0;;1")]
    [TestCase("QThreadEvents:2")]
    [TestCase("QCatchSyscalls:2")]
    [TestCase("QCatchSyscalls:0;4")]
    [TestCase("QCatchSyscalls:1;zz")]
    [TestCase("QCatchSyscalls:1;4,5")]
    [TestCase("QEnvironmentHexEncoded:414")]
    [TestCase("QEnvironmentHexEncoded:3d61", Description = "no name")]
    [TestCase("QEnvironmentUnset:zz")]
    [TestCase("QSetWorkingDir:zz")]
    [TestCase("QDisableRandomization:2")]
    [TestCase("QStartupWithShell:")]
    [TestCase("qRcmd,zz")]
    public void MalformedIsAnErrorAndNothingMoves(string packet)
    {
        _client.Launch(Nop);
        Assert.That(_client.Send(packet), Is.EqualTo("E16"));
        Assert.That(_client.Process.Main.Pc, Is.EqualTo(Base));
    }

    [Test]
    public void TheProgramAndItsArgumentsAreTold()
    {
        Assert.That(_client.Send("qExecAndArgs"), Is.EqualTo("U"));
        _client.Kernel.ExecutedProgram = [Nop, Nop];
        Assert.That(_client.Send(
            $"vRun;{PacketClient.Hex("/bin/program")};{PacketClient.Hex("one")};{PacketClient.Hex("two words")};{PacketClient.Hex("it's")}"), Does.StartWith("T05"));
        Assert.That(_client.Send("qExecAndArgs"),
            Is.EqualTo($"S;{PacketClient.Hex("/bin/program")};{PacketClient.Hex("one 'two words' 'it'\\''s'")};"));
        Assert.That(_client.Session.Tracer.Settings.Arguments, Is.EqualTo(["/bin/program", "one", "two words", "it's"]));
    }

    /// <summary>gdb's "set args a ''" ends the packet with a separator.</summary>
    [TestCase("vRun;2f70;61;", "/p|a|")]
    [TestCase("vRun;2f70;", "/p|")]
    [TestCase("vRun;2f70;;61", "/p||a")]
    [TestCase("vRun;2f70", "/p")]
    [TestCase("A4,0,2f70,0,1,", "/p|")]
    [TestCase("A4,0,2f70,0,1,,2,2,61", "/p||a")]
    public void AnArgumentMayBeEmpty(string packet, string arguments)
    {
        _client.Kernel.ExecutedProgram = [Nop, Nop];
        _client.Send(packet);
        Assert.That(string.Join('|', _client.Session.Tracer.Settings.Arguments), Is.EqualTo(arguments));
    }

    [Test]
    public void EachThreadGetsItsOwnSignal()
    {
        _client.Kernel.MoreThreads = [Base + 1];
        _client.Launch(Nop, Exit);
        var other = _client.Process.Threads[1].Lwp;
        _client.Send($"vCont;C1e:{_client.Thread};C1f:p{_client.Process.Pid:x}.{other:x}");
        Assert.That(_client.Kernel.ThreadSignals, Is.EqualTo([(other, Signals.SIGUSR2)]));
    }

    [TestCase("vCont;c:1")]
    [TestCase("vCont;t")]
    [TestCase("vKill;1")]
    [TestCase("D;1")]
    [TestCase("vAttach;1")]
    [TestCase("qAttached:1")]
    public void WhoDoesNotExistIsAnError(string packet)
    {
        _client.Launch(Nop);
        Assert.That(_client.Send(packet), Is.EqualTo("E03"));
    }

    [Test]
    public void SignalsAreInGdbsNumbers()
    {
        _client.Launch(Loop, Nop);
        _client.Process.Pending.Add(Signals.SIGINFO);
        Assert.That(_client.Send("c"), Does.StartWith("T8e"));
        Assert.That(_client.Send("C8e"), Is.EqualTo("X8e"));
    }

    [Test]
    public void SignalsAreFreeBsdsForLldb()
    {
        _client.Session.Client.ThreadSuffix = true;
        _client.Launch(Loop);
        _client.Process.Pending.Add(Signals.SIGINFO);
        Assert.That(_client.Send("c"), Does.StartWith("T1d"));
        Assert.That(_client.SendAndInterrupt("c"), Does.StartWith("T11"));
    }

    [Test]
    public void PassedSignalsAreInGdbsNumbersToo()
    {
        // gdb 13's list holds numbers that FreeBSD does not know.
        _client.Launch(Raise, Nop, Exit);
        Assert.That(_client.Send("QPassSignals:e;10;14;17;1a;1b;1c;1d;1e;21;24;25;2c;4c;97;"), Is.EqualTo("OK"));
        Assert.That(_client.Send("c"), Is.EqualTo("W00"));
        _client.Launch(Raise, Nop, Exit);
        Assert.That(_client.Send("QPassSignals:"), Is.EqualTo("OK"));
        Assert.That(_client.Send("c"), Does.StartWith("T1e"));
    }

    [Test]
    public void WatchpointsAreNamedWithKindAndAddress([Values("Z2", "Z4")] string packet)
    {
        _client.Launch(Store, Loop);
        _client.Process.Main.Rdi = Base + 0x100;
        Assert.That(_client.Send(packet + ",1100,4"), Is.EqualTo("OK"));
        Assert.That(_client.Send("c"), Does.StartWith(packet == "Z2" ? "T05watch:1100;" : "T05awatch:1100;"));
    }

    [Test]
    public void AHardwareBreakpointIsNamed()
    {
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Nop, Nop, Loop);
        Assert.That(_client.Send("Z1,1001,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("c"), Does.StartWith("T05hwbreak:;").And.Contain("10:0110000000000000;"));
    }

    [Test]
    public void EndsNameTheProcessToClientsThatKnowSeveral()
    {
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Exit);
        _client.Process.Main.Rdi = 9;
        var pid = _client.Process.Pid;
        Assert.That(_client.Send("vCont;c"), Is.EqualTo($"W09;process:{pid:x}"));
        Assert.That(_client.Send("?"), Is.EqualTo($"W09;process:{pid:x}"));
    }

    [Test]
    public void AForkIsReportedAndTheChildCleanedByTheClient()
    {
        // RSP 5.4, follow parent: Hg child, z0*, Hg parent, D;child, vCont;c.
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Fork, Nop, Loop);
        var (pid, thread) = (_client.Process.Pid, _client.Thread);
        _client.Send("Z0,1001,1");
        var reply = _client.Send($"vCont;c:p{pid:x}.-1");
        var child = $"p{_client.Process.Pid:x}.{_client.Process.Main.Lwp:x}";
        Assert.That(reply, Does.StartWith($"T05fork:{child};").And.Contain($"thread:{thread};"));
        Assert.That(_client.Send("Hg" + child), Is.EqualTo("OK"));
        Assert.That(_client.Send("z0,1001,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("Hg" + thread), Is.EqualTo("OK"));
        Assert.That(_client.Send($"D;{_client.Process.Pid:x}"), Is.EqualTo("OK"));
        Assert.That(_client.Process.Memory[1], Is.EqualTo(Nop));
        Assert.That(_client.Send($"vCont;c:p{pid:x}.-1"), Does.StartWith("T05swbreak:;"));
    }

    [Test]
    public void AnExecNamesTheProgram()
    {
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Exec);
        Assert.That(_client.Send("vCont;c"), Does.StartWith($"T05exec:{PacketClient.Hex($"/bin/program{_client.Process.Pid}")};"));
    }

    [Test]
    public void ThreadEventsAreReportedWhenAskedFor()
    {
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Spawn, Loop, ThreadExit);
        _client.Process.Main.Rdi = Base + 2;
        Assert.That(_client.Send("QThreadEvents:1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05create:;"));
        var created = $"p{_client.Process.Pid:x}.{_client.Process.Threads[1].Lwp:x}";
        Assert.That(_client.Send("vCont;c"), Is.EqualTo($"w00;{created}"));
    }

    [Test]
    public void ExtendedRemoteRunsTwice()
    {
        // RSP 5.3.
        _client.Send(PacketClient.Gdb13);
        Assert.That(_client.Send("!"), Is.EqualTo("OK"));
        Assert.That(_client.Send("?"), Is.EqualTo("W00"));
        Assert.That(_client.Send("vRun;"), Is.EqualTo("E02"), "there is no last program");
        foreach (var packet in new[]
        {
            "QDisableRandomization:1", "QEnvironmentReset", "QEnvironmentHexEncoded:464f4f3d626172", "QEnvironmentUnset:4c414e47",
            "QSetWorkingDir:2f746d70",
        })
        {
            Assert.That(_client.Send(packet), Is.EqualTo("OK"), packet);
        }
        _client.Kernel.ExecutedProgram = [Nop, Exit];
        Assert.That(_client.Send("vRun;2f746d702f7468;6f6e65;74776f207468726565"), Does.StartWith("T05"));
        var spawned = _client.Kernel.Spawned!;
        Assert.That((spawned.Path, spawned.WorkingDirectory), Is.EqualTo(("/tmp/th", "/tmp")));
        Assert.That(spawned.Arguments, Is.EqualTo(new[] { "/tmp/th", "one", "two three" }));
        Assert.That(spawned.Environment, Is.EqualTo(new[] { "FOO=bar" }));
        Assert.That(_client.Send($"qAttached:{_client.Process.Pid:x}"), Is.EqualTo("0"));
        Assert.That(_client.Send($"vKill;{_client.Process.Pid:x}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("?"), Is.EqualTo("W00"));
        Assert.That(_client.Send("vRun;"), Does.StartWith("T05"));
        Assert.That(_client.Kernel.Spawned!.Path, Is.EqualTo("/tmp/th"));
    }

    [Test]
    public void AFailedRunSaysWhy()
    {
        _client.Send(PacketClient.Gdb16);
        _client.Kernel.SpawnError = Errno.ENOENT;
        Assert.That(_client.Send("vRun;2f78"), Is.EqualTo("E.cannot run /x: ENOENT"));
    }

    [Test]
    public void AttachIsSignalZeroAndDetachLetsGo()
    {
        var process = _client.Kernel.Add(Loop);
        Assert.That(_client.Send($"vAttach;{process.Pid:x}"), Does.StartWith("T00"));
        Assert.That(_client.Send("qAttached"), Is.EqualTo("1"));
        Assert.That(_client.Send("D"), Is.EqualTo("OK"));
        Assert.That((process.Traced, process.Stopped), Is.EqualTo((false, false)));
    }

    [Test]
    public void DetachDeliversTheSignalThatIsOwedUnlessForbidden([Values] bool allowed)
    {
        _client.Launch(Raise, Nop, Loop);
        Assert.That(_client.Send("c"), Does.StartWith("T1e"));
        Assert.That(_client.Send(allowed ? "QProgramSignals:0;1e" : "QProgramSignals:0;1"), Is.EqualTo("OK"));
        var process = _client.Process;
        Assert.That(_client.Send($"D;{process.Pid:x}"), Is.EqualTo("OK"));
        Assert.That(process.Delivered, Has.Count.EqualTo(allowed ? 1 : 0));
    }

    [Test]
    public void KillEndsTheSessionUnlessExtended([Values] bool extended)
    {
        if (extended) _client.Send("!");
        _client.Launch(Loop);
        Assert.That(_client.Send("k"), Is.EqualTo("X09"));
        Assert.That(_client.Session.Ended, Is.EqualTo(!extended));
        Assert.That(_client.Kernel.Processes, Is.Empty);
    }

    [Test]
    public void RestartStartsTheLastProgramAgainWithoutAReply()
    {
        _client.Launch(Loop);
        var first = _client.Process.Pid;
        _client.Send("R00");
        Assert.That(_client.Session.Silent, Is.True);
        Assert.That((_client.Kernel.Processes.Count, _client.Process.Pid == first), Is.EqualTo((1, false)));
    }
}
