using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Files;

/// <summary>The terminal of a pseudo-terminal, with what its master has to know of it: the driver's half of tty_pts.c.</summary>
internal sealed class PseudoTerminal : TerminalLine
{
    private readonly PseudoTerminals _owner;

    public PseudoTerminal(Kernel kernel, PseudoTerminals owner, int unit, Caller user) : base(kernel, $"pts/{unit}", user)
    {
        (_owner, Unit, UserId) = (owner, unit, user.UserId);
        Master = new PseudoTerminalMaster(kernel, this);
    }

    /// <summary>pts_unit.</summary>
    public int Unit { get; }

    /// <summary>Whose limit it counts for.</summary>
    public uint UserId { get; }

    public PseudoTerminalMaster Master { get; }

    /// <summary>PTS_FINISHED: nobody has the terminal open any more.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>PTS_PKT.</summary>
    public bool IsPacketMode { get; set; }

    /// <summary>pts_pkt: TIOCPKT_* that the master has not read yet.</summary>
    public int Events { get; private set; }

    public int TakeEvents()
    {
        var events = Events;
        Events = 0;
        return events;
    }

    /// <inheritdoc cref="TerminalLine.Outgoing"/>
    public new int Outgoing => base.Outgoing;

    /// <inheritdoc cref="TerminalLine.InputRoom"/>
    public new int InputRoom => base.InputRoom;

    /// <inheritdoc cref="TerminalLine.TakeOutput"/>
    public new int TakeOutput(Span<byte> destination) => base.TakeOutput(destination);

    /// <summary>Types what is taken now, and lets readers see it.</summary>
    public new int Type(ReadOnlySpan<byte> characters)
    {
        var count = base.Type(characters);
        InputDone();
        return count;
    }

    /// <inheritdoc cref="TerminalLine.SignalForeground"/>
    public new void SignalForeground(int signal) => base.SignalForeground(signal);

    /// <inheritdoc cref="TerminalLine.Vanish"/>
    public new void Vanish() => base.Vanish();

    /// <summary>tty_ioctl of a request that came by the master.</summary>
    public new ValueTask<Errno> Control(Lwp lwp, OpenFile file, uint request, Memory<byte> parameter) =>
        base.Control(lwp, file, request, parameter);

    protected override void OutputArrived() => Master.Changed();
    protected override void InputTaken() => Master.Changed();
    protected override void OpenedFirst() => IsFinished = false;

    protected override void ClosedLast()
    {
        IsFinished = true;
        Master.Changed();
    }

    // ptsdrv_pktnotify: of two events that undo each other the last counts.
    protected override void Notify(int packetEvent)
    {
        var undone = packetEvent switch
        {
            PacketEvents.TIOCPKT_STOP => PacketEvents.TIOCPKT_START,
            PacketEvents.TIOCPKT_START => PacketEvents.TIOCPKT_STOP,
            PacketEvents.TIOCPKT_NOSTOP => PacketEvents.TIOCPKT_DOSTOP,
            PacketEvents.TIOCPKT_DOSTOP => PacketEvents.TIOCPKT_NOSTOP,
            _ => 0,
        };
        Events = Events & ~undone | packetEvent;
        Master.Changed();
    }

    protected override void Freed() => _owner.Free(this);
}
