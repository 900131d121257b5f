using GdbStub.Frames;
using GdbStub.Sessions;

namespace GdbStub.Packets;

/// <summary>How lldb and the server come to terms, after qSupported (LLDB, "GDB Remote Protocol Extensions").</summary>
internal static class LldbConnecting
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>Register packets may end with ";thread:ID;". lldb then takes signal numbers to be the target's own.</summary>
    [Packet("QThreadSuffixSupported", Advertises = "QThreadSuffixSupported+")]
    public static void ThreadSuffix(Session session, ReadOnlySpan<byte> arguments)
    {
        session.Client.ThreadSuffix = true;
        session.Agree();
        session.Reply.Ok();
    }

    [Packet("QListThreadsInStopReply", Advertises = "QListThreadsInStopReply+")]
    public static void ListThreadsInStopReply(Session session, ReadOnlySpan<byte> arguments)
    {
        session.Client.ListThreadsInStopReply = true;
        session.Reply.Ok();
    }

    /// <summary>Errors have a text from now on.</summary>
    [Packet("QEnableErrorStrings")]
    public static void EnableErrorStrings(Session session, ReadOnlySpan<byte> arguments)
    {
        session.Client.ErrorStrings = true;
        session.Reply.Ok();
    }

    /// <summary>Gives back what was sent, so that the client finds its place in the conversation again after a timeout.</summary>
    [Packet("qEcho", "text", Advertises = "qEcho+")]
    public static void Echo(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Text("qEcho:"u8).Binary(arguments);

    /// <summary>As much of the alphabet as the client wants to time, in decimal: "process plugin packet speed-test".</summary>
    [Packet("qSpeedTest", "response_size:bytes;[data:…]")]
    public static void SpeedTest(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.Until(':').SequenceEqual("response_size"u8) || !reader.TryDecimal(out var wanted) || !reader.Skip(';'))
        {
            Targets.Malformed(session);
            return;
        }
        if (wanted == 0)
        {
            session.Reply.Ok();
            return;
        }
        session.Reply.Text("data:"u8);
        var left = Math.Min(wanted, FrameDecoder.PacketSize - "data:".Length);
        for (; left > Alphabet.Length; left -= Alphabet.Length) session.Reply.Text(Alphabet);
        session.Reply.Text(Alphabet.AsSpan(0, left));
    }

    /// <summary>Who serves.</summary>
    [Packet("qGDBServerVersion")]
    public static void ServerVersion(Session session, ReadOnlySpan<byte> arguments)
    {
        var version = typeof(LldbConnecting).Assembly.GetName().Version!;
        session.Reply.Text("name:gdbstub;version:"u8).Text(version.ToString(3)).Text(';');
    }
}
