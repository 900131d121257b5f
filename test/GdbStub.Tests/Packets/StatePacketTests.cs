using System.Text;
using GdbStub.Frames;
using NUnit.Framework;
using static GdbStub.Tests.Tracing.FakeProcess;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tests.Packets;

/// <summary>Registers, memory, breakpoints and threads, as gdb 13 and 16 ask for them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StatePacketTests
{
    private readonly PacketClient _client = new();

    [Test]
    public void RegistersComeInTableOrderWithWhatIsUnavailable()
    {
        _client.Launch(Nop);
        _client.Process.Main.General[112] = 0x2a;
        _client.Process.Main.FloatingPoint[32] = 0x11;
        _client.Process.Main.FsBase[0] = 0x22;
        _client.Send("s");
        var reply = _client.Send("g");
        Assert.That(reply, Has.Length.EqualTo(2 * (17 * 8 + 4 + 10 + 8 + 8)));
        Assert.That(reply, Does.StartWith("2a00000000000000").And.EndWith("22000000000000" + "00" + "xxxxxxxxxxxxxxxx"));
        Assert.That(_client.Send("p0"), Is.EqualTo("2a00000000000000"));
        Assert.That(_client.Send("p10"), Is.EqualTo("0110000000000000"));
        Assert.That(_client.Send("p12"), Is.EqualTo("11000000000000000000"));
        Assert.That(_client.Send("p14"), Is.EqualTo("xxxxxxxxxxxxxxxx"));
    }

    [Test]
    public void RegistersCanBeWritten()
    {
        _client.Launch(Nop);
        Assert.That(_client.Send("P0=0500000000000000"), Is.EqualTo("OK"));
        Assert.That(_client.Process.Main.General[112], Is.EqualTo(5));
        var all = _client.Send("g").Replace('x', '0').Remove(0, 2).Insert(0, "07");
        Assert.That(_client.Send("G" + all), Is.EqualTo("OK"));
        Assert.That(_client.Send("p0"), Is.EqualTo("0700000000000000"));
        Assert.That(_client.Send("P12=ffffffffffffffffffff"), Is.EqualTo("OK"));
        Assert.That(_client.Process.Main.FloatingPoint[41], Is.EqualTo(0xff));
    }

    [Test]
    public void TheKernelsRefusalOfARegisterIsAnErrorAndChangesNothing()
    {
        _client.Launch(Nop);
        Assert.That(_client.Send("P11=00020000"), Is.EqualTo("E16"), "the interrupt flag is not the user's");
        Assert.That(_client.Send("p11"), Is.EqualTo("00000000"));
        Assert.That(_client.Send("P14=ffffffffffffffff"), Does.StartWith("E"), "no image has it");
    }

    [Test]
    public void ARegisterThatNobodyMayChangeTakesTheValueThatItHas()
    {
        _client.Launch(Nop);
        _client.Kernel.Missing.Add(PT_SETREGS);
        Assert.That(_client.Send("P0=0500000000000000"), Is.EqualTo("E16"));
        Assert.That(_client.Send("P0=" + _client.Send("p0")), Is.EqualTo("OK"));
    }

    [TestCase("G00")]
    [TestCase("Gxx")]
    [TestCase("p")]
    [TestCase("pzz")]
    [TestCase("p15")]
    [TestCase("pffffffffffffffffff")]
    [TestCase("p-1")]
    [TestCase("P")]
    [TestCase("P0")]
    [TestCase("P0=05")]
    [TestCase("P0=zz00000000000000")]
    [TestCase("P15=0000000000000000")]
    [TestCase("m")]
    [TestCase("m1000")]
    [TestCase("m1000,")]
    [TestCase("m,4")]
    [TestCase("m1000,0")]
    [TestCase("m1000,4x")]
    [TestCase("m10000000000000000,4")]
    [TestCase("m1000,80000000")]
    [TestCase("x1000,0")]
    [TestCase("x")]
    [TestCase("M1000,2:00")]
    [TestCase("M1000,1:0g")]
    [TestCase("M1000,1")]
    [TestCase("X1000,2:a")]
    [TestCase("X1000")]
    [TestCase("X1000,:")]
    [TestCase("Z0")]
    [TestCase("Z0,1000")]
    [TestCase("Z0,1000,0")]
    [TestCase("Z2,zz,4")]
    [TestCase("z1,1000")]
    [TestCase("H")]
    [TestCase("Hg")]
    [TestCase("Hgz")]
    [TestCase("Hgp1.")]
    [TestCase("T")]
    [TestCase("Tq")]
    [TestCase("qThreadExtraInfo,")]
    [TestCase("qSearch:memory:")]
    [TestCase("qSearch:memory:1000;10;")]
    [TestCase("qCRC:1000")]
    [TestCase("qCRC:1000,zz")]
    public void MalformedIsAnErrorAndTheSessionLivesOn(string packet)
    {
        _client.Launch(Nop);
        Assert.That(_client.Send(packet), Is.EqualTo("E16"));
        Assert.That(_client.Send("m1000,1"), Is.EqualTo("90"));
    }

    [TestCase("g")]
    [TestCase("p0")]
    [TestCase("m1000,4")]
    [TestCase("X1000,0:")]
    [TestCase("Z0,1000,1")]
    [TestCase("Hgp0.0", Description = "gdb 13, extended-remote: E01 is fine")]
    [TestCase("qC")]
    [TestCase("T1")]
    [TestCase("c")]
    [TestCase("vCont;c")]
    [TestCase("D")]
    [TestCase("qAttached")]
    [TestCase("qXfer:auxv:read::0,1000")]
    [TestCase("qXfer:exec-file:read::0,1000")]
    public void WithoutAProcessThereIsAnError(string packet) => Assert.That(_client.Send(packet), Is.EqualTo("E03"));

    [Test]
    public void MemoryIsReadInHexAndBinary()
    {
        _client.Launch(1, (byte)'}', (byte)'#', 4);
        Assert.That(_client.Send("m1000,4"), Is.EqualTo("017d2304"));
        Assert.That(_client.Send("x1000,4"), Is.EqualTo("b\u0001}]}\u0003\u0004"));
        Assert.That(_client.Send("x0,0"), Is.EqualTo("OK"), "the probe of lldb 14 and 19");
        Assert.That(_client.Send("x1000,4"), Is.EqualTo("\u0001}]}\u0003\u0004"));
    }

    [Test]
    public void AReadAcrossTheEndIsShortAndOutsideAnError()
    {
        _client.Launch(Nop);
        Assert.That(_client.Send("m2ffe,10"), Is.EqualTo("9090"));
        Assert.That(_client.Send("m3000,10"), Is.EqualTo("E0e"));
        Assert.That(_client.Send("mffffffffffffffff,10"), Is.EqualTo("E0e"));
        Assert.That(_client.Send("m1000,7fffffff"), Has.Length.EqualTo(2 * 0x2000));
    }

    [Test]
    public void ErrorsHaveReasonsForClientsThatShowThem()
    {
        _client.Send(PacketClient.Gdb16);
        _client.Launch(Nop);
        Assert.That(_client.Send("m3000,10"), Is.EqualTo("E.cannot read memory at 0x3000"));
    }

    [Test]
    public void MemoryIsWrittenInHexAndBinary()
    {
        _client.Launch(Nop);
        Assert.That(_client.Send("X1000,0:"), Is.EqualTo("OK"), "gdb's probe");
        Assert.That(_client.Send("X1001,3:d\0#"), Is.EqualTo("OK"));
        Assert.That(_client.Send("M1004,2:abCD"), Is.EqualTo("OK"));
        Assert.That(_client.Send("m1000,6"), Is.EqualTo("90640023abcd"));
        Assert.That(_client.Send("M3000,1:00"), Is.EqualTo("E0e"));
    }

    [Test]
    public void BreakpointsDoNotShowInMemory()
    {
        _client.Launch(1, 2, 3);
        Assert.That(_client.Send("Z0,1001,1"), Is.EqualTo("OK"));
        Assert.That((_client.Send("m1000,3"), _client.Process.Memory[1]), Is.EqualTo(("010203", Int3)));
        Assert.That(_client.Send("X1000,3:abc"), Is.EqualTo("OK"));
        Assert.That((_client.Send("x1000,3"), _client.Process.Memory[1]), Is.EqualTo(("babc", Int3)));
        Assert.That(_client.Send("z0,1001,1"), Is.EqualTo("OK"));
        Assert.That(_client.Process.Memory[1], Is.EqualTo((byte)'b'));
        Assert.That(_client.Send("Z0,1001,4"), Is.EqualTo("E16"), "no such instruction on this CPU");
        Assert.That(_client.Send("Z0,3000,1"), Is.EqualTo("E0e"));
    }

    [Test]
    public void ReadWatchpointsFallBackAndTheFifthIsRefused()
    {
        _client.Launch(Nop);
        Assert.That(_client.Send("Z3,1000,4"), Is.Empty);
        for (var i = 0; i < 4; i++) Assert.That(_client.Send($"Z4,10{i}0,4"), Is.EqualTo("OK"));
        Assert.That(_client.Send("Z1,1080,1"), Is.EqualTo("E1c"));
        Assert.That(_client.Send("z4,1000,4"), Is.EqualTo("OK"));
        Assert.That(_client.Send("Z1,1080,1"), Is.EqualTo("OK"));
    }

    [Test]
    public void MemoryIsSearched()
    {
        _client.Launch(Nop);
        "xyz"u8.CopyTo(_client.Process.Memory.AsSpan(0x800));
        Assert.That(_client.Send("qSearch:memory:1000;1000;xyz"), Is.EqualTo("1,1800"));
        Assert.That(_client.Send("qSearch:memory:1000;802;xyz"), Is.EqualTo("0"));
        Assert.That(_client.Send("qSearch:memory:1000;10000;nothing"), Is.EqualTo("E0e"), "the range leaves the memory");
    }

    [Test]
    public void ChecksumsAreGdbs()
    {
        _client.Launch("123456789"u8.ToArray());
        // CRC-32/MPEG-2's check value.
        Assert.That(_client.Send("qCRC:1000,9"), Is.EqualTo("C376e6e7"));
        Assert.That(_client.Send("qCRC:2ff0,100"), Is.EqualTo("E0e"));
    }

    [Test]
    public void ThreadsAreListedSelectedAndNamed()
    {
        _client.Send(PacketClient.Gdb13);
        _client.Kernel.MoreThreads = [Base + 8];
        _client.Launch(Nop);
        var pid = _client.Process.Pid;
        var lwps = _client.Process.Threads.Select(thread => thread.Lwp).ToArray();
        Assert.That(_client.Send("qfThreadInfo"), Is.EqualTo($"mp{pid:x}.{lwps[0]:x},p{pid:x}.{lwps[1]:x}"));
        Assert.That(_client.Send("qsThreadInfo"), Is.EqualTo("l"));
        Assert.That(_client.Send("qC"), Is.EqualTo($"QCp{pid:x}.{lwps[0]:x}"));
        Assert.That(_client.Send($"Hgp{pid:x}.{lwps[1]:x}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("p10"), Is.EqualTo("0810000000000000"));
        Assert.That(_client.Send("Hg0"), Is.EqualTo("OK"));
        Assert.That(_client.Send("Hc-1"), Is.EqualTo("OK"));
        Assert.That(_client.Send($"Hgp{pid:x}.1"), Is.EqualTo("E03"));
        Assert.That(_client.Send($"Hgp1.{lwps[0]:x}"), Is.EqualTo("E03"));
        Assert.That(_client.Send($"Tp{pid:x}.{lwps[1]:x}"), Is.EqualTo("OK"));
        Assert.That(_client.Send($"Tp{pid:x}.fff"), Is.EqualTo("E03"));
        Assert.That(_client.Send($"qThreadExtraInfo,p{pid:x}.{lwps[1]:x}"), Is.EqualTo(PacketClient.Hex($"worker{lwps[1]}")));
        Assert.That(_client.Send("Hx0"), Is.Empty);
    }

    [Test]
    public void WithoutMultiprocessIdsAreThreadsAlone()
    {
        _client.Launch(Nop);
        Assert.That(_client.Send("qC"), Is.EqualTo($"QC{_client.Process.Main.Lwp:x}"));
        Assert.That(_client.Send("qfThreadInfo"), Is.EqualTo($"m{_client.Process.Main.Lwp:x}"));
        Assert.That(_client.Send("qXfer:threads:read::0,1000"),
            Does.Contain($"<thread id=\"{_client.Process.Main.Lwp:x}\" core=\"0\" name="));
    }

    [Test]
    public void SteadyStateAllocatesNothing()
    {
        _client.Launch(Nop, Loop);
        string[] packets =
            ["g", "m1000,40", "x1000,40", "Z0,1010,1", "Z0,1018,1", "m1010,10", "X1010,1:a", "z0,1010,1", "z0,1018,1", "p0", "M1000,1:61"];
        var bytes = packets.Select(Encoding.ASCII.GetBytes).ToArray();
        Answer(bytes, 3);
        _client.Kernel.Requests.EnsureCapacity(10000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Answer(bytes, 20);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private void Answer(byte[][] packets, int times)
    {
        for (; times > 0; times--)
            foreach (var packet in packets) _client.Session.Answer(packet);
    }

    [Test]
    public void PacketSizeIsHexAndHolds()
    {
        Assert.That(_client.Send(PacketClient.Gdb13), Does.StartWith($"PacketSize={FrameDecoder.PacketSize:x};"));
        _client.Launch(Nop);
        _client.Process.Memory = new byte[0x40000];
        Assert.That(_client.Send("m1000,3ffff").Length, Is.LessThanOrEqualTo(FrameDecoder.PacketSize));
        _client.Process.Memory.AsSpan().Fill((byte)'#');
        Assert.That(_client.Send("x1000,3ffff").Length, Is.LessThanOrEqualTo(FrameDecoder.PacketSize));
    }
}
