using System.Text;
using GdbStub.Packets;
using GdbStub.Sessions;
using NUnit.Framework;

namespace GdbStub.Tests.Sessions;

/// <summary>Which handler gets a packet, what it is given, and what is advertised.</summary>
public class PacketTableTests
{
    private static readonly PacketTable Table = new([typeof(Family)], request => request != 99);

    [TestCase("m1000,4", "m", "1000,4")]
    [TestCase("D", "D", "")]
    [TestCase("D;1f", "D", "1f")]
    [TestCase("vCont;c:p1.1", "vCont", "c:p1.1")]
    [TestCase("vCont?", "vCont?", "")]
    [TestCase("Z0,400000,1", "Z0", "400000,1")]
    [TestCase("qC", "qC", "")]
    [TestCase("qXfer:threads:read::0,1000", "qXfer:threads:read:", ":0,1000")]
    [TestCase("qSymbol::", "qSymbol", ":")]
    [TestCase("qRegisterInfo1f", "qRegisterInfo", "1f")]
    public void Finds(string packet, string name, string arguments)
    {
        var handler = Table.Find(Encoding.ASCII.GetBytes(packet), out var given, out _);
        Assert.That(handler?.Method.Name, Is.EqualTo(Family.MethodOf(name)));
        Assert.That(Encoding.ASCII.GetString(given), Is.EqualTo(arguments));
    }

    [TestCase("")]
    [TestCase("qCRC:1000,4")]
    [TestCase("vContinue")]
    [TestCase("qXfer:threads:rea")]
    [TestCase("\u00ff")]
    [TestCase("qNeedy")]
    public void DoesNotFind(string packet) => Assert.That(Table.Find(Encoding.Latin1.GetBytes(packet), out _, out _), Is.Null);

    [Test]
    public void AdvertisesWhatIsServedAndNothingElse() => Assert.That(Table.Supported, Is.EqualTo("QOne+;QTwo+;qXfer:threads:read+"));

    [Test]
    public void TwoHandlersOfOnePacketAreRefused() =>
        Assert.That(() => new PacketTable([typeof(Family), typeof(Rival)], _ => true),
            Throws.InvalidOperationException.With.Message.Contains("Rival"));

    [Test]
    public void TheProgramsOwnTableBinds()
    {
        Assert.That(PacketTable.OfThisAssembly(_ => true).Names, Is.SupersetOf(["?", "g", "m", "vCont", "qSupported", "QStartNoAckMode"]));
    }

    [Test]
    public void LookingUpAllocatesNothing()
    {
        var packet = "qXfer:threads:read::0,1000"u8.ToArray();
        Table.Find(packet, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 1000; count++) Table.Find(packet, out _, out _);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static class Family
    {
        public static string MethodOf(string packet) => typeof(Family).GetMethods()
            .Single(method => method.GetCustomAttributes(false).OfType<PacketAttribute>().Any(attribute => attribute.Name == packet)).Name;

        [Packet("m", "addr,length")]
        public static void ReadMemory(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("D")]
        public static void Detach(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("vCont")]
        public static void Resume(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("vCont?")]
        public static void ResumeActions(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("Z0", "addr,kind", Advertises = "QTwo+;QOne+")]
        public static void Insert(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("qC")]
        public static void CurrentThread(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("qXfer:threads:read:", "annex:offset,length", Advertises = "qXfer:threads:read+", Needs = [1])]
        public static void ReadThreads(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("qSymbol")]
        public static void Symbol(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("qRegisterInfo", Glued = true)]
        public static void RegisterInfo(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

        [Packet("qNeedy", Advertises = "qNeedy+", Needs = [1, 99])]
        public static void Needy(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();
    }

    private static class Rival
    {
        [Packet("m")]
        public static void ReadMemory(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();
    }
}
