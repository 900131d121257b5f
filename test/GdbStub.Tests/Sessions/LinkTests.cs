using System.Text;
using GdbStub.Frames;
using GdbStub.Sessions;
using GdbStub.Tests.Whole;
using NUnit.Framework;

namespace GdbStub.Tests.Sessions;

/// <summary>What a link sends, and in how many pieces: each is a system call, and may wake the client.</summary>
public sealed class LinkTests
{
    private readonly List<byte[]> _sent = [];

    [Test]
    public void AReplyOfAnyLengthLeavesInOnePiece([Values(0, 100, 5000, 100_000)] int length)
    {
        var link = Open(ScriptedConnection.Frame("g"u8));
        link.EndAcks();
        _sent.Clear();
        var reply = new byte[length];
        new Random(length).NextBytes(reply);
        // Neither escapes nor runs: the frame is as long as it can be.
        for (var at = 0; at < length; at++) reply[at] = (byte)('a' + (at & 1) + (reply[at] & 2));
        link.Send(reply);
        Assert.That(_sent, Has.Count.EqualTo(1));
        Assert.That(_sent[0], Is.EqualTo(ScriptedConnection.Frame(reply)));
    }

    /// <summary>A client that waits for its acknowledgement for too long sends the packet again, however soon the reply is made.</summary>
    [Test]
    public void APacketIsAcknowledgedBeforeItIsAnswered()
    {
        _ = Open(ScriptedConnection.Frame("g"u8));
        Assert.That(Sent, Is.EqualTo("+"));
    }

    [Test]
    public void TheLastFrameIsSentAgainWithoutTheAcknowledgement()
    {
        var link = Open(ScriptedConnection.Frame("g"u8));
        link.Send("abc"u8);
        Say([.. "-"u8, .. "$g#00"u8, .. ScriptedConnection.Frame("m0,1"u8)]);
        Assert.That(ReadAll(link), Is.EqualTo((string[])["m0,1"]));
        Assert.That(Sent, Is.EqualTo("+$abc#26$abc#26-+"));
    }

    /// <summary>Neither before the first frame nor behind its acknowledgement is there anything to send again.</summary>
    [Test]
    public void WhatIsAcknowledgedIsNotSentAgain()
    {
        var link = Open("-"u8.ToArray(), ScriptedConnection.Frame("g"u8), "+-"u8.ToArray());
        link.Send("abc"u8);
        Assert.That(ReadAll(link), Is.Empty);
        Assert.That(Sent, Is.EqualTo("+$abc#26"));
    }

    /// <summary>
    /// What a gdb that has waited for longer than its "remotetimeout" says before it gets the reply: a second copy of it would be taken for
    /// the reply to the next packet.
    /// </summary>
    [TestCase("$g#67", "+", Description = "the packet again")]
    [TestCase("$g#67$g#67", "++")]
    [TestCase("-", "")]
    [TestCase("--", "")]
    public void AClientThatHasWaitedGetsOneReply(string impatience, string acknowledgements)
    {
        var link = Open("+"u8.ToArray(), ScriptedConnection.Frame("g"u8), Encoding.ASCII.GetBytes(impatience));
        link.Send("abc"u8);
        Assert.That(ReadAll(link), Is.Empty);
        Assert.That(Sent, Is.EqualTo("+" + acknowledgements + "$abc#26"));
    }

    /// <summary>The packet that gdb sends again and the reply to the first one pass each other.</summary>
    [TestCase("$g#67", "", Description = "dropped: the reply is not acknowledged yet")]
    [TestCase("+$g#67", "g", Description = "a new packet, which is the same")]
    [TestCase("$m0,1#fa", "m0,1", Description = "another packet says that the reply has arrived")]
    public void APacketThatComesAgainBehindItsReplyIsDroppedUntilThatIsAcknowledged(string behind, string taken)
    {
        var link = Open("+"u8.ToArray(), ScriptedConnection.Frame("g"u8));
        link.Send("abc"u8);
        Say(Encoding.ASCII.GetBytes(behind));
        Assert.That(string.Concat(ReadAll(link)), Is.EqualTo(taken));
        Assert.That(Sent, Is.EqualTo("+$abc#26+"));
    }

