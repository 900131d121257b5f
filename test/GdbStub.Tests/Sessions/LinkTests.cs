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
    public void AReplyOfAnyLengthLeavesInOnePieceWithItsAcknowledgement([Values(0, 100, 5000, 100_000)] int length)
    {
        var link = Open(ScriptedConnection.Frame("g"u8));
        var reply = new byte[length];
        new Random(length).NextBytes(reply);
        // Neither escapes nor runs: the frame is as long as it can be.
        for (var at = 0; at < length; at++) reply[at] = (byte)('a' + (at & 1) + (reply[at] & 2));
        link.Send(reply);
        Assert.That(_sent, Has.Count.EqualTo(1));
        Assert.That(_sent[0], Is.EqualTo((byte[])[(byte)'+', .. ScriptedConnection.Frame(reply)]));
    }

    [Test]
    public void TheLastFrameIsSentAgainWithoutTheAcknowledgement()
    {
        var link = Open([.. ScriptedConnection.Frame("g"u8), (byte)'-', .. "$g#00"u8, .. ScriptedConnection.Frame("g"u8)]);
        link.Send("abc"u8);
        Assert.That(link.TryRead(), Is.EqualTo(FrameKind.Packet));
        link.Flush();
        byte[][] expected = [[(byte)'+', .. "$abc#26"u8], [.. "$abc#26"u8], [(byte)'-'], [(byte)'+']];
        Assert.That(_sent, Is.EqualTo(expected));
    }

    [Test]
    public void WithoutAcknowledgementsNothingIsKeptToBeSentAgain()
    {
        var link = Open([.. ScriptedConnection.Frame("g"u8), .. ScriptedConnection.Frame("g"u8), (byte)'-']);
        link.Send("OK"u8);
        link.EndAcks();
        Assert.That(link.TryRead(), Is.EqualTo(FrameKind.Packet));
        link.Send("abc"u8);
        Assert.That(link.TryRead(), Is.EqualTo(FrameKind.None));
        byte[][] expected = [[.. "+$OK#9a"u8], [.. "$abc#26"u8]];
        Assert.That(_sent, Is.EqualTo(expected));
    }

    /// <summary>A link to a client that says all of <paramref name="bytes"/> at once and leaves.</summary>
    private Link Open(byte[] bytes)
    {
        _sent.Clear();
        byte[]? next = bytes;
        var link = new Link(new ScriptedConnection(() => (next, next = null).Item1, sent => _sent.Add(sent.ToArray())));
        Assert.That(link.Open(TimeSpan.MaxValue), Is.True);
        return link;
    }
}
