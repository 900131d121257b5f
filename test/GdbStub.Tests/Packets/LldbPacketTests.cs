using System.Text.Json;
using GdbStub.Tests.Tracing;
using NUnit.Framework;
using static GdbStub.Tests.Packets.PacketClient;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Packets;

/// <summary>Packets as lldb sends them.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LldbPacketTests
{
    private const string Lldb14 = "qSupported:xmlRegisters=i386,arm,mips,arc;multiprocess+;fork-events+;vfork-events+";

    private readonly PacketClient _client = new();

    [SetUp]
    public void Connect()
    {
        _client.Send(Lldb14);
        foreach (var packet in new[] { "QThreadSuffixSupported", "QListThreadsInStopReply", "QEnableErrorStrings" })
            Assert.That(_client.Send(packet), Is.EqualTo("OK"));
    }

    [Test]
    public void WithoutAProcessEverythingIsAnErrorWithAReason()
    {
        var error = "E03;" + Hex("there is no process");
        foreach (var packet in new[] { "?", "qC", "qfThreadInfo", "qProcessInfo", "jThreadsInfo", "p0" })
            Assert.That(_client.Send(packet), Is.EqualTo(error), packet);
    }

    [Test]
    public void TheFirstStopListsThreadsRegistersAndTheReason()
    {
        _client.Kernel.MoreThreads = [Base + 1];
        var reply = _client.Launch(Nop, Nop, Nop);
        Assert.That(reply, Does.StartWith("T11thread:" + _client.Thread + ";"));
        Assert.That(reply, Does.Match($@";threads:{_client.Thread},p\w+\.\w+;thread-pcs:{Base:x},{Base + 1:x};00:0{{16}};"));
        Assert.That(reply, Does.EndWith("reason:signal;description:" + Hex("signal SIGSTOP") + ";").Or.EndWith("reason:signal;"));
    }

    [Test]
    public void ReasonsAreWords()
    {
        _client.Launch(Nop, Nop, Nop, Exit);
        Assert.That(_client.Send($"vCont;s:{_client.Thread}"), Does.StartWith("T05").And.EndWith(";reason:trace;"));
        Assert.That(_client.Send($"Z0,{Base + 2:x},1"), Is.EqualTo("OK"));
        var stop = _client.Send("c");
        Assert.That(stop, Does.StartWith("T05").And.EndWith(";reason:breakpoint;"));
        Assert.That(stop, Does.Contain($";thread-pcs:{Base + 2:x};"), "the pc at a breakpoint is its address");
        Assert.That(_client.Send("qThreadStopInfo" + _client.Process.Main.Lwp.ToString("x")), Is.EqualTo(stop));
        Assert.That(_client.Send("?"), Is.EqualTo(stop));
    }

    [Test]
    public void ThreadsInJson()
    {
        _client.Kernel.MoreThreads = [Base + 1];
        _client.Launch(Nop, Nop, Nop);
        _client.Send($"vCont;s:{_client.Thread}");
        var text = _client.Send("jThreadsInfo");
        using var document = JsonDocument.Parse(Unescaped(text));
        var threads = document.RootElement.EnumerateArray().ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(threads, Has.Length.EqualTo(2));
            Assert.That(threads[0].GetProperty("tid").GetInt32(), Is.EqualTo(_client.Process.Main.Lwp));
            Assert.That(threads[0].GetProperty("reason").GetString(), Is.EqualTo("trace"));
            Assert.That(threads[0].GetProperty("signal").GetInt32(), Is.EqualTo(5));
            Assert.That(threads[0].GetProperty("registers").GetProperty("16").GetString(),
                Is.EqualTo(Convert.ToHexStringLower(BitConverter.GetBytes(Base + 1))));
            Assert.That(threads[1].GetProperty("reason").GetString(), Is.EqualTo("none"));
            Assert.That(threads[1].TryGetProperty("signal", out _), Is.False);
        });
    }

    [Test]
    public void RegisterPacketsNameTheirThread()
    {
        _client.Kernel.MoreThreads = [Base + 1];
        _client.Launch(Nop, Nop);
        var other = _client.Process.Threads[1].Lwp;
        Assert.Multiple(() =>
        {
            Assert.That(_client.Send($"p10;thread:{other:x};"), Is.EqualTo(Convert.ToHexStringLower(BitConverter.GetBytes(Base + 1))));
            Assert.That(_client.Send($"P0=0102030405060708;thread:{other:x};"), Is.EqualTo("OK"));
            Assert.That(_client.Send("p0"), Is.EqualTo("0000000000000000"), "the selected thread is another");
            Assert.That(_client.Send($"g;thread:{other:x};"), Does.StartWith("0102030405060708"));
            Assert.That(_client.Send("p0;thread:77777;"), Does.StartWith("E03;"));
            Assert.That(_client.Send("p0;thread=1"), Does.StartWith("E16;"));
            Assert.That(_client.Send("p0;lwp:1;"), Does.StartWith("E16;"));
        });
    }

    [Test]
    public void SavedRegistersComeBackOnce()
    {
        _client.Launch(Nop, Nop);
        var thread = $";thread:{_client.Process.Main.Lwp:x};";
        _client.Send("P3=1100000000000000" + thread);
        Assert.That(_client.Send("QSaveRegisterState" + thread), Is.EqualTo("1"));
        _client.Send("P3=2200000000000000" + thread);
        Assert.That(_client.Send("QRestoreRegisterState:1" + thread), Is.EqualTo("OK"));
        Assert.That(_client.Send("p3" + thread), Is.EqualTo("1100000000000000"));
        Assert.That(_client.Send("QRestoreRegisterState:1" + thread), Does.StartWith("E02;"));
    }

    [Test]
    public void WithThemComesTheSiginfo()
    {
        _client.Launch(Raise, Nop, Nop);
        _client.Send("c");
        Assert.That(_client.Send("QSaveRegisterState"), Is.EqualTo("1"));
        _client.Send("s");
        Assert.That(_client.Send("qXfer:siginfo:read::0,4"), Is.EqualTo("m\u0005\0\0\0"));
        Assert.That(_client.Send("QRestoreRegisterState:1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("qXfer:siginfo:read::0,4"), Is.EqualTo("m\u001e\0\0\0"));
    }

    [Test]
    public void RegistersAreDescribedOneByOne()
    {
        _client.Launch(Nop);
        Assert.Multiple(() =>
        {
            Assert.That(_client.Send("qRegisterInfo0"), Is.EqualTo(
                "name:rax;bitsize:64;offset:0;encoding:uint;format:hex;set:General Purpose Registers;ehframe:0;dwarf:0;"));
            Assert.That(_client.Send("qRegisterInfo10"), Does.StartWith("name:rip;").And.EndWith("generic:pc;"));
            Assert.That(_client.Send("qRegisterInfo12"),
                Does.StartWith("name:st0;bitsize:80;").And.Contain("encoding:ieee754;format:float;"));
            Assert.That(_client.Send("qRegisterInfo15"), Does.StartWith("E"));
            Assert.That(_client.Send("qRegisterInfox"), Does.StartWith("E16;"));
        });
    }

    [Test]
    public void SettingsOfTheNextLaunch()
    {
        foreach (var packet in new[] { "QEnvironment:A=1", "QEnvironmentHexEncoded:" + Hex("B=a b"), "QSetWorkingDir:" + Hex("/dir"),
            "QSetSTDIN:" + Hex("/in"),
            "QSetSTDOUT:" + Hex("/out"), "QSetDisableASLR:1", "QSetDetachOnError:1", "QLaunchArch:x86_64" })
            Assert.That(_client.Send(packet), Is.EqualTo("OK"), packet);
        Assert.That(_client.Send("QLaunchArch:mips"), Does.StartWith("E2d;"));
        // Two words: 24 and 2 hex digits.
        Assert.That(_client.Send($"A24,0,{Hex("/bin/program")},2,1,{Hex("x")}"), Is.EqualTo("OK"));
        Assert.That(_client.Send("qLaunchSuccess"), Is.EqualTo("OK"));
        var request = _client.Kernel.Spawned!;
        Assert.Multiple(() =>
        {
            Assert.That((request.Path, request.WorkingDirectory, request.StandardInput, request.StandardOutput, request.StandardError),
                Is.EqualTo(("/bin/program", "/dir", "/in", "/out", (string?)null)));
            Assert.That(request.Arguments, Is.EqualTo(new[] { "/bin/program", "x" }));
            Assert.That(request.Environment, Is.EqualTo(new[] { "A=1", "B=a b" }));
        });
    }

    [TestCase("A3,0,616263")]
    [TestCase("A6,1,616263")]
    [TestCase("A6,0,6162")]
    [TestCase("A")]
    public void MalformedLaunches(string packet) => Assert.That(_client.Send(packet), Does.StartWith("E16;"));

    [Test]
    public void AFailedLaunchIsRemembered()
    {
        _client.Kernel.SpawnError = TraceKernel.Abi.Errno.ENOENT;
        Assert.That(_client.Send($"A24,0,{Hex("/bin/program")}"), Is.EqualTo("E02;" + Hex("cannot run /bin/program: ENOENT")));
        Assert.That(_client.Send("qLaunchSuccess"), Is.EqualTo("EENOENT"));
    }

    [Test]
    public void TypedTextReachesTheTerminal()
    {
        _client.Launch(Nop);
        Assert.That(_client.Send("I" + Hex("text\n")), Is.EqualTo("OK"));
        var bytes = new byte[16];
        Assert.That(_client.Kernel.Spawned!.Terminal.Take(bytes), Is.EqualTo(5));
        Assert.That(_client.Kernel.Spawned.Terminal.IsClosed, Is.False);
    }

    [Test]
    public void TheEchoIsExact() => Assert.That(_client.Send("qEcho:1;a"), Is.EqualTo("qEcho:1;a"));

    [Test]
    public void ReadsWithoutWritesBecomeAccesses()
    {
        _client.Launch(Nop);
        Assert.That(_client.Send($"Z3,{Base:x},4"), Is.EqualTo("OK"));
        Assert.That(_client.Process.Main.DebugRegisters[FakeTarget.KindAt], Is.EqualTo(4));
        Assert.That(_client.Send($"z3,{Base:x},4"), Is.EqualTo("OK"));
        Assert.That(_client.Process.Main.DebugRegisters[FakeTarget.KindAt], Is.Zero);
        Assert.That(_client.Send("qWatchpointSupportInfo:"), Is.EqualTo("num:4;"));
    }

    [Test]
    public void NoCommandIsRun() =>
        Assert.That(_client.Send($"qPlatform_shell:{Hex("ls")},00000010"), Does.StartWith("F,7e,0,this server runs no commands"));

    private static string Unescaped(string text)
    {
        var plain = new System.Text.StringBuilder();
        for (var index = 0; index < text.Length; index++) plain.Append(text[index] == '}' ? (char)(text[++index] ^ 0x20) : text[index]);
        return plain.ToString();
    }
}
