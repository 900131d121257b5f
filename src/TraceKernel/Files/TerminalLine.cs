using TraceKernel.Abi;
using static TraceKernel.Abi.termios;

namespace TraceKernel.Files;

/// <summary>
/// struct tty: a terminal with its line discipline (tty.c, tty_ttydisc.c). What is on its other side is the business of the classes
/// derived from it (struct ttydevsw): the host's terminal, or the master of a pseudo-terminal.
/// </summary>
internal abstract partial class TerminalLine
{
    /// <summary>TTYOUTQ_DATASIZE: the output's size grows in such steps.</summary>
    private const int OutputBlockBytes = 248;
    /// <summary>TTYBUF_MAX.</summary>
    private const int LargestQueue = 65536;

    private readonly TerminalInput _input = new();
    private readonly object _backgroundWait = new();
    private ByteRing _output = new(0);
    private int _outputSize;
    private termios _modes = Default;
    private bool _isExclusive, _isFull, _isInputFull, _isLiteral;
    private int _opens, _revocations, _column, _writePosition;

    protected TerminalLine(Kernel kernel, string name, Caller owner)
    {
        Kernel = kernel;
        Vnode = new TerminalVnode(kernel.FileSystem, this, owner);
        Name = name;
    }

    protected Kernel Kernel { get; }

    /// <summary>tty_devname: below /dev.</summary>
    public string Name { get; }

    /// <summary>Its node in /dev.</summary>
    public TerminalVnode Vnode { get; }

    /// <summary>TF_GONE: its other side is closed for good.</summary>
    public bool IsGone { get; private set; }

    /// <summary>TF_ZOMBIE: the carrier is lost; reads end.</summary>
    public bool IsHungUp { get; private set; }

    /// <summary>TF_STOPPED: output waits for VSTART.</summary>
    protected bool IsStopped { get; private set; }

    /// <summary>tty_opened.</summary>
    public bool IsOpen => _opens > 0;

    /// <summary>ttydisc_getc_poll: bytes of output that the other side can take now.</summary>
    protected int Outgoing => IsStopped ? 0 : _output.Count;

    /// <summary>t_winsize.</summary>
    protected winsize Size { get; private set; }

    // ttydevsw: what the other side does.

    /// <summary>tsw_outwakeup: there is output.</summary>
    protected abstract void OutputArrived();

    /// <summary>tsw_inwakeup: there is room for input.</summary>
    protected virtual void InputTaken()
    {
    }

    /// <summary>tsw_pktnotify.</summary>
    protected virtual void Notify(int packetEvent)
    {
    }

    /// <summary>tsw_open and tsw_close: the first opening, and the last closing once its output has been taken.</summary>
    protected virtual void OpenedFirst()
    {
    }

    /// <inheritdoc cref="OpenedFirst"/>
    protected virtual void ClosedLast()
    {
    }

    /// <summary>tty_rel_free: nothing refers to the terminal any more.</summary>
    protected virtual void Freed()
    {
    }

    /// <summary>ttydev_open: ENXIO when its other side is gone, EBUSY when a user has it alone (TIOCEXCL).</summary>
    public Errno Open()
    {
        if (IsGone) return Errno.ENXIO;
        if (_isExclusive && Kernel.Scheduler.Current?.Process.Credentials.IsSuperUser == false) return Errno.EBUSY;
        return Errno.None;
    }

    /// <summary>A file refers to it.</summary>
    public void Opened()
    {
        if (_opens++ > 0) return;
        if (_isClosing) EndClose();
        _modes = Default;
        SetQueueSizes();
        OpenedFirst();
    }

    private bool _isClosing;
    private Scheduler.Timer? _closeTimer;

