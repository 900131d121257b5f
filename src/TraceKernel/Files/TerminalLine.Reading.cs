using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.termios;

namespace TraceKernel.Files;

// ttydisc_read: when a read ends.
internal abstract partial class TerminalLine
{
    /// <summary>
    /// ttydisc_read: a line where lines are edited, else as VMIN and VTIME have it. EAGAIN, EIO in the background, EINTR and ERESTART.
    /// </summary>
    public async ValueTask<Errno> Read(Lwp lwp, OpenFile file, Uio uio)
    {
        if (IsGone || !IsOpen || uio.Remaining == 0) return Errno.None;
        var error = IsSet(ICANON) ? await ReadLine(lwp, file, uio) : await ReadRaw(lwp, file, uio);
        if (_input.Room >= _input.Size / 10 * 9 || _input.Readable == 0) UnblockInput();
        // A terminal that goes meanwhile ends the file.
        return error == Errno.ENXIO ? Errno.None : error;
    }

    private async ValueTask<Errno> ReadLine(Lwp lwp, OpenFile file, Uio uio)
    {
        byte? end = null;
        do
        {
            if (await WaitForForeground(lwp, Abi.Signals.SIGTTIN) is var background and not Errno.None) return background;
            if (_input.Readable == 0) WantInput();
            var length = FindLine(uio.Remaining, out end);
            if (length == 0)
            {
                if (IsHungUp) return Errno.None;
                if (file.IsNonBlocking) return Errno.EAGAIN;
                if (await Wait(lwp, long.MaxValue) is var error and not Errno.None) return error;
                continue;
            }
            // The end of a file is read and not handed over.
            var line = new byte[length];
            _input.Read(line);
            var isEnd = end is { } last && Is(VEOF, last);
            if (uio.CopyOut(line.AsSpan(0, isEnd ? length - 1 : length)) is var fault and not Errno.None) return fault;
        }
        while (uio.Remaining > 0 && end is null);
        return Errno.None;
    }

    private int FindLine(long most, out byte? end)
    {
        // A NUL ends a line, too: strchr(3) finds the end of the set.
        Span<byte> ends = [NewLine, 0, NewLine, NewLine];
        if (_modes.c_cc[VEOF] != Disabled) ends[2] = _modes.c_cc[VEOF];
        if (_modes.c_cc[VEOL] != Disabled) ends[3] = _modes.c_cc[VEOL];
        return _input.FindEnd(ends, most, out end);
    }

    /// <summary>The four cases of termios(4), "Noncanonical Mode Input Processing".</summary>
    private async ValueTask<Errno> ReadRaw(Lwp lwp, OpenFile file, Uio uio)
    {
        long wanted = _modes.c_cc[VMIN], all = uio.Remaining, tenths = _modes.c_cc[VTIME];
        // With both, the time begins with the first byte; with VTIME alone it begins now, and one byte is enough.
        var deadline = tenths > 0 && wanted == 0 ? Kernel.Uptime + tenths * 100_000_000 : long.MaxValue;
        if (tenths > 0) wanted = Math.Max(wanted, 1);
        while (true)
        {
            if (await WaitForForeground(lwp, Abi.Signals.SIGTTIN) is var background and not Errno.None) return background;
            if (_input.Readable == 0) WantInput();
            var text = new byte[(int)Math.Min(uio.Remaining, _input.Readable)];
            _input.Read(text);
            if (uio.CopyOut(text) is var fault and not Errno.None) return fault;
            var done = all - uio.Remaining;
            if (uio.Remaining == 0 || done >= wanted) return Errno.None;
            if (tenths > 0 && done > 0 && deadline == long.MaxValue) deadline = Kernel.Uptime + tenths * 100_000_000;
            if (Kernel.Uptime >= deadline || IsHungUp) return Errno.None;
            if (file.IsNonBlocking) return Errno.EAGAIN;
            if (await Wait(lwp, deadline) is var error and not Errno.None) return error == Errno.EWOULDBLOCK ? Errno.None : error;
        }
    }

    /// <summary>tty_timedwait for input: ENXIO when the terminal has gone, ERESTART when it may have been revoked.</summary>
    private async ValueTask<Errno> Wait(Lwp lwp, long deadline)
    {
        var revocations = _revocations;
        var error = await lwp.Sleep(Vnode, "ttyin", deadline);
        return IsGone ? Errno.ENXIO : _revocations != revocations ? Errno.ERESTART : error;
    }

    /// <summary>Somebody waits for input.</summary>
    protected virtual void WantInput()
    {
    }

    /// <summary>ttydisc_read_poll.</summary>
    public int Readable
    {
        get
        {
            if (_input.Readable == 0) WantInput();
            return _input.Readable;
        }
    }

    /// <summary>ttydisc_write_poll.</summary>
    public int Room => Math.Max(0, _outputSize - _output.Count);
}
