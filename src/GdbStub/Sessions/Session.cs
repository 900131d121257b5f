using GdbStub.Packets;
using GdbStub.Tracing;
using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>One client's conversation, as the packet handlers see it. Used only on the connection's own thread.</summary>
public sealed class Session
{
    private readonly Debuggee _debuggee;
    private readonly Action<string> _print;

    /// <param name="print">Sends an O packet; allowed while a reply is outstanding.</param>
    public Session(Debuggee debuggee, PacketTable packets, SessionOptions options, Action<string> print)
    {
        _debuggee = debuggee;
        Packets = packets;
        Options = options;
        Reply = new ReplyBuffer(Client);
        _print = print;
    }

    /// <summary>What the client understands.</summary>
    public Client Client { get; } = new();

    /// <summary>The reply to the packet in hand; empty when the handler starts.</summary>
    public ReplyBuffer Reply { get; }

    /// <summary>The debugger that this session drives. It may be older than the session: a held program's.</summary>
    public Tracer Tracer => _debuggee.Tracer;

    /// <summary>What a program started by this session gets as descriptors 0, 1 and 2; its output reaches the client as O packets.</summary>
    public Terminal Terminal => _debuggee.Console.Terminal;

    /// <summary>Why there is no program although the command line names one; null when that is no surprise.</summary>
    public string? Explanation => _debuggee.Explanation;

    /// <summary>Everything that is served; for qSupported.</summary>
    public PacketTable Packets { get; }

    public SessionOptions Options { get; }

    /// <summary>True when the packet in hand is answered by a stop reply, later.</summary>
    public bool Deferred { get; private set; }

    /// <summary>True when the packet in hand has no reply, not even an empty one.</summary>
    public bool Silent { get; private set; }

    /// <summary>True when the acknowledgements end once this reply has been acknowledged.</summary>
    public bool AcksEnd { get; private set; }

    /// <summary>True when the connection is to be closed once the reply has been sent.</summary>
    public bool Ended { get; private set; }

    /// <summary>
    /// There is no reply yet: the handler has resumed something. The session now waits for the <see cref="Tracer"/> to report a stop,
    /// answers it, and looks out for the client's interrupt meanwhile.
    /// </summary>
    public void Defer() => Deferred = true;

    /// <summary>The protocol gives the packet in hand no reply (R).</summary>
    public void StaySilent() => Silent = true;

    /// <summary>QStartNoAckMode.</summary>
    public void EndAcks() => AcksEnd = true;

    /// <summary>The client has said its last word (k): a reply that was written is sent, then the connection is closed.</summary>
    public void End() => Ended = true;

    /// <summary>Shows text on the client's console before the reply: the output of a monitor command.</summary>
    public void Print(string text) => _print(text);

    /// <summary>Finds and calls the handler of <paramref name="packet"/>; the outcome is in the members above.</summary>
    public void Answer(ReadOnlySpan<byte> packet)
    {
        Reply.Clear();
        Deferred = Silent = AcksEnd = false;
        Packets.Find(packet, out var arguments)?.Invoke(this, arguments);
    }
}
