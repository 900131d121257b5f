using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>What a debugger would not send, and what happens then: the session, or at least the server, lives on.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PacketTests : IDisposable
{
    private readonly ServerProcess _server = ServerProcess.Of("session.O0");

    public void Dispose() => _server.Dispose();

    [Test]
    public void A_bad_checksum_is_not_acknowledged()
    {
        using var client = new RspClient(_server.Port);
        client.Send("$qC#00");
        Assert.That(client.ReadByte(), Is.EqualTo('-'));
        client.Send(RspClient.Frame("qC"));
        Assert.That(client.ReadByte(), Is.EqualTo('+'));
        Assert.That(client.Reply(), Does.StartWith("QC"));
    }

    [Test]
    public void A_reply_that_is_not_acknowledged_is_sent_again()
    {
        using var client = new RspClient(_server.Port);
        client.Send(RspClient.Frame("qC"));
        Assert.That(client.ReadByte(), Is.EqualTo('+'));
        var reply = client.ReadRaw();
        client.Send("-");
        Assert.That(client.ReadRaw(), Is.EqualTo(reply));
        client.Send("+");
    }

    [TestCase("vMustReplyEmpty")]
    [TestCase("qNobodyKnows")]
    [TestCase("_nonsense")]
    [TestCase("\u00ff\u0001")]
    public void An_unknown_packet_has_the_empty_reply(string packet) => LivesOn(packet, Is.Empty);

    [TestCase("m")]
    [TestCase("mxyz,4")]
    [TestCase("m0")]
    [TestCase("m,")]
    [TestCase("M201000,4:00")]
    [TestCase("X201000")]
    [TestCase("Z0")]
    [TestCase("Z0,nowhere,1")]
    [TestCase("z9,0,0")]
    [TestCase("p")]
    [TestCase("Pzz=00")]
    [TestCase("P0")]
    [TestCase("G00")]
    [TestCase("Gxyz")]
    [TestCase("H")]
    [TestCase("Hgq")]
    [TestCase("T")]
    [TestCase("vCont;")]
    [TestCase("vCont;q")]
    [TestCase("vCont;c:p")]
    [TestCase("qXfer:features:read:target.xml:0")]
    [TestCase("qXfer:features:read:target.xml:zz,10")]
    [TestCase("qXfer:auxv:read::")]
    [TestCase("vFile:open")]
    [TestCase("vFile:pread:0")]
    [TestCase("qRcmd,f")]
    [TestCase("vAttach;")]
    [TestCase("vKill;zz")]
    [TestCase("QPassSignals:xyz;")]
    public void A_malformed_packet_is_an_error_and_the_session_lives_on(string packet) =>
        LivesOn(packet, Does.StartWith("E").Or.StartsWith("F-1").Or.Empty);

    [TestCase("m0,4", "E")]
    [TestCase("mffffffffffffffff,10", "E")]
    [TestCase("m800000000000,4", "E")]
    [TestCase("M0,1:00", "E")]
    [TestCase("p9999", "E")]
    [TestCase("P9999=00", "E")]
    [TestCase("Hgp99.99", "E")]
    [TestCase("Hg9999", "E")]
    [TestCase("T9999", "E")]
    [TestCase("vCont;c:p99.99", "E")]
    [TestCase("vAttach;9999", "E")]
    [TestCase("vKill;9999", "E")]
    [TestCase("Z0,0,1", "E")]
    [TestCase("qXfer:features:read:nothing.xml:0,100", "E")]
    public void What_does_not_exist_is_an_error_and_the_session_lives_on(string packet, string start) =>
        LivesOn(packet, Does.StartWith(start));

    [Test]
    public void A_packet_that_is_too_long_does_not_end_the_server()
    {
        using (var client = new RspClient(_server.Port))
        {
            client.Handshake();
            client.Send("$m" + new string('0', 1 << 20) + "#00");
        }
        Serves();
    }

    [TestCase("$m2000")]
    [TestCase("$m200000,4#")]
    [TestCase("$X200000,10:}")]
    [TestCase("$")]
    [TestCase("")]
    public void A_client_that_vanishes_mid_packet_leaves_the_server_serving(string sent)
    {
        using (var client = new RspClient(_server.Port))
        {
            client.Request("qSupported");
            client.Send(sent);
        }
        Serves();
    }

    [TestCase("GET / HTTP/1.1\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n$k#6b")]
    [TestCase("\n$qC#b4")]
    public void A_first_byte_that_no_debugger_sends_ends_the_connection(string sent)
    {
        using (var client = new RspClient(_server.Port))
        {
            client.Send(sent);
            Assert.That(client.ReadByte(), Is.EqualTo(-1));
        }
        AnswersAnother();
    }

    [Test]
    public void A_second_client_of_a_held_program_is_told_why_it_gets_none()
    {
        using var first = new RspClient(_server.Port);
        first.Handshake();
        using var second = new RspClient(_server.Port);
        second.Handshake();
        Assert.That(second.Request("?"), Does.StartWith("W").Or.StartsWith("E"));
        Assert.That(first.Request("?"), Does.StartWith("T"));
    }

    /// <summary>A traced process ignores SIGSTOP, and with it would go the one by which the server interrupts it.</summary>
    [Test]
    public void An_interrupt_behind_a_continue_with_sigstop_is_not_lost()
    {
        using var server = ServerProcess.Of("spin.O0");
        using var client = new RspClient(server.Port);
        client.Handshake();
        client.Send(RspClient.Frame("vCont;C11:p3.-1") + "\x03");
        Assert.That(client.Reply(), Does.StartWith("T02"));
        Assert.That(client.Request("D;3"), Is.EqualTo("OK"));
    }

    private void LivesOn(string packet, NUnit.Framework.Constraints.IResolveConstraint expected)
    {
        using var client = new RspClient(_server.Port);
        client.Handshake();
        var pc = client.Request("p10");
        Assert.Multiple(() =>
        {
            Assert.That(client.Request(packet), expected);
            Assert.That(client.Request("p10"), Is.EqualTo(pc).And.Not.Empty, "the session lives on");
            Assert.That(client.Request("vCont;s"), Does.StartWith("T05"));
            Assert.That(client.Request("p10"), Is.Not.EqualTo(pc));
        });
    }

    /// <summary>A new client gets the program. The one before may not have been missed yet.</summary>
    private void Serves()
    {
        _server.Process.WaitForError(" left");
        AnswersAnother();
    }

    private void AnswersAnother()
    {
        using var client = new RspClient(_server.Port);
        client.Handshake();
        Assert.That(client.Request("?"), Does.StartWith("T05"));
    }
}
