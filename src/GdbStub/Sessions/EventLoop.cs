using GdbStub.Frames;
using GdbStub.Tracing;
using Serilog;
using TraceKernel.Abi;

namespace GdbStub.Sessions;

/// <summary>
/// The loop of one connection: a packet, a stop of the program, an interrupt, or the end. It runs on the connection's own thread, which is
/// also the program's CPU while the program runs.
/// </summary>
public sealed class EventLoop
{
    // One O packet's worth of output.
    private const int OutputBytes = 2048;

    // One O packet's worth of what the server itself says: two digits for each byte fit the client's buffer.
    private const int PrintedBytes = FrameDecoder.PacketSize / 4;

    // What a client may send behind a packet that waits for a stop, in receives of up to 16 KB.
    private const int ReceivesBehindPacket = 64;

    // How often it is looked whether a program that is waited for has come.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    private readonly Link _link;
    private readonly Engagement _engagement;
    private readonly Session _session;
    private readonly PacketTrace _packets;
    private readonly ILogger _log;
    private readonly IdleLimit _idle;
    private readonly Func<TimeSpan, bool> _isInterrupted;
    private readonly Func<TimeSpan, bool> _hasReceived;
    private readonly byte[] _output = new byte[OutputBytes];
    private bool _wantsInterrupt;
    private int _receivesBehindPacket;

    /// <param name="link">One that is open.</param>
    public EventLoop(Link link, Engagement engagement, Packets.PacketTable table, SessionOptions options, PacketTrace packets, ILogger log)
    {
        _link = link;
        _engagement = engagement;
        _packets = packets;
        _log = log;
        _idle = new IdleLimit(options.MaxIdle, options.Clock);
        _isInterrupted = IsInterrupted;
        _hasReceived = HasReceived;
        _session = new Session(engagement, table, options, Print) { Trace = packets, Log = log, IsInterrupted = IsGivenUp };
    }

    /// <summary>
    /// Serves the client until it leaves, says its last word, or <see cref="Transports.Connection.Abort"/> ends the connection.
    /// </summary>
    public void Run()
    {
        // It begins with the packet that opened the link.
        for (var frame = FrameKind.Packet; !_session.Ended; frame = _link.TryRead())
        {
            switch (frame)
            {
                case FrameKind.Packet:
                    Answer();
                    break;
                case FrameKind.TooLong:
                    _log.Warning("refused a packet of more than {Limit} bytes", FrameDecoder.PacketSize);
                    _session.Reply.Error(Errno.EINVAL, "the packet is longer than PacketSize");
                    Send();
                    break;
                case FrameKind.Interrupt:
                    InterruptBetweenStops();
                    break;
                case FrameKind.None when Attend():
                    break;
                default:
                    if (_idle.IsOver && !_link.IsClosed) GiveUp();
                    return;
            }
            if (_session.NonStop is { } mode) Notify(mode);
        }
    }

    /// <summary>
    /// The client wants a stop while nothing runs, but for non-stop mode. gdb may step or skip breakpoints for one command of its user, so that
    /// what it resumes next is stopped, as gdbserver's SIGINT does it (remote-utils, getpkt). lldb takes the stop that overtook it for the
    /// one that it asked for.
    /// </summary>
    private void InterruptBetweenStops()
    {
        if (_session.NonStop is { } mode) mode.Interrupt();
        else if (_session.IsEngaged && !_session.Client.IsLldb) _session.Tracer.Interrupt();
    }

    /// <summary>Waits for bytes; in non-stop mode the programs run meanwhile.</summary>
    /// <returns>False when the client has gone, or has been silent for too long.</returns>
    private bool Attend()
    {
        if (_session.NonStop is not { AnyRuns: true } mode) return _link.Receive(_idle.Left) || (!_link.IsClosed && !_idle.IsOver);
        mode.Wait(_hasReceived);
        LogOutput();
        return !_link.IsClosed && !_idle.IsOver;
    }

    /// <summary>
    /// The client reads this when it comes back to the connection: as the answer to its next packet, or as output of the program that it
    /// waits for.
    /// </summary>
    private void GiveUp()
    {
        _log.Warning("{Limit:l}", _idle.ToString());
        if (_session.Deferred)
        {
            Print($"gdbstub: {_idle}\n");
            return;
        }
        _session.Reply.Error(Errno.ETIMEDOUT, _idle.ToString());
        Send();
    }

    /// <summary>Called between slices of programs that run while the client may talk.</summary>
    private bool HasReceived(TimeSpan mayWait)
    {
        LogOutput();
        return _link.Receive(mayWait) || _link.IsClosed || _idle.IsOver;
    }

    private void Notify(NonStop mode)
    {
        if (!mode.TryTell(out var stop)) return;
        _idle.Heard();
        _session.Reply.Clear();
        _session.Reply.Text("Stop:"u8);
        StopReplies.Write(_session, stop);
        _packets.Sent(_session.Reply.Bytes, _session.Reply.Kind);
        _link.Notify(_session.Reply.Bytes);
    }

    /// <summary>
    /// What a program prints in non-stop mode: gdb takes an O packet for the reply to what it asks meanwhile, so that the server's log gets
    /// it.
    /// </summary>
    private void LogOutput()
    {
        var console = _engagement.Debuggee.Console;
        if (console.HasOutput) _idle.Heard();
        while (console.HasOutput)
            _log.Information("the program prints: {Text}", GuestText.Of(_output.AsSpan(0, console.Fetch(_output))));
    }

