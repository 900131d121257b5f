using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.User;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>
/// The guest's end of a <see cref="Terminal"/>: a tty(4) where it says it is a terminal, else what a pipe to or from another
/// program looks like.
/// </summary>
public sealed class TerminalDevice : FileObject
{
    private readonly Kernel _kernel;
    private readonly Line _line;
    private readonly int _stream;
    private readonly long _fileId;

    /// <summary>What the three descriptors of one terminal share.</summary>
    private sealed class Line(Terminal terminal)
    {
        private readonly byte[] _input = new byte[1024];
        private int _start, _end;

        public Terminal Terminal => terminal;
        public termios Modes { get; set; } = termios.Default;
        public winsize Size { get; set; } = new(24, 80, 0, 0);
        /// <summary>t_session: the session that it controls; 0 until a process asks.</summary>
        public int Session { get; set; }
        /// <summary>t_pgrp; 0: whoever asks is in the foreground, as nobody has said otherwise.</summary>
        public int ForegroundGroup { get; set; }

        /// <summary>tty_is_ctty. The first to ask has it from the shell that started it.</summary>
        public bool Controls(Process process)
        {
            if (Session == 0) Session = process.Session;
            return Session == process.Session;
        }

        /// <summary>Bytes that a read would give.</summary>
        public int Available
        {
            get
            {
                if (_start == _end) (_start, _end) = (0, terminal.Take(_input));
                return _end - _start;
            }
        }

        public int Take(Span<byte> destination)
        {
            var count = Math.Min(Available, destination.Length);
            _input.AsSpan(_start, count).CopyTo(destination);
            _start += count;
            return count;
        }
    }

    private TerminalDevice(Kernel kernel, Line line, int stream)
    {
        _kernel = kernel;
        _line = line;
        _stream = stream;
        _fileId = kernel.FileSystem.NextFileId();
    }

    public bool IsTerminal => _line.Terminal.IsTerminal;
    internal override TerminalState? Terminal => IsTerminal ? new TerminalState(Stat().st_rdev, _line.Session, _line.ForegroundGroup) : null;
    public override bool IsSeekable => IsTerminal;
    public override bool HasOwner => true;
    public override string ReadMessage => IsTerminal ? "ttyin" : "piperd";

    /// <summary>Opens a terminal as descriptors 0, 1 and 2 of a table that has them free.</summary>
    public static void Attach(Kernel kernel, Terminal terminal, FileTable files)
    {
        var line = new Line(terminal);
        var input = new TerminalDevice(kernel, line, 0);
        terminal.Changed = () => kernel.WakeupFromOutside(() => input.NotifyChanged(kernel));
        var access = terminal.IsTerminal ? (Fcntl.O_RDWR, Fcntl.O_RDWR) : (Fcntl.O_RDONLY, Fcntl.O_WRONLY);
        files.Add(new OpenFile(input, access.Item1), out _);
        files.Add(new OpenFile(new TerminalDevice(kernel, line, 1), access.Item2), out _);
        files.Add(new OpenFile(new TerminalDevice(kernel, line, 2), access.Item2), out _);
    }

    /// <summary>
    /// tty_wait_background: who is not in the foreground is stopped by SIGTTIN, or by SIGTTOU where the terminal is set so, until it is.
    /// EIO for readers that would not stop.
    /// </summary>
    internal override async ValueTask<Errno> Enter(Lwp lwp, bool forWriting)
    {
        var process = lwp.Process;
        if (!IsTerminal || (forWriting && (_line.Modes.c_lflag & termios.TOSTOP) == 0)) return Errno.None;
        var signal = forWriting ? Abi.Signals.SIGTTOU : Abi.Signals.SIGTTIN;
        while (_line.Controls(process) && _line.ForegroundGroup != 0 && process.Group != _line.ForegroundGroup)
        {
            if (process.Has(ProcessFlags.ParentWaits) || lwp.SignalMask.Contains(signal) || process.Signals.IsIgnored(signal))
                return forWriting ? Errno.None : Errno.EIO;
            if (_kernel.Jobs.IsOrphaned(process.Group)) return Errno.EIO;
            _kernel.Jobs.Signal(process.Group, signal);
            if (await lwp.Sleep(_line, "ttybg") is var error and not Errno.None) return error;
        }
        return Errno.None;
    }

    /// <summary>TIOCSPGRP: ENOTTY for those whom it does not control, EPERM for groups of other sessions.</summary>
    private Errno SetForeground(Process caller, int group)
    {
        if (!_line.Controls(caller)) return Errno.ENOTTY;
        if (_kernel.Jobs.SessionOf(group) != caller.Session) return Errno.EPERM;
        _line.ForegroundGroup = group;
        _kernel.Wakeup(_line);
        return Errno.None;
    }