    /// <summary>
    /// ttydev_close. The last one leaves the output until the other side has taken it, as tty_drain does by sleeping, for at most a second.
    /// </summary>
    /// <param name="isRevoked">FREVOKE: the output is dropped.</param>
    public void Closed(bool isRevoked)
    {
        if (--_opens > 0) return;
        if (isRevoked) FlushOutput();
        _isExclusive = false;
        _revocations++;
        WakeAll();
        _isClosing = true;
        OutputArrived();
        if (IsGone || _output.Count == 0) EndClose();
        else if (_isClosing) _closeTimer = Kernel.Scheduler.At(Kernel.Uptime + 1_000_000_000, EndClose);
    }

    /// <summary>ttydisc_close and what follows it in ttydev_leave.</summary>
    private void EndClose()
    {
        if (!_isClosing) return;
        _isClosing = false;
        if (_closeTimer is not null) _closeTimer.Cancelled = true;
        _closeTimer = null;
        IsStopped = IsHungUp = _isFull = false;
        FlushOutput();
        FlushInput();
        _input.Resize(0);
        (_output, _outputSize) = (new ByteRing(0), 0);
        if (!IsGone) ClosedLast();
        FreeIfUnused();
    }

    private protected void FreeIfUnused()
    {
        if (IsGone && !IsOpen && !_isClosing && !HasSession) Freed();
    }

    /// <summary>tty_rel_gone: the other side hangs up and goes.</summary>
    protected void Vanish()
    {
        HangUp();
        IsGone = true;
        WakeAll();
        FreeIfUnused();
    }

    /// <summary>ttydisc_modem without carrier. CLOCAL makes a terminal ignore it.</summary>
    private void HangUp()
    {
        if (!IsOpen || (_modes.c_cflag & CLOCAL) != 0) return;
        IsHungUp = true;
        SignalLeader(Abi.Signals.SIGHUP);
        FlushOutput();
        FlushInput();
    }

    /// <summary>The host's terminal has reached its end: reads end when what was typed has been read.</summary>
    protected void EndInput()
    {
        IsHungUp = true;
        WakeAll();
    }

    /// <summary>Takes output for the other side (ttydisc_getc); wakes writers below the low watermark.</summary>
    protected int TakeOutput(Span<byte> destination)
    {
        if (IsStopped) return 0;
        var count = _output.Read(destination);
        var room = _outputSize - _output.Count;
        if (!_isFull || room >= _outputSize / 10 * 9)
        {
            _isFull = false;
            if (room > 0 && count > 0) Vnode.Wake(Kernel);
        }
        if (_isClosing && _output.Count == 0) EndClose();
        return count;
    }

    /// <summary>tty_watermarks: room for a fifth of a second's characters, as many bytes as FreeBSD's queues.</summary>
    private void SetQueueSizes()
    {
        _input.Resize((_modes.c_cflag & CREAD) != 0 ? (int)Math.Min(_modes.c_ispeed / 5, LargestQueue) : 0);
        var bytes = (int)Math.Min(_modes.c_ospeed / 5, LargestQueue);
        _outputSize = (bytes + OutputBlockBytes - 1) / OutputBlockBytes * OutputBlockBytes;
        var output = new ByteRing(Math.Max(_outputSize, _output.Count));
        Span<byte> waiting = new byte[_output.Count];
        _output.Read(waiting);
        output.Write(waiting);
        _output = output;
    }

    /// <summary>tty_flush of FWRITE.</summary>
    private void FlushOutput()
    {
        _isFull = false;
        _output.Clear();
        Vnode.Wake(Kernel);
        if (IsGone) return;
        OutputArrived();
        Notify(PacketEvents.TIOCPKT_FLUSHWRITE);
    }

    /// <summary>tty_flush of FREAD.</summary>
    private void FlushInput()
    {
        UnblockInput();
        _input.Clear();
        Vnode.Wake(Kernel);
        if (!IsGone) Notify(PacketEvents.TIOCPKT_FLUSHREAD);
    }

    private void WakeAll()
    {
        Vnode.Wake(Kernel);
        Kernel.Wakeup(_backgroundWait);
    }
}
