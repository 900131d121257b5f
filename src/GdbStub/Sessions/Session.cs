using GdbStub.Packets;
using GdbStub.Tracing;
using Serilog;
using Serilog.Core;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>One client's conversation, as the packet handlers see it. Used only on the connection's own thread.</summary>
public sealed class Session
{
    /// <summary>A directory in the machine's memory, whatever its root is.</summary>
    public const string Writable = "/tmp";

    // Bytes of files after which the log says so, again and again: who fetches a large program sees that it goes on.
    private const long Milestone = 16 << 20;

    private readonly Engagement _engagement;
    private readonly LaunchSettings _earlySettings = new();
    private readonly Action<string> _print;
    private readonly HashSet<string> _toldNeutral = [];
    private long _transferred;

    /// <param name="print">Sends an O packet; allowed while a reply is outstanding.</param>
    public Session(Engagement engagement, PacketTable packets, SessionOptions options, Action<string> print)
    {
        _engagement = engagement;
        Packets = packets;
        Options = options;
        Reply = new ReplyBuffer(Client);
        _print = print;
        if (engagement.IsDecided) engagement.Debuggee.Tracer.Print = print;
    }

    /// <summary>What the client understands.</summary>
    public Client Client { get; } = new();

    /// <summary>The reply to the packet in hand; empty when the handler starts.</summary>
    public ReplyBuffer Reply { get; }

    /// <summary>The debugger that this session drives. It may be older than the session: a held program's.</summary>
    public Tracer Tracer => _engagement.IsDecided ? _engagement.Debuggee.Tracer : Engage(_engagement.Debuggee);

    /// <summary>System calls for what concerns no debugged process: files, sysctl.</summary>
    public SystemCalls System => _engagement.System;

    /// <summary>How the next program is started.</summary>
    public LaunchSettings Settings => _engagement.IsDecided ? Tracer.Settings : _earlySettings;

    /// <summary>
    /// What a program started by this session gets as descriptors 0, 1 and 2; its output reaches the client as O packets.
    /// </summary>
    public GuestConsole Console => _engagement.Debuggee.Console;

    /// <summary>Why there is no program although the command line names one; null when that is no surprise.</summary>
    public string? Explanation => _engagement.Debuggee.Explanation;

    /// <summary>Everything that is served; for qSupported.</summary>
    public PacketTable Packets { get; }

    public SessionOptions Options { get; }

    /// <summary>What the session's packets became; null: nobody keeps it.</summary>
    public PacketTrace? Trace { get; init; }

    /// <summary>
    /// Called by handlers that may take long, after each slice of their work: true when the client has left, wants them to stop or was silent for too
    /// long. The packet in hand is no longer valid then.
    /// </summary>
    public Func<bool> IsInterrupted { get; init; } = static () => false;

    /// <summary>What is said about the session; by itself nothing.</summary>
    public ILogger Log { get; init; } = Logger.None;

    /// <summary>
    /// Whether the client is taken to know the OS ABI FreeBSD. gdb before 16, which does not send error-message+, may lack it (Debian 12's
    /// does), and then refuses a target of that ABI, and programs.
    /// </summary>
    public bool KnowsFreeBsd => Options.OsAbi == OsAbi.FreeBSD || Options.OsAbi == OsAbi.Auto && Client.ErrorMessage;

    /// <summary>The open files that the client is shown without their brand, by descriptor.</summary>
    public Dictionary<int, ServedProgram> NeutralPrograms { get; } = [];

    /// <summary>
    /// The client has opened a file: if it is a program of an ABI that the client does not know, it is shown as one of none.
    /// </summary>
    public void ServeNeutral(int descriptor, string path)
    {
        NeutralPrograms.Remove(descriptor);
        if (!Client.IsGdb || KnowsFreeBsd || ServedProgram.Read(System, descriptor) is not { } program) return;
        NeutralPrograms.Add(descriptor, program);
        // gdb opens its program again and again.
        if (_toldNeutral.Add(path)) Log.Information("served {Path} without its FreeBSD brand, for a gdb that may not know FreeBSD", path);
    }

    /// <summary>The address that the client has connected to: 127.0.0.1:1234, unix:PATH or stdio.</summary>
    public string Endpoint => _engagement.Endpoint;

    /// <summary>What the server has done; null without one.</summary>
    public ServerStatistics? Statistics => _engagement.Statistics;

    /// <summary>
    /// Where programs start unless the client says otherwise; null: where the server does. lldb puts programs there before it starts them,
    /// so that for it this is where files can always be made.
    /// </summary>
    public string? StartDirectory => Options.WorkingDirectory ?? (Client.IsLldb ? Writable : null);

