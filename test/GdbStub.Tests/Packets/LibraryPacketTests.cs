using System.Buffers.Binary;
using System.Text;
using GdbStub.Sessions;
using GdbStub.Tracing;
using NUnit.Framework;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Packets;

/// <summary>The dynamic linker's list in a program's memory, and the events of a client that cannot watch it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LibraryPacketTests
{
    private const ulong Headers = 0x1800, Path = 0x1a00, Dynamic = 0x1b00, Debug = 0x1c00, More = 0x1c80, Main = 0x1d00, First = 0x1d40,
        Second = 0x1d80, Third = 0x1dc0, Names = 0x1f00, Break = 0x1002, Entry = 0x1001;

    private PacketClient _client = new();

    private void Launch(string hello, bool isLinked = true)
    {
        ulong[] auxv = [3, Headers, 4, 56, 5, 4, 7, 0x5000, 9, Entry, 0, 0];
        _client.Kernel.Auxv = auxv.SelectMany(BitConverter.GetBytes).ToArray();
        _client.Send(hello);
        var memory = new byte[0x2000];
        new[] { Nop, Nop, Nop, Loop }.CopyTo(memory, 0);
        _client.Launch(memory);
        PutHeader(0, 6, Headers, 0);
        PutHeader(1, 1, 0x1000, 0x2000);
        PutHeader(2, 3, Path, 8);
        PutHeader(3, 2, Dynamic, 0x20);
        Put(Path, "/ld.so");
        Words(Dynamic, 1, 0, 21, isLinked ? Debug : 0, 0, 0);
        Words(Debug, 1, Main, Break, 0, 0x5000);
        Words(Main, 0, Names, 0, First, 0);
        Words(First, 0x5000, Names + 0x10, 0x5100, Second, Main);
        Words(Second, 0x6000, Names + 0x20, 0x6100, 0, First);
        Put(Names, "/bin/program");
        Put(Names + 0x10, "/ld.so");
        Put(Names + 0x20, "/lib/a&b.so");
    }

    [Test]
    public void TheListNamesWhatIsLoaded()
    {
        Launch(PacketClient.Gdb13);
        Assert.That(_client.Send("qXfer:libraries-svr4:read::0,1000"), Is.EqualTo(
            "l<library-list-svr4 version=\"1.0\" main-lm=\"0x1d00\">"
            + "<library name=\"/ld.so\" lm=\"0x1d40\" l_addr=\"0x5000\" l_ld=\"0x5100\"/>"
            + "<library name=\"/lib/a&amp;b.so\" lm=\"0x1d80\" l_addr=\"0x6000\" l_ld=\"0x6100\"/></library-list-svr4>"));
        Assert.That(_client.Send("qXfer:libraries:read::0,1000"), Is.EqualTo(
            "l<library-list><library name=\"/ld.so\"><segment address=\"0x5000\"/></library>"
            + "<library name=\"/lib/a&amp;b.so\"><segment address=\"0x6000\"/></library></library-list>"));
    }

    [Test]
    public void NameSpacesAreToldToThoseWhoKnowThem()
    {
        Launch(PacketClient.Gdb16);
        Words(Debug, 2, Main, Break, 0, 0x5000, More);
        Words(More, 2, Third, Break, 0, 0x5000, 0);
        Words(Third, 0x7000, Names + 0x20, 0x7100, 0, 0);
        var list = _client.Send("qXfer:libraries-svr4:read::0,1000");
        Assert.That(list, Does.Contain("l_ld=\"0x6100\" lmid=\"0x1c00\"/>").And.Contain("lm=\"0x1dc0\" l_addr=\"0x7000\" l_ld=\"0x7100\" lmid=\"0x1c80\"/>"));
    }

    [Test]
    public void TheRestOfAListIsAskedForByItsFirst()
    {
        Launch(PacketClient.Gdb13);
        Assert.That(_client.Send("qXfer:libraries-svr4:read:start=1d80;prev=1d40:0,1000"), Is.EqualTo(
            "l<library-list-svr4 version=\"1.0\"><library name=\"/lib/a&amp;b.so\" lm=\"0x1d80\" l_addr=\"0x6000\" l_ld=\"0x6100\"/></library-list-svr4>"));
    }

    [TestCase("start=")]
    [TestCase("start=1d80;other=1")]
    [TestCase("start")]
    public void AnAnnexOfAnotherFormIsMalformed(string annex)
    {
        Launch(PacketClient.Gdb13);
        Assert.That(_client.Send($"qXfer:libraries-svr4:read:{annex}:0,1000"), Is.EqualTo("E16"));
    }

    /// <summary>A list that has no end is cut, and one that leads nowhere ends.</summary>
    [Test]
    public void ABrokenListIsRead()
    {
        Launch(PacketClient.Gdb13);
        Words(Second, 0x6000, Names + 0x20, 0x6100, First, First);
        Assert.That(_client.Send("qXfer:libraries:read::0,1000"), Does.StartWith("m<library-list>"));
        Words(Second, 0x6000, Names + 0x20, 0x6100, 0xdead0000, First);
        Assert.That(_client.Send("qXfer:libraries:read::0,1000"), Does.StartWith("l<library-list>").And.Contain("a&amp;b.so"));
    }

    [Test]
    public void ChangesAreStopsForAClientThatReadsTheOtherList()
    {
        Launch(PacketClient.Gdb13);
        _client.Send("qXfer:libraries:read::0,1000");
        Assert.That(_client.Send("m1002,1"), Is.EqualTo("90"), "nobody sees the breakpoint");
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05library:;").And.Contain("10:0210000000000000;"));
        Assert.That(_client.SendAndInterrupt("vCont;c"), Does.StartWith("T02").And.Contain("10:0310000000000000;"));
    }

    [Test]
    public void AChangeUnderWayIsNoStop()
    {
        Launch(PacketClient.Gdb13);
        _client.Send("qXfer:libraries:read::0,1000");
        Words(Debug + 24, 1);
        Assert.That(_client.SendAndInterrupt("vCont;c"), Does.StartWith("T02").And.Contain("10:0310000000000000;"));
    }

    [Test]
    public void BeforeTheLinkerHasBegunItsWorkIsAwaitedAtTheEntry()
    {
        Launch(PacketClient.Gdb13, isLinked: false);
        Assert.That(_client.Send("qXfer:libraries:read::0,1000"),
            Is.EqualTo("l<library-list><library name=\"/ld.so\"><segment address=\"0x5000\"/></library></library-list>"));
        Assert.That(_client.Send("qXfer:libraries-svr4:read::0,1000"), Is.EqualTo("l<library-list-svr4 version=\"1.0\"/>"));
        Words(Dynamic + 24, Debug);
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05library:;").And.Contain("10:0110000000000000;"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05library:;").And.Contain("10:0210000000000000;"));
    }

    [Test]
    public void TheClientsOwnBreakpointAtThePlaceIsReportedFirst()
    {
        Launch(PacketClient.Gdb13);
        _client.Send("qXfer:libraries:read::0,1000");
        Assert.That(_client.Send("Z0,1002,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05swbreak:;").And.Contain("10:0210000000000000;"));
        Assert.That(_client.Send("z0,1002,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;s"), Does.StartWith("T05library:;").And.Contain("10:0210000000000000;"));
        Assert.That(_client.Send("vCont;s"), Does.StartWith("T0506:").And.Contain("10:0310000000000000;"));
    }

    [Test]
    public void TheyAreTwoStopsInNonStopModeToo()
    {
        Launch(PacketClient.Gdb13);
        _client.Send("qXfer:libraries:read::0,1000");
        Assert.That(_client.Send("Z0,1002,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("QNonStop:1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Is.EqualTo("OK"));
        Assert.That(NextKind(), Is.EqualTo(StopKind.SoftwareBreakpoint));
        Assert.That(_client.Send("vStopped"), Is.EqualTo("OK"));
        Assert.That(_client.Send("z0,1002,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;s"), Is.EqualTo("OK"));
        Assert.That(NextKind(), Is.EqualTo(StopKind.LibrariesChanged));
        Assert.That(_client.Process.Main.Pc, Is.EqualTo(Break), "it has not moved");
        Assert.That(_client.Send("vStopped"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;s"), Is.EqualTo("OK"));
        Assert.That(NextKind(), Is.EqualTo(StopKind.Step));
        Assert.That(_client.Process.Main.Pc, Is.EqualTo(Break + 1));
    }

    /// <summary>The next stop that a client is notified of, after as much waiting as it takes.</summary>
    private StopKind NextKind()
    {
        StopEvent stop;
        while (!_client.Session.NonStop!.TryTell(out stop)) _client.Session.NonStop!.Wait(_ => false);
        return stop.Kind;
    }

    [Test]
    public void AllStopsOfAProcessAreKeptWhileAnotherReports()
    {
        _client.Send(PacketClient.Gdb13);
        _client.Launch(Nop, Nop, Nop, Loop);
        Assert.That(_client.Send("Z0,1002,1"), Is.EqualTo("OK"));
        var first = _client.Thread;
        Launch(PacketClient.Gdb13);
        _client.Send("qXfer:libraries:read::0,1000");
        Assert.That(_client.Send("Z0,1002,1"), Is.EqualTo("OK"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05swbreak:;").And.Contain($"thread:{first};"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05swbreak:;").And.Contain($"thread:{_client.Thread};"));
        Assert.That(_client.Send("vCont;c"), Does.StartWith("T05library:;").And.Contain($"thread:{_client.Thread};"));
    }

    [TestCase(PacketClient.Gdb13, OsAbi.Auto, 0, 0)]
    [TestCase(PacketClient.Gdb13, OsAbi.FreeBSD, 9, 1)]
    [TestCase(PacketClient.Gdb16, OsAbi.Auto, 9, 1)]
    [TestCase(PacketClient.Gdb16, OsAbi.None, 0, 0)]
    [TestCase("qSupported:xmlRegisters=i386;multiprocess+", OsAbi.Auto, 9, 1, Description = "lldb knows FreeBSD")]
    public void TheBrandIsShownToThoseWhoKnowIt(string hello, OsAbi option, int brand, int note)
    {
        _client = new PacketClient(new SessionOptions { OsAbi = option });
        _client.Send(hello);
        var program = Branded(2);
        _client.Kernel.Files["/bin/program"] = program;
        _client.Kernel.Files["/core"] = Branded(4);
        Assert.That(_client.Send("vFile:open:" + PacketClient.Hex("/bin/program") + ",0,0"), Is.EqualTo("F0"));
        Assert.That(_client.Send("vFile:pread:0,1,7")[^1], Is.EqualTo((char)brand));
        Assert.That(_client.Send("vFile:pread:0,8,6")[4], Is.EqualTo((char)brand));
        Assert.That(_client.Send("vFile:pread:0,2,80")[^2], Is.EqualTo((char)note));
        Assert.That(_client.Send("vFile:pread:0,1,4")[^1], Is.EqualTo('\u0002'));
        Assert.That(_client.Send("vFile:close:0"), Is.EqualTo("F0"));
        Assert.That(_client.Send("vFile:open:" + PacketClient.Hex("/core") + ",0,0"), Is.EqualTo("F1"));
        Assert.That(_client.Send("vFile:pread:1,1,7")[^1], Is.EqualTo('\t'), "a core is of its system");
        Assert.That(program[7], Is.EqualTo(9), "the file itself is as it was");
    }

    /// <summary>An ELF file of FreeBSD's with an ABI note, whose type is at 0x80.</summary>
    private static byte[] Branded(ushort type)
    {
        var file = new byte[0x100];
        byte[] identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 9];
        identity.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), type);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 0x40);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x40), 4);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(0x48), 0x78);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(0x60), 0x18);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x78), 8);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x7c), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x80), 1);
        Encoding.ASCII.GetBytes("FreeBSD").CopyTo(file, 0x84);
        return file;
    }

    private void PutHeader(ulong index, uint type, ulong address, ulong size)
    {
        Words(Headers + 56 * index, type, 0, address, 0, size, size, 8);
    }

    private void Words(ulong address, params ulong[] words)
    {
        for (var index = 0; index < words.Length; index++)
            BinaryPrimitives.WriteUInt64LittleEndian(_client.Process.Memory.AsSpan((int)(address - Base) + 8 * index), words[index]);
    }

    private void Put(ulong address, string text) => Encoding.ASCII.GetBytes(text).CopyTo(_client.Process.Memory, (int)(address - Base));
}
