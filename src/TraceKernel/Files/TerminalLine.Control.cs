using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.termios;

namespace TraceKernel.Files;

// tty_ioctl.
internal abstract partial class TerminalLine
{
    /// <summary>Minutes that tcdrain(3) waits (kern.tty_drainwait), in nanoseconds.</summary>
    private const long LongestDrain = 300_000_000_000;

    /// <summary>ttydev_ioctl: what changes the terminal waits in the background first. ENXIO when nobody has it open.</summary>
    public async ValueTask<Errno> ControlFromSlave(Lwp lwp, OpenFile file, uint request, Memory<byte> parameter)
    {
        if (IsGone || !IsOpen) return Errno.ENXIO;
        if (IsChange(request) && await WaitForForeground(lwp, Abi.Signals.SIGTTOU) is var background and not Errno.None) return background;
        return await Control(lwp, file, request, parameter);
    }

    private static bool IsChange(uint request) => request is Ioctl.TIOCCBRK or Ioctl.TIOCCONS or Ioctl.TIOCDRAIN or Ioctl.TIOCEXCL
        or Ioctl.TIOCFLUSH or Ioctl.TIOCNXCL or Ioctl.TIOCSBRK or Ioctl.TIOCSCTTY or Ioctl.TIOCSETA or Ioctl.TIOCSETAF or Ioctl.TIOCSETAW
        or Ioctl.TIOCSPGRP or Ioctl.TIOCSTART or Ioctl.TIOCSTAT or Ioctl.TIOCSTI or Ioctl.TIOCSTOP or Ioctl.TIOCSWINSZ;

    /// <summary>tty_ioctl: ENOTTY for requests that a terminal does not have.</summary>
    protected async ValueTask<Errno> Control(Lwp lwp, OpenFile file, uint request, Memory<byte> parameter)
    {
        if (IsGone) return Errno.ENXIO;
        if (request is Ioctl.TIOCDRAIN or Ioctl.TIOCSETAW or Ioctl.TIOCSETAF)
        {
            if (await Drain(lwp) is var error and not Errno.None) return error;
            if (request == Ioctl.TIOCSETAF) FlushInput();
        }
        return Control(lwp.Process, file, request, parameter.Span);
    }

    private Errno Control(Process caller, OpenFile file, uint request, Span<byte> parameter)
    {
        switch (request)
        {
            case Ioctl.TIOCDRAIN: return Errno.None;
            case Ioctl.FIONREAD: return Put(parameter, Readable);
            case Ioctl.FIONWRITE or Ioctl.TIOCOUTQ: return Put(parameter, _output.Count);
            case Ioctl.FIODTYPE: return Put(parameter, Ioctl.D_TTY);
            case Ioctl.TIOCGETA: return Put(parameter, _modes);
            case Ioctl.TIOCSETA or Ioctl.TIOCSETAW or Ioctl.TIOCSETAF: return SetModes(MemoryMarshal.Read<termios>(parameter));
            case Ioctl.TIOCGETD: return Put(parameter, 0);
            case Ioctl.TIOCGWINSZ: return Put(parameter, Size);
            case Ioctl.TIOCSWINSZ: return Resize(MemoryMarshal.Read<winsize>(parameter));
            case Ioctl.TIOCGPGRP: return Controls(caller) ? Put(parameter, Foreground == 0 ? NoProcess : Foreground) : Errno.ENOTTY;
            case Ioctl.TIOCGSID: return Controls(caller) ? Put(parameter, Session) : Errno.ENOTTY;
            case Ioctl.TIOCSPGRP: return SetForeground(caller, MemoryMarshal.Read<int>(parameter));
            case Ioctl.TIOCSCTTY: return BecomeControlling(caller);
            case Ioctl.TIOCFLUSH: return Flush(MemoryMarshal.Read<int>(parameter));
            case Ioctl.TIOCGDRAINWAIT: return Put(parameter, (int)(LongestDrain / 1_000_000_000));
            case Ioctl.TIOCEXCL or Ioctl.TIOCNXCL: return SetExclusive(request == Ioctl.TIOCEXCL);
            case Ioctl.TIOCSTOP or Ioctl.TIOCSTART: return SetStopped(request == Ioctl.TIOCSTOP);
            case Ioctl.TIOCSTAT: return ShowStatus();
            case Ioctl.TIOCSTI: return Simulate(caller, file, parameter[0]);
            // A line without a modem: no signal is up, and setting one changes nothing (ttydevsw_defmodem).
            case Ioctl.TIOCMGET: return Put(parameter, 1);
            case Ioctl.TIOCSDTR or Ioctl.TIOCCDTR or Ioctl.TIOCMSET or Ioctl.TIOCMBIS or Ioctl.TIOCMBIC: return Errno.None;
            default: return Errno.ENOTTY;
        }
    }

