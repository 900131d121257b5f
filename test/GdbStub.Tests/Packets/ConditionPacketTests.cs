using NUnit.Framework;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Packets;

/// <summary>
/// Breakpoints with conditions and commands, as gdb sends them: which hits are reported, and what the others leave behind.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConditionPacketTests
{
    private const string Never = "X3,220027", Always = "X3,220127", Unreadable = "X4,22101727", Unsupported = "X4,22010c27";
    // rip == 0x1002
    private const string AtThird = "X8,2600102310021327";
    // printf("hit\n"), its escape as typed.
    private const string Hit = "Xf,2200220034000006" + "6869745c6e00" + "27";

    private readonly PacketClient _client = new();

    [SetUp]
    public void Agree() => _client.Send(PacketClient.Gdb16);

    [Test]
    public void BothAreAdvertised() =>
        Assert.That(_client.Send(PacketClient.Gdb16), Does.Contain("ConditionalBreakpoints+").And.Contain("BreakpointCommands+"));

    [Test]
    public void OnlyTheHitWhoseConditionHoldsIsReported()
    {
        _client.Launch(Nop, Nop, Nop, Exit);
        for (var address = 0x1000; address <= 0x1002; address++)
            Assert.That(_client.Send($"Z0,{address:x},1;{AtThird}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05swbreak:;").And.Contain("10:0210000000000000"));
        Assert.That(_client.Process.Memory[..3], Is.EqualTo((byte[])[Int3, Int3, Int3]), "every breakpoint is in its place again");
        Assert.That(_client.Process.Main.Trap, Is.False);
    }

    [TestCase(Never, "W00")]
    [TestCase(Never + Never, "W00")]
    [TestCase(Always, "T05")]
    [TestCase(Never + Always, "T05", Description = "one that holds is enough")]
    [TestCase(Unreadable, "T05")]
    [TestCase(Never + Unreadable, "T05")]
    [TestCase(Unsupported, "T05")]
    public void WhatCannotBeEvaluatedStops(string conditions, string reply)
    {
        _client.Launch(Nop, Exit);
        Assert.That(_client.Send($"Z0,1000,1;{conditions}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith(reply));
    }

    [Test]
    public void SentAgainItTakesThePlaceOfWhatWasThere([Values("", ";" + Always)] string later)
    {
        _client.Launch(Nop, Exit);
        _client.Send($"Z0,1000,1;{Never}");
        Assert.That(_client.Send("Z0,1000,1" + later), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05swbreak"));
    }

    [Test]
    public void CommandsPrintAndTheProgramGoesOn()
    {
        _client.Launch(Nop, Nop, Exit);
        Assert.That(_client.Send($"Z0,1000,1;cmds:0,{Hit}"), Is.EqualTo("OK"));
        Assert.That(_client.Send($"Z0,1001,1;{Always};cmds:1,{Hit}{Hit}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("W00"));
        Assert.That(_client.Console, Is.EqualTo("hit\nhit\nhit\n"));
    }

    [Test]
    public void CommandsOfAConditionThatDoesNotHoldPrintNothing()
    {
        _client.Launch(Nop, Exit);
        _client.Send($"Z0,1000,1;{Never};cmds:1,{Hit}");
        Assert.That(_client.Send("vCont;c"), Does.StartWith("W00"));
        Assert.That(_client.Console, Is.Empty);
    }

    [Test]
    public void AStepOverABreakpointThatDoesNotCountIsAStep()
    {
        _client.Launch(Nop, Nop, Exit);
        _client.Send($"Z0,1000,1;{Never}");
        Assert.That(_client.Send("vCont;s"), Does.StartWith("T05").And.Not.Contains("swbreak").And.Contain("10:0110000000000000"));
    }

    [Test]
    public void ARangeIsSteppedThroughABreakpointThatDoesNotCount()
    {
        _client.Launch(Nop, Nop, Nop, Nop, Exit);
        _client.Send($"Z0,1001,1;{Never}");
        Assert.That(_client.Send("vCont;r1000,1003"), Does.Contain("10:0310000000000000").And.Not.Contains("swbreak"));
        Assert.That(_client.Process.Memory[1], Is.EqualTo(Int3));
    }

    [Test]
    public void AnInstructionThatStaysWhereItIsIsAskedEachTime()
    {
        _client.Launch(Loop);
        _client.Send($"Z0,1000,1;{Never}");
        Assert.That(_client.SendAndInterrupt("vCont;c"), Does.StartWith("T02"));
        _client.Send($"Z0,1000,1;{Always}");
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05swbreak"));
    }

    /// <summary>As gdbserver: the hit of the breakpoint is the program's own trap, and neither counts.</summary>
    [Test]
    public void ATrapOfTheProgramsOwnIsPassedWithTheBreakpointOnIt()
    {
        _client.Launch(Nop, Int3, Nop, Exit);
        _client.Send($"Z0,1001,1;{Never}");
        Assert.That(_client.Send("vCont;c"), Does.StartWith("W00"));
    }

    [Test]
    public void ItIsAStepLikeAnyOther()
    {
        _client.Launch(Nop, Int3, Nop, Nop, Exit);
        _client.Send($"Z0,1001,1;{Never}");
        Assert.That(_client.Send("vCont;s"), Does.Contain("10:0110000000000000"));
        Assert.That(_client.Send("vCont;s"), Does.StartWith("T0506:").And.Contain("10:0210000000000000"));
        Assert.That(_client.Process.Main.Trap, Is.False);
        Assert.That(_client.Send("P10=0010000000000000"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;r1000,1003"), Does.StartWith("T0506:").And.Contain("10:0310000000000000"));
    }

    [Test]
    public void OfAHitThatCountsTheTrapIsReportedOnce()
    {
        _client.Launch(Nop, Int3, Exit);
        _client.Send($"Z0,1001,1;{Always}");
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05swbreak:;").And.Contain("10:0110000000000000"));
        _client.Send("z0,1001,1");
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T0506:").And.Contain("10:0210000000000000"), "without the breakpoint it is the program's");
    }

    [Test]
    public void AHardwareBreakpointHasConditionsToo()
    {
        _client.Launch(Nop, Nop, Nop, Exit);
        Assert.That(_client.Send($"Z1,1000,1;{Never}"), Is.EqualTo("OK"));
        Assert.That(_client.Send($"Z1,1002,1;{AtThird}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05hwbreak:;").And.Contain("10:0210000000000000"));
    }

    /// <summary>As in the shared page with the signal trampoline.</summary>
    [Test]
    public void InMemoryThatCannotBeWrittenAComparatorStandsIn([Values] bool isNonStop)
    {
        _client.Launch(Nop, Nop, Nop, Exit);
        _client.Process.Unwritable = 0x1001;
        if (isNonStop) _client.Send("QNonStop:1");
        Assert.That(_client.Send($"Z0,1001,1;{Never}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("Z0,1002,1"), Is.EqualTo("OK"));
        Assert.That(_client.Process.Memory[2], Is.EqualTo(Nop));
        if (isNonStop) _client.Send("QNonStop:0");
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05swbreak:;").And.Contain("10:0210000000000000"));
        Assert.That(_client.Send("z0,1002,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("W00"));
    }

    [Test]
    public void ThereAreAsManyAsTheProcessorHasComparators()
    {
        _client.Launch(Nop, Exit);
        _client.Process.Unwritable = 0x1001;
        for (var address = 0x1001; address <= 0x1004; address++) Assert.That(_client.Send($"Z0,{address:x},1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("Z0,1005,1"), Does.StartWith("E"));
        Assert.That(_client.Send("z0,1001,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("Z0,1005,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("Z0,900000,1"), Does.StartWith("E"), "nothing is mapped there");
    }

    [Test]
    public void AWatchpointHasConditionsToo()
    {
        // The watched byte is at 0x1003.
        _client.Launch(Store, Store, Exit, 0);
        _client.Send("P5=0310000000000000");
        Assert.That(_client.Send($"Z2,1003,1;{AtThird}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05watch:1003;").And.Contain("10:0210000000000000"));
    }

    [Test]
    public void AForkedChildInheritsConditions()
    {
        _client.Launch(Fork, Nop, Exit);
        _client.Send($"Z0,1000,1;{Never}");
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05fork:"));
        Assert.That(_client.Process.Memory[0], Is.EqualTo(Int3), "the child has the breakpoint that the parent was let pass");
    }

    [TestCase("Z0,1000,1;X4,220027")]
    [TestCase("Z0,1000,1;X3,2200")]
    [TestCase("Z0,1000,1;X3,2200zz")]
    [TestCase("Z0,1000,1;X0,")]
    [TestCase("Z0,1000,1;Xffffffff,22")]
    [TestCase("Z0,1000,1;Y3,220027")]
    [TestCase("Z0,1000,1;cmds:")]
    [TestCase("Z0,1000,1;cmds:1")]
    [TestCase("Z0,1000,1;cmds:1,")]
    [TestCase("Z0,1000,1;;")]
    [TestCase("Z0,1000,1;cmds:1,X2,2207", Description = "has no end")]
    [TestCase("Z0,1000,1;cmds:1," + Unsupported)]
    public void RefusedWithoutABreakpoint(string packet)
    {
        _client.Launch(Nop, Exit);
        Assert.That(_client.Send(packet), Does.StartWith("E"));
        Assert.That(_client.Process.Memory[0], Is.EqualTo(Nop));
    }
}