    /// <summary>The next connection, by which this client will start something or attach, gets nothing of what the server offers.</summary>
    public void PromiseEmptyDebuggee() => _engagement.PromiseEmptyDebuggee();

    /// <summary>What the last attempt to start a program has said.</summary>
    public Errno LaunchError { get; set; }

    /// <summary>The program that the client wants to attach to, and that has not come yet.</summary>
    public AwaitedProgram? Awaited { get; private set; }

    /// <summary>How many instructions the guests have retired.</summary>
    public long Instructions => _engagement.Instructions;

    /// <summary>The C prototype of a system call; null: the kernel has no such call.</summary>
    public string? SystemCallPrototype(int number) => _engagement.SystemCallPrototype(number);

    /// <summary>The CPU of the programs.</summary>
    public IDebugTarget Target => _engagement.Target;

    /// <summary>What is left of the list of processes that the client is reading.</summary>
    public Queue<int> ProcessList { get; } = [];

    /// <summary>Registers that the client has had saved.</summary>
    public SavedValues SavedRegisters { get; } = new();

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

    /// <summary>There is no reply until <paramref name="program"/> runs: it is then attached to, and its stop is the reply.</summary>
    public void Await(AwaitedProgram program) => (Deferred, Awaited) = (true, program);

    /// <summary>The protocol gives the packet in hand no reply (R).</summary>
    public void StaySilent() => Silent = true;

    /// <summary>QStartNoAckMode.</summary>
    public void EndAcks() => AcksEnd = true;

    /// <summary>The client has said its last word (k): a reply that was written is sent, then the connection is closed.</summary>
    public void End() => Ended = true;

    /// <summary>Shows text on the client's console before the reply: the output of a monitor command.</summary>
    public void Print(string text) => _print(text);

    /// <summary>Whether it is decided what this session debugs.</summary>
    public bool IsEngaged => _engagement.IsDecided;

    /// <summary>The client takes what the server offers, if it has not yet.</summary>
    public void Engage()
    {
        if (!_engagement.IsDecided) Engage(_engagement.Debuggee);
    }

    /// <summary>
    /// The debugger of a client that begins by starting or attaching to something: what the server offers is left to others.
    /// </summary>
    public Tracer TracerToStart() => _engagement.IsDecided ? Tracer : Engage(_engagement.DecideForNothing());

    /// <summary>
    /// Takes over the debugger that holds process <paramref name="pid"/>, stopped, for the next client; false if none does.
    /// </summary>
    public bool TryTakeOver(int pid)
    {
        if (!_engagement.TryTakeOver(pid)) return false;
        Engage(_engagement.Debuggee);
        return true;
    }

    /// <summary>The client has said more of what it understands.</summary>
    public void Agree()
    {
        if (_engagement.IsDecided) Tracer.Events = Client.Events | Tracer.Events & ReportedEvents.Threads;
    }

    /// <summary>Counts bytes of a file that go to or come from the client; false when they are more than the session may move.</summary>
    public bool MayTransfer(int bytes)
    {
        var isFirst = _transferred <= Options.MaxTransfer;
        var before = _transferred;
        _transferred += bytes;
        if (before / Milestone != _transferred / Milestone) Log.Information("{Megabytes} MB of files were read and written so far", _transferred >> 20);
        if (_transferred <= Options.MaxTransfer) return true;
        if (isFirst) Log.Warning("refused a file transfer: the session has moved {Limit} bytes, the limit (--max-transfer)", Options.MaxTransfer);
        return false;
    }

    /// <summary>Finds and calls the handler of <paramref name="packet"/>; the outcome is in the members above.</summary>
    public void Answer(ReadOnlySpan<byte> packet)
    {
        Reply.Clear();
        Deferred = Silent = AcksEnd = false;
        Awaited = null;
        if (Packets.Find(packet, out var arguments, out var needsStop) is not { } handler) return;
        var pauses = needsStop && NonStop is not null;
        if (pauses) NonStop!.Pause();
        handler(this, arguments);
        if (pauses) NonStop?.Settle();
    }

    /// <summary>Does what needs stopped processes, for a packet that in most cases does not.</summary>
    public void WhileStopped(Action action)
    {
        NonStop?.Pause();
        action();
        NonStop?.Settle();
    }

    /// <summary>Non-stop mode, while it is on.</summary>
    public NonStop? NonStop => _engagement.IsDecided && Tracer.NonStop is { IsOn: true } mode ? mode : null;

    /// <summary>What the client has said so far holds for the debugger that it gets.</summary>
    private Tracer Engage(Debuggee debuggee)
    {
        debuggee.Tracer.Events = Client.Events;
        debuggee.Tracer.Print = _print;
        debuggee.Tracer.Settings.Add(_earlySettings);
        return debuggee.Tracer;
    }
}