    /// <summary>TIOCSCTTY: EPERM but for the leader of a session, when no other has it.</summary>
    private Errno Control(Process caller)
    {
        if (caller.Session != caller.Pid) return Errno.EPERM;
        if (_line.Session == caller.Session) return Errno.None;
        if (_line.Session != 0 && _kernel.Find(_line.Session) is not null) return Errno.EPERM;
        (_line.Session, _line.ForegroundGroup) = (caller.Session, caller.Group);
        return Errno.None;
    }

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        var ended = IsAtEnd();
        count = _line.Take(destination);
        return count > 0 || ended || destination.IsEmpty ? Errno.None : Errno.EAGAIN;
    }

    /// <summary>
    /// Nothing is left to read, and nothing will be. Whoever asks wants input, whether he reads or polls: with none at hand the terminal is
    /// told. Looked at in this order, since what was typed before the end is read before the end.
    /// </summary>
    private bool IsAtEnd()
    {
        var closed = _line.Terminal.IsClosed;
        if (_line.Available > 0) return false;
        if (closed || _line.Terminal.NeedInput is not { } needInput) return closed;
        needInput();
        closed = _line.Terminal.IsClosed;
        return closed && _line.Available == 0;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = source.Length;
        if (count > 0) _line.Terminal.Output(Math.Max(_stream, 1), source.ToArray());
        return Errno.None;
    }

    public override PollEvents Poll(OpenFile file)
    {
        var events = file.CanWrite ? PollEvents.Writable : PollEvents.None;
        if (!file.CanRead) return events;
        if (IsAtEnd()) return events | PollEvents.Readable | PollEvents.POLLHUP;
        return _line.Available > 0 ? events | PollEvents.Readable : events;
    }

    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        var isReady = base.IsReady(file, forWriting, out _, out ended);
        bytes = forWriting ? 0 : _line.Available;
        return isReady;
    }

    public override stat Stat() => new()
    {
        st_mode = (ushort)(IsTerminal ? S_IFCHR | 0x190 : S_IFIFO),
        st_ino = (ulong)_fileId,
        st_rdev = IsTerminal ? (ulong)_fileId : 0,
        st_nlink = 1,
        st_blksize = 4096,
    };

    /// <summary>tty_ioctl, as far as a line without a modem goes.</summary>
    public override Errno Ioctl(Process caller, uint request, Span<byte> parameter)
    {
        if (request == Abi.Ioctl.FIONREAD)
        {
            IsAtEnd();
            MemoryMarshal.Write(parameter, _line.Available);
            return Errno.None;
        }
        if (!IsTerminal) return Errno.ENOTTY;
        switch (request)
        {
            case Abi.Ioctl.TIOCGETA:
                MemoryMarshal.Write(parameter, _line.Modes);
                return Errno.None;
            case Abi.Ioctl.TIOCSETA or Abi.Ioctl.TIOCSETAW or Abi.Ioctl.TIOCSETAF:
                _line.Modes = MemoryMarshal.Read<termios>(parameter);
                return Errno.None;
            case Abi.Ioctl.TIOCGWINSZ:
                MemoryMarshal.Write(parameter, _line.Size);
                return Errno.None;
            case Abi.Ioctl.TIOCSWINSZ:
                _line.Size = MemoryMarshal.Read<winsize>(parameter);
                return Errno.None;
            case Abi.Ioctl.TIOCGPGRP or Abi.Ioctl.TIOCGSID:
                if (!_line.Controls(caller)) return Errno.ENOTTY;
                MemoryMarshal.Write(parameter, request == Abi.Ioctl.TIOCGSID ? caller.Session
                    : _line.ForegroundGroup != 0 ? _line.ForegroundGroup : caller.Group);
                return Errno.None;
            case Abi.Ioctl.TIOCSPGRP:
                return SetForeground(caller, MemoryMarshal.Read<int>(parameter));
            case Abi.Ioctl.TIOCSCTTY:
                return Control(caller);
            case Abi.Ioctl.TIOCOUTQ:
                MemoryMarshal.Write(parameter, 0);
                return Errno.None;
            case Abi.Ioctl.TIOCDRAIN or Abi.Ioctl.TIOCFLUSH or Abi.Ioctl.TIOCNOTTY:
                return Errno.None;
            default:
                return Errno.ENOTTY;
        }
    }
}
