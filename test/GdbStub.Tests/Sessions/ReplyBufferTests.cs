using System.Text;
using GdbStub.Sessions;
using NUnit.Framework;
using TraceKernel.Abi;

namespace GdbStub.Tests.Sessions;

/// <summary>The pieces that replies are made of, and the three ways to say that something went wrong.</summary>
public class ReplyBufferTests
{
    private readonly Client _client = new();

    [Test]
    public void WritesAllPieces()
    {
        var reply = new ReplyBuffer(_client);
        reply.Text("T05"u8).HexByte(7).Text(':').Hex([0, 0xab, 1]).Text(";").HexNumber(0).Text(',').HexNumber(0x4010_00ff).Unavailable(2)
            .HexText("é");
        Assert.That(Text(reply), Is.EqualTo("T0507:00ab01;0,401000ffxxxxe9"));
    }

    [Test]
    public void EscapesBinary()
    {
        var reply = new ReplyBuffer(_client).Text('l').Binary("a#$}*b"u8);
        Assert.That(Text(reply), Is.EqualTo("la}\u0003}\u0004}]}\nb"));
    }

    [Test]
    public void ThreadIdsNameTheProcessOnlyToThoseWhoAsked()
    {
        Assert.That(Text(new ReplyBuffer(_client).ThreadId(0x1f, 0x186a1)), Is.EqualTo("186a1"));
        _client.Agree("multiprocess+"u8);
        Assert.That(Text(new ReplyBuffer(_client).ThreadId(0x1f, 0x186a1)), Is.EqualTo("p1f.186a1"));
    }

    [Test]
    public void ErrorsAreSaidAsTheClientUnderstands()
    {
        Assert.That(Error(), Is.EqualTo("E0e"));
        _client.ErrorStrings = true;
        Assert.That(Error(), Is.EqualTo("E0e;" + Convert.ToHexStringLower("no * here"u8)));
        _client.Agree("swbreak+;error-message+"u8);
        Assert.That(Error(), Is.EqualTo("E.no ? here"));

        string Error()
        {
            var reply = new ReplyBuffer(_client).Text("half a reply");
            reply.Error(Errno.EFAULT, "no * here");
            return Text(reply);
        }
    }

    [Test]
    public void GrowsToAnySize()
    {
        var reply = new ReplyBuffer(_client).Hex(new byte[100_000]);
        Assert.That(reply.Bytes.Length, Is.EqualTo(200_000));
        reply.Unsupported();
        Assert.That(reply.IsEmpty);
    }

    [Test]
    public void AFeatureThatIsNotNamedAgainIsGone()
    {
        _client.Agree("multiprocess+;swbreak+;hwbreak+;fork-events+;xmlRegisters=i386;no-resumed+;vfork-events-"u8);
        Assert.That((_client.Multiprocess, _client.SwBreak, _client.ForkEvents, _client.NoResumed, _client.VforkEvents),
            Is.EqualTo((true, true, true, true, false)));
        _client.Agree(""u8);
        Assert.That((_client.Multiprocess, _client.SwBreak), Is.EqualTo((false, false)));
    }

    private static string Text(ReplyBuffer reply) => Encoding.Latin1.GetString(reply.Bytes);
}
