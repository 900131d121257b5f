using System.Text;
using System.Xml.Linq;
using GdbStub.Frames;
using GdbStub.Sessions;
using GdbStub.Tests.Tracing;
using NUnit.Framework;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Packets;

/// <summary>qSupported, qXfer, vFile and monitor, as gdb 13 and 16 use them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ObjectPacketTests
{
    private PacketClient _client = new();

    [Test]
    public void FeaturesAreThoseOfThePacketsServed()
    {
        var features = _client.Send(PacketClient.Gdb16).Split(';');
        Assert.That(features, Is.Unique);
        Assert.That(features, Is.SupersetOf(new[]
        {
            "QStartNoAckMode+", "multiprocess+", "swbreak+", "hwbreak+", "fork-events+", "vfork-events+", "exec-events+", "vContSupported+",
            "QPassSignals+", "QProgramSignals+", "binary-upload+", "qXfer:features:read+", "qXfer:threads:read+", "qXfer:auxv:read+",
            "qXfer:exec-file:read+", "qXfer:siginfo:read+", "qXfer:siginfo:write+", "qXfer:libraries:read+", "qXfer:libraries-svr4:read+", "QSetWorkingDir+",
            "QEnvironmentHexEncoded+", "QEnvironmentReset+", "QEnvironmentUnset+", "QDisableRandomization+", "no-resumed+", "QThreadOptions=3", "QNonStop+", "augmented-libraries-svr4-read+",
        }));
        Assert.That(features,
            Has.None.StartsWith("QStartupWithShell"));
    }

    [TestCase("vMustReplyEmpty")]
    [TestCase("qTStatus")]
    [TestCase("qXfer:btrace-conf:read::0,1000")]
    [TestCase("qXfer:nothing:read::0,1000")]
    [TestCase("qShlibInfoAddr")]
    [TestCase("jThreadExtendedInfo:{\"thread\":1}")]
    [TestCase("bs")]
    public void UnknownIsEmpty(string packet) => Assert.That(_client.Send(packet), Is.Empty);

    [Test]
    public void SymbolsAreNotNeeded() => Assert.That(_client.Send("qSymbol::"), Is.EqualTo("OK"));

    [Test]
    public void AcksEndAfterTheReply()
    {
        Assert.That(_client.Send("QStartNoAckMode"), Is.EqualTo("OK"));
        Assert.That(_client.Session.AcksEnd, Is.True);
    }

    [TestCase(PacketClient.Gdb13, OsAbi.Auto, "none")]
    [TestCase(PacketClient.Gdb16, OsAbi.Auto, "FreeBSD")]
    [TestCase(PacketClient.Gdb13, OsAbi.FreeBSD, "FreeBSD")]
    [TestCase(PacketClient.Gdb16, OsAbi.None, "none")]
    public void TheDescriptionNamesTheSystemToThoseWhoKnowIt(string hello, OsAbi option, string expected)
    {
        _client = new PacketClient(new SessionOptions { OsAbi = option });
        _client.Send(hello);
        Assert.That(Description().Root!.Element("osabi")!.Value, Is.EqualTo(expected));
    }

    [Test]
    public void TheDescriptionIsTheRegisterTable()
    {
        var document = Description();
        var target = new FakeTarget();
        Assert.That(document.Root!.Element("architecture")!.Value, Is.EqualTo("i386:x86-64"));
        var registers = document.Descendants("reg").ToList();
        Assert.That(registers.Select(register => (string)register.Attribute("name")!),
            Is.EqualTo(target.Registers.Select(row => row.Name)));
        Assert.That(registers.Select(register => (int)register.Attribute("regnum")!), Is.EqualTo(Enumerable.Range(0, registers.Count)));
        Assert.That(document.Descendants("feature").Select(feature => (string)feature.Attribute("name")!),
            Is.EqualTo(new[] { "org.gnu.gdb.i386.core", "org.gnu.gdb.i386.segments", "org.gnu.gdb.i386.linux" }));
        Assert.That(document.Descendants("flags").Single().Attribute("id")!.Value, Is.EqualTo("i386_eflags"));
        var pc = registers[16];
        Assert.That(new[] { "bitsize", "type", "group", "offset", "generic", "ehframe_regnum", "dwarf_regnum" }
            .Select(name => pc.Attribute(name)!.Value), Is.EqualTo(new[] { "64", "code_ptr", "general", "128", "pc", "16", "16" }));
        Assert.That(registers[18].Attribute("dwarf_regnum"), Is.Null);
    }

    [Test]
    public void ObjectsComeInPieces()
    {
        var whole = _client.Send("qXfer:features:read:target.xml:0,fffff");
        Assert.That(whole, Does.StartWith("l<?xml"));
        Assert.That(_client.Send("qXfer:features:read:target.xml:0,20"), Is.EqualTo("m" + whole[1..33]));
        Assert.That(_client.Send($"qXfer:features:read:target.xml:{whole.Length - 4:x},20"), Is.EqualTo("l" + whole[^3..]));
        Assert.That(_client.Send("qXfer:features:read:target.xml:ffffffffffffffff,20"), Is.EqualTo("l"));
    }

    [TestCase("qXfer:features:read:target.xml")]
    [TestCase("qXfer:features:read:target.xml:")]
    [TestCase("qXfer:features:read:target.xml:0")]
    [TestCase("qXfer:features:read:target.xml:0,zz")]
    [TestCase("qXfer:features:read:target.xml:0,10,10")]
    [TestCase("qXfer:threads:read::,1000")]
    [TestCase("qXfer:exec-file:read:zz:0,1000")]
    [TestCase("qXfer:auxv:read:")]
    public void MalformedIsAnError(string packet) => Assert.That(_client.Send(packet), Is.EqualTo("E16"));

    [Test]
    public void ThereIsNoOtherAnnex() => Assert.That(_client.Send("qXfer:features:read:other.xml:0,1000"), Is.EqualTo("E02"));

    [Test]
    public void ThreadsHaveNames()
    {
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Nop);
        var threads = XDocument.Parse(_client.Send("qXfer:threads:read::0,1000")[1..]).Root!.Elements().ToList();
        Assert.That(threads.Select(thread => (string)thread.Attribute("id")!), Is.EqualTo(new[] { _client.Thread }));
        Assert.That((string)threads[0].Attribute("name")!, Is.EqualTo($"worker{_client.Process.Main.Lwp}"));
    }

    [Test]
    public void WhatSysctlKnows()
    {
        _client.Launch(Nop);
        var pid = _client.Process.Pid;
        Assert.That(_client.Send("qXfer:auxv:read::0,1000"), Has.Length.EqualTo(2001).And.StartsWith("l\u0003\0"));
        Assert.That(_client.Send("qXfer:exec-file:read::0,1000"), Is.EqualTo($"l/bin/program{pid}"));
        Assert.That(_client.Send($"qXfer:exec-file:read:{pid:x}:0,1000"), Is.EqualTo($"l/bin/program{pid}"));
        Assert.That(_client.Send("qXfer:exec-file:read:1:0,1000"), Is.EqualTo("E03"));
    }

    [Test]
    public void SiginfoIsFreeBsds()
    {
        _client.Launch(Raise, Nop);
        Assert.That(_client.Send("qXfer:siginfo:read::0,80"), Is.EqualTo("E02"), "exec's stop has none");
        _client.Send("c");
        var reply = _client.Send("qXfer:siginfo:read::0,80");
        Assert.That(reply, Has.Length.EqualTo(81).And.StartsWith("l\u001e\0\0\0"));
    }

    [Test]
    public void SiginfoCanBeWritten()
    {
        _client.Launch(Raise, Nop);
        Assert.That(_client.Send("qXfer:siginfo:write::0:\u001e"), Is.EqualTo("E02"), "exec's stop has none");
        _client.Send("c");
        Assert.That(_client.Send("qXfer:siginfo:write::20:12345678"), Is.EqualTo("8"), "si_value");
        Assert.That(_client.Send("qXfer:siginfo:read::20,8"), Is.EqualTo("m12345678"));
        Assert.That(_client.Send("qXfer:siginfo:read::0,4"), Is.EqualTo("m\u001e\0\0\0"), "the rest is as it was");
        Assert.That(_client.Send("qXfer:siginfo:write::4e:abcdef"), Is.EqualTo("2"), "no more than there is room for");
        Assert.That(_client.Send("qXfer:siginfo:read::4d,80"), Is.EqualTo("l\0ab"));
    }

    [Test]
    public void ARefusedSiginfoIsAnErrorAndNothingChanges()
    {
        _client.Launch(Raise, Nop);
        _client.Send("c");
        _client.Kernel.Missing.Add(TraceKernel.Abi.Ptrace.PT_X_SETSIGINFO);
        Assert.That(_client.Send("qXfer:siginfo:write::20:12345678"), Is.EqualTo("E16"));
        Assert.That(_client.Send("qXfer:siginfo:read::20,8"), Is.EqualTo("m\0\0\0\0\0\0\0\0"));
    }

    [TestCase("qXfer:siginfo:write:")]
    [TestCase("qXfer:siginfo:write::")]
    [TestCase("qXfer:siginfo:write::0")]
    [TestCase("qXfer:siginfo:write::zz:a")]
    [TestCase("qXfer:siginfo:write::0,4:a")]
    [TestCase("qXfer:siginfo:write:annex:0:a")]
    [TestCase("qXfer:siginfo:write::50:a")]
    [TestCase("qXfer:siginfo:write::ffffffffffffffff:a")]
    public void AMalformedSiginfoIsAnErrorAndNothingChanges(string packet)
    {
        _client.Launch(Raise, Nop);
        _client.Send("c");
        var before = _client.Send("qXfer:siginfo:read::0,80");
        Assert.That(_client.Send(packet), Is.EqualTo("E16"));
        Assert.That(_client.Send("qXfer:siginfo:read::0,80"), Is.EqualTo(before));
    }

    [Test]
    public void StaticProgramsHaveNoLibraries()
    {
        Assert.That(_client.Send("qXfer:libraries-svr4:read::0,1000"), Is.EqualTo("l<library-list-svr4 version=\"1.0\"/>"));
        Assert.That(_client.Send("qXfer:libraries:read::0,1000"), Is.EqualTo("l<library-list></library-list>"));
    }

    [Test]
    public void FilesAreOpenedReadAndClosed()
    {
        // RSP 5.1.
        _client.Kernel.Files["/bin/a"] = Encoding.ASCII.GetBytes("0123#56789");
        Assert.That(_client.Send("vFile:setfs:0"), Is.EqualTo("F0"));
        Assert.That(_client.Send("vFile:open:6a7573742070726f62696e67,0,1c0"), Is.EqualTo("F-1,2"));
        Assert.That(_client.Send("vFile:open:" + PacketClient.Hex("/bin/a") + ",0,0"), Is.EqualTo("F0"));
        Assert.That(_client.Send("vFile:pread:0,4,1"), Is.EqualTo("F4;123}\u0003"));
        Assert.That(_client.Send("vFile:pread:0,100,8"), Is.EqualTo("F2;89"));
        Assert.That(_client.Send("vFile:pread:0,100,a"), Is.EqualTo("F0;"));
        Assert.That(_client.Send("vFile:pread:7,100,0"), Is.EqualTo("F-1,9"));
        Assert.That(_client.Send("vFile:close:0"), Is.EqualTo("F0"));
        Assert.That(_client.Send("vFile:close:9"), Is.EqualTo("F-1,9"));
        Assert.That(_client.Send("vFile:open:" + PacketClient.Hex("/bin/a") + ",601,1c0"), Is.EqualTo("F-1,1e"), "read-only");
    }

    /// <summary>
    /// gdb asks for PacketSize bytes each time, and takes what it gets: the fewer answers, the sooner it has its program.
    /// </summary>
    [TestCase(256, 4)]
    [TestCase(1, 7, Description = "every byte is escaped")]
    public void AFileIsReadInAnswersThatAreAsLongAsTheyMayBe(int values, int answers)
    {
        var file = new byte[400_000];
        var random = new Random(1);
        for (var at = 0; at < file.Length; at++) file[at] = (byte)('#' + random.Next(values));
        _client.Kernel.Files["/bin/large"] = file;
        Assert.That(_client.Send("vFile:open:" + PacketClient.Hex("/bin/large") + ",0,0"), Is.EqualTo("F0"));
        var read = new List<byte>();
        for (var count = 0; read.Count < file.Length; count++)
        {
            Assert.That(count, Is.LessThan(answers));
            var reply = _client.Send($"vFile:pread:0,{FrameDecoder.PacketSize:x},{read.Count:x}");
            Assert.That(reply, Has.Length.LessThanOrEqualTo(FrameDecoder.PacketSize).And.Not.StartsWith("F0"));
            var bytes = Unescaped(reply[(reply.IndexOf(';') + 1)..]);
            Assert.That(reply, Does.StartWith($"F{bytes.Length:x};"));
            read.AddRange(bytes);
        }
        Assert.That(read, Is.EqualTo(file));
    }

    private static byte[] Unescaped(string binary)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < binary.Length; at++) bytes.Add(binary[at] == '}' ? (byte)(binary[++at] ^ 0x20) : (byte)binary[at]);
        return [.. bytes];
    }

    [Test]
    public void StatIsTheProtocolsOwn()
    {
        _client.Kernel.Files["/bin/a"] = new byte[0x1234];
        foreach (var packet in new[] { "vFile:fstat:0", "vFile:stat:" + PacketClient.Hex("/bin/a") })
        {
            var reply = _client.Send(packet);
            Assert.That(reply, Does.StartWith("F40;"));
            var stat = Unescape(reply[4..]);
            Assert.That(stat, Has.Length.EqualTo(64));
            Assert.That(Convert.ToHexStringLower(stat), Is.EqualTo(
                "00000011" + "00000022" + "000081a4" + "00000001" + "00000000" + "00000000" + "00000000"
                + "0000000000001234" + "0000000000001000" + "0000000000000008" + "00000000" + "5f000000" + "00000000"));
        }
        Assert.That(_client.Send("vFile:stat:2f78"), Is.EqualTo("F-1,2"));
        Assert.That(_client.Send("vFile:fstat:5"), Is.EqualTo("F-1,9"));
    }

    [Test]
    public void LinksAreRead()
    {
        Assert.That(_client.Send("vFile:readlink:" + PacketClient.Hex("/link")), Is.EqualTo("F8;/target}\u0003"));
        Assert.That(_client.Send("vFile:readlink:" + PacketClient.Hex("/other")), Is.EqualTo("F-1,5b"), "ENAMETOOLONG is 91 there");
    }

    [TestCase("vFile:open:2f,0")]
    [TestCase("vFile:open:2f,10000,0", Description = "a flag that the protocol does not have")]
    [TestCase("vFile:open:2,0,0")]
    [TestCase("vFile:open:")]
    [TestCase("vFile:pread:0,1")]
    [TestCase("vFile:pread:0,1,8000000000000000")]
    [TestCase("vFile:pread:-1,1,0")]
    [TestCase("vFile:close:")]
    [TestCase("vFile:close:zz")]
    [TestCase("vFile:fstat:")]
    [TestCase("vFile:stat:zz")]
    [TestCase("vFile:readlink:2")]
    [TestCase("vFile:setfs:zz")]
    public void MalformedFilePacketsAreInvalid(string packet) => Assert.That(_client.Send(packet), Is.EqualTo("F-1,16"));

    [TestCase("help", "monitor disassemble [ADDRESS [COUNT]]")]
    [TestCase("", "monitor help")]
    [TestCase("client", "several processes: yes")]
    [TestCase("processes", " at 0x1000")]
    [TestCase("breakpoints", "breakpoint at 0x1001")]
    [TestCase("breakpoints", "writes watched at 0x1100, 4 bytes")]
    [TestCase("disassemble", "0x1000: nop\n0x1001: byte 0x02\n")]
    [TestCase("disassemble 0x1001 1", "0x1001: byte 0x02\n")]
    [TestCase("disassemble 1002", "0x1002: no instruction")]
    [TestCase("disassemble 9000", "0x9000: cannot be read")]
    [TestCase("disassemble q", "is no address")]
    [TestCase("disassemble 1000 0", "is no number")]
    [TestCase("frobnicate", "is no command")]
    public void MonitorAnswersOnTheConsole(string command, string expected)
    {
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Nop, 2, 0xff);
        _client.Send("Z0,1001,1");
        _client.Send("Z2,1100,4");
        Assert.That(_client.Send("qRcmd," + PacketClient.Hex(command)), Is.EqualTo("OK"));
        Assert.That(_client.Console, Does.Contain(expected));
    }

    [Test]
    public void NoPacketIsAnException()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        _client.Send(PacketClient.Gdb13);
        var names = _client.Session.Packets.Names.Where(name => name is not ("c" or "s" or "C" or "S" or "vCont")).ToArray();
        const string alphabet = "0123456789abcdef,;:=.p-+$#zX";
        for (var round = 0; round < 5000; round++)
        {
            if (!_client.Session.Tracer.HasProcesses) _client.Launch(Loop);
            var arguments = string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            var packet = names[random.Next(names.Length)] + arguments;
            Assert.That(() => _client.Send(packet), Throws.Nothing, packet);
        }
    }

    private XDocument Description() =>
        XDocument.Parse(Encoding.UTF8.GetString(Unescape(_client.Send("qXfer:features:read:target.xml:0,fffff")[1..])));

    private static byte[] Unescape(string binary)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < binary.Length; i++) bytes.Add(binary[i] == '}' ? (byte)(binary[++i] ^ 0x20) : (byte)binary[i]);
        return [.. bytes];
    }
}