    private void Answer()
    {
        _idle.Heard();
        _packets.Received(_link.Packet);
        _session.Answer(_link.Packet);
        if (_session.Silent || _session.Deferred && !WaitForStop()) return;
        if (!_session.Ended || !_session.Reply.IsEmpty) Send();
        if (_session.AcksEnd) _link.EndAcks();
    }

    /// <summary>Lets the program run until it has something to report, and makes that the reply.</summary>
    /// <returns>False when the client has gone meanwhile.</returns>
    private bool WaitForStop()
    {
        _wantsInterrupt = false;
        if (_session.Awaited is { } program) return WaitFor(program);
        var tracer = _session.Tracer;
        // It may have come in one piece with what let the program run, which may stop by itself before anybody looks again.
        ReadAhead();
        if (_wantsInterrupt) tracer.Interrupt();
        StopEvent stop;
        while (tracer.Wait(_isInterrupted, out stop) == Errno.EINTR)
        {
            if (_link.IsClosed) return false;
            // After each slice until it has stopped: what asks for it can be taken away by another process.
            if (_wantsInterrupt) tracer.Interrupt();
        }
        if (_session.Client.IsLldb) tracer.ForgetInterrupt();
        SendOutput();
        _session.Reply.Clear();
        _idle.Heard();
        StopReplies.Write(_session, stop);
        return true;
    }

    /// <summary>Waits for a program to attach to, until it comes or the client has had enough.</summary>
    private bool WaitFor(AwaitedProgram program)
    {
        int pid;
        _log.Information("waiting for a program named {Name}", program.Name);
        while ((pid = program.Find(traced: false)) == 0)
        {
            if (!IsInterrupted(LookInterval)) continue;
            if (_link.IsClosed) return false;
            _session.Reply.Error(Errno.EINTR, $"interrupted while waiting for {program.Name}");
            return true;
        }
        Packets.Processes.AttachTo(_session, pid);
        return true;
    }

    /// <summary>Called between slices of the program: passes on what it printed and looks for the client's interrupt.</summary>
    private bool IsInterrupted(TimeSpan mayWait)
    {
        SendOutput();
        ReadAhead();
        if (_wantsInterrupt) return true;
        if (_link.Receive(mayWait))
        {
            _idle.Heard();
            if (_link.HasPostponed && ++_receivesBehindPacket > ReceivesBehindPacket)
            {
                _log.Warning("the client floods a running program's session");
                _link.Close();
                return true;
            }
            ReadAhead();
        }
        else if (_idle.IsOver && !_link.IsClosed)
        {
            GiveUp();
            _link.Close();
            return true;
        }
        return _wantsInterrupt || _link.IsClosed;
    }

    /// <summary>Called by a handler between slices of its work: whether the client has left, sends an interrupt or has exceeded its time.</summary>
    private bool IsGivenUp()
    {
        _wantsInterrupt = false;
        if (_link.Receive(TimeSpan.Zero) && _link.HasPostponed && ++_receivesBehindPacket > ReceivesBehindPacket) _link.Close();
        ReadAhead(mayAnswer: false);
        return _wantsInterrupt || _link.IsClosed || _idle.IsOver;
    }

    /// <summary>
    /// Looks for the client's interrupt among what it has said. All-stop clients say nothing else now; should packets come, they are
    /// answered after the stop, and hold no interrupt up.
    /// </summary>
    /// <param name="mayAnswer">No other packet is being answered.</param>
    private void ReadAhead(bool mayAnswer = true)
    {
        while (!_wantsInterrupt && _link.TryReadAhead() is var frame && frame != FrameKind.None)
        {
            if (frame == FrameKind.Interrupt)
            {
                _wantsInterrupt = true;
            }
            else if (mayAnswer && frame == FrameKind.Packet && !_link.HasPostponed && _link.Packet.StartsWith("I"u8))
            {
                // What is typed is for the running program: lldb does not wait for a stop.
                _packets.Received(_link.Packet);
                _session.Answer(_link.Packet);
                Send();
            }
            else
            {
                if (!_link.HasPostponed) _receivesBehindPacket = 0;
                _link.Postpone(frame);
            }
        }
    }

    private void SendOutput()
    {
        var console = _engagement.Debuggee.Console;
        if (console.TakeExcess() is { } excess) _log.Warning("{Limit:l}", excess);
        while (console.HasOutput)
        {
            var count = console.Fetch(_output);
            _idle.Heard();
            _session.Reply.Clear();
            _session.Reply.Text('O').Hex(_output.AsSpan(0, count)).Kind = SentKind.Output;
            Send();
        }
    }

    private void Print(string text)
    {
        var bytes = GuestText.Bytes(text);
        for (var start = 0; start < bytes.Length; start += PrintedBytes)
        {
            var packet = new ReplyBuffer(_session.Client).Text('O').Hex(bytes.AsSpan(start, Math.Min(PrintedBytes, bytes.Length - start)));
            _packets.Sent(packet.Bytes, SentKind.Output);
            _link.Send(packet.Bytes);
        }
    }

    private void Send()
    {
        _packets.Sent(_session.Reply.Bytes, _session.Reply.Kind);
        _link.Send(_session.Reply.Bytes);
    }
}