    private static Errno Put<T>(Span<byte> parameter, T value) where T : unmanaged
    {
        MemoryMarshal.Write(parameter, in value);
        return Errno.None;
    }

    /// <summary>TIOCSETA: bits that no terminal here has are dropped.</summary>
    private Errno SetModes(termios modes)
    {
        if (modes.c_ispeed == 0) modes.c_ispeed = modes.c_ospeed;
        modes.c_iflag &= SupportedInput;
        modes.c_oflag &= SupportedOutput;
        modes.c_lflag &= SupportedLocal;
        modes.c_cflag &= SupportedControl;
        var old = _modes;
        _modes = modes;
        if ((modes.c_cflag & CIGNORE) != 0) (_modes.c_cflag, _modes.c_ispeed, _modes.c_ospeed) = (old.c_cflag, old.c_ispeed, old.c_ospeed);
        if (IsOpen && (old.c_ispeed, old.c_ospeed, old.c_cflag) != (_modes.c_ispeed, _modes.c_ospeed, _modes.c_cflag)) SetQueueSizes();
        if (!IsSet(ICANON))
        {
            // What was being edited can be read.
            _input.EndLine();
            Vnode.Wake(Kernel);
        }
        const byte ControlS = 19, ControlQ = 17;
        var isUsual = IsInput(IXON) && _modes.c_cc[VSTOP] == ControlS && _modes.c_cc[VSTART] == ControlQ;
        Notify(isUsual ? PacketEvents.TIOCPKT_DOSTOP : PacketEvents.TIOCPKT_NOSTOP);
        return Errno.None;
    }

    /// <summary>tty_set_winsize.</summary>
    protected Errno Resize(winsize size)
    {
        if (size == Size) return Errno.None;
        Size = size;
        SignalForeground(Abi.Signals.SIGWINCH);
        return Errno.None;
    }

    private Errno Flush(int which)
    {
        const int Read = 1, Write = 2;
        if (which == 0) which = Read | Write;
        if ((which & Write) != 0) FlushOutput();
        if ((which & Read) != 0) FlushInput();
        return Errno.None;
    }

    private Errno SetExclusive(bool isExclusive)
    {
        _isExclusive = isExclusive;
        return Errno.None;
    }

    private Errno SetStopped(bool isStopped)
    {
        IsStopped = isStopped;
        if (!isStopped) OutputArrived();
        Notify(isStopped ? PacketEvents.TIOCPKT_STOP : PacketEvents.TIOCPKT_START);
        return Errno.None;
    }

    private Errno ShowStatus()
    {
        PrintStatus();
        return Errno.None;
    }

    /// <summary>TIOCSTI: EPERM without the right to read, EACCES for a terminal that does not control the caller; root may.</summary>
    private Errno Simulate(Process caller, OpenFile file, byte character)
    {
        var isRoot = caller.Credentials.IsSuperUser;
        if (!file.CanRead && !isRoot) return Errno.EPERM;
        if (!Controls(caller) && !isRoot) return Errno.EACCES;
        Type(character);
        InputDone();
        return Errno.None;
    }

    /// <summary>tty_drain: until the other side has taken all output. EWOULDBLOCK after five minutes.</summary>
    private async ValueTask<Errno> Drain(Lwp lwp)
    {
        var (revocations, deadline) = (_revocations, Kernel.Uptime + LongestDrain);
        OutputArrived();
        while (_output.Count > 0)
        {
            var error = await lwp.Sleep(Vnode, "ttyout", deadline);
            if (IsGone) return Errno.ENXIO;
            if (_revocations != revocations) return Errno.ERESTART;
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }
}
