using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.User;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>
/// The guest's end of a <see cref="Terminal"/> that says it is no terminal: to the guest it looks like a pipe to or from another program.
/// </summary>
public sealed class TerminalDevice : FileObject
{
    private readonly Kernel _kernel;
    private readonly Line _line;
    private readonly int _stream;
    private readonly long _fileId;

    /// <summary>What the three descriptors have in common.</summary>
    private sealed class Line(Terminal terminal)
    {
        private readonly byte[] _input = new byte[1024];
        private int _start, _end;

        public Terminal Terminal => terminal;

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

    public override bool HasOwner => true;
    public override string ReadMessage => "piperd";

    /// <summary>
    /// Opens a terminal as descriptors 0, 1 and 2 of a process that has them free. Of what is a terminal the process becomes the session
    /// leader, as login(1) makes a shell.
    /// </summary>
    public static void Attach(Process process, Terminal terminal)
    {
        var (kernel, files) = (process.Kernel, process.Files);
        var line = new Line(terminal);
        if (terminal.IsTerminal)
        {
            process.Group = process.Session = process.Pid;
            var host = HostTerminal.Open(kernel, terminal, process);
            for (var descriptor = 0; descriptor < (terminal.IsErrorApart ? 2 : 3); descriptor++)
                files.Add(new OpenFile(host.Vnode, Fcntl.O_RDWR), out _);
            if (terminal.IsErrorApart) files.Add(new OpenFile(new TerminalDevice(kernel, line, 2), Fcntl.O_WRONLY), out _);
            return;
        }
        var input = new TerminalDevice(kernel, line, 0);
        terminal.Changed = () => kernel.WakeupFromOutside(() => input.NotifyChanged(kernel));
        files.Add(new OpenFile(input, Fcntl.O_RDONLY), out _);
        files.Add(new OpenFile(new TerminalDevice(kernel, line, 1), Fcntl.O_WRONLY), out _);
        files.Add(new OpenFile(new TerminalDevice(kernel, line, 2), Fcntl.O_WRONLY), out _);
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

    public override stat Stat() => new() { st_mode = S_IFIFO, st_ino = (ulong)_fileId, st_nlink = 1, st_blksize = 4096 };

    public override Errno Ioctl(Process caller, uint request, Span<byte> parameter)
    {
        if (request != Abi.Ioctl.FIONREAD) return Errno.ENOTTY;
        IsAtEnd();
        MemoryMarshal.Write(parameter, _line.Available);
        return Errno.None;
    }
}