    /// <summary>A client that acknowledges nothing at all repeats packets as it likes.</summary>
    [Test]
    public void WithoutAnyAcknowledgementARepeatedPacketIsANewOne()
    {
        var link = Open(ScriptedConnection.Frame("s"u8));
        link.Send("abc"u8);
        Say(ScriptedConnection.Frame("s"u8));
        Assert.That(ReadAll(link), Is.EqualTo((string[])["s"]));
    }

    /// <summary>The text of a monitor command comes before its reply, and each is acknowledged.</summary>
    [Test]
    public void AnAcknowledgedPieceOfOutputEndsTheTimeForRepeats()
    {
        var link = Open("+"u8.ToArray(), ScriptedConnection.Frame("g"u8));
        link.Send("O41"u8);
        Say("+"u8.ToArray());
        link.Send("OK"u8);
        Say([.. "+"u8, .. ScriptedConnection.Frame("g"u8)]);
        Assert.That(ReadAll(link), Is.EqualTo((string[])["g"]));
    }

    /// <summary>What came before its turn keeps its order: interrupts too.</summary>
    [Test]
    public void WhatComesWhileAReplyIsSentIsReadInOrder()
    {
        var link = Open("+"u8.ToArray(), ScriptedConnection.Frame("g"u8), [.. "$m0,1#fa"u8, 3, .. "$m0,2#fb"u8]);
        link.Send("abc"u8);
        Assert.That(ReadAll(link), Is.EqualTo((string[])["m0,1", "^C", "m0,2"]));
    }

    [Test]
    public void WithoutAcknowledgementsNothingIsKeptToBeSentAgain()
    {
        var link = Open(ScriptedConnection.Frame("g"u8));
        link.Send("OK"u8);
        link.EndAcks();
        Say([(byte)'-', .. ScriptedConnection.Frame("g"u8), (byte)'-', .. ScriptedConnection.Frame("g"u8)]);
        Assert.That(link.Receive(TimeSpan.Zero), Is.True);
        Assert.That(link.TryRead(), Is.EqualTo(FrameKind.Packet));
        link.Send("abc"u8);
        Assert.That(ReadAll(link), Is.EqualTo((string[])["g"]));
        Assert.That(Sent, Is.EqualTo("+$OK#9a$abc#26"));
    }

    private string Sent => Encoding.ASCII.GetString([.. _sent.SelectMany(piece => piece)]);

    private readonly Queue<byte[]> _script = new();

    /// <summary>The client says this next.</summary>
    private void Say(byte[] bytes) => _script.Enqueue(bytes);

    /// <summary>All that the client has to say.</summary>
    private static List<string> ReadAll(Link link)
    {
        var all = new List<string>();
        while (true)
        {
            switch (link.TryRead())
            {
                case FrameKind.Packet: all.Add(Encoding.ASCII.GetString(link.Packet)); break;
                case FrameKind.Interrupt: all.Add("^C"); break;
                default:
                    if (!link.Receive(TimeSpan.Zero)) return all;
                    break;
            }
        }
    }

    /// <summary>A link to a client that says these pieces whenever it is listened to, the first packet at once.</summary>
    private Link Open(params byte[][] pieces)
    {
        _sent.Clear();
        _script.Clear();
        foreach (var piece in pieces) Say(piece);
        var link = new Link(new ScriptedConnection(
            () => _script.TryDequeue(out var piece) ? piece : null, sent => _sent.Add(sent.ToArray())) { IsReady = () => _script.Count > 0 });
        Assert.That(link.Open(TimeSpan.MaxValue), Is.True);
        return link;
    }
}
