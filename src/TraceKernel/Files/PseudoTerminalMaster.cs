using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>What posix_openpt(2) opens: ptsdev_ops of tty_pts.c.</summary>
internal sealed class PseudoTerminalMaster(Kernel kernel, PseudoTerminal terminal) : FileObject
{
    public PseudoTerminal Terminal => terminal;

    public override FileKind Kind => FileKind.PseudoTerminal;
    public override string ReadMessage => "ptsout";
    public override string WriteMessage => "ptsin";

    public void Changed() => NotifyChanged(kernel);

    // ptsdev_read: in packet mode events come alone, and a zero stands before data.
    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (destination.IsEmpty) return Errno.None;
        if (terminal is { IsPacketMode: true, Events: not 0 })
        {
            destination[0] = (byte)terminal.TakeEvents();
            count = 1;
            return Errno.None;
        }
        if (terminal.Outgoing == 0) return terminal.IsFinished ? Errno.None : Errno.EAGAIN;
        if (terminal.IsPacketMode)
        {
            destination[0] = PacketEvents.TIOCPKT_DATA;
            count = 1;
        }
        count += terminal.TakeOutput(destination[count..]);
        return Errno.None;
    }

    // ptsdev_write
    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = terminal.Type(source);
        if (count == source.Length) return Errno.None;
        return terminal.IsFinished ? Errno.EIO : Errno.EAGAIN;
    }

    public override PollEvents Poll(OpenFile file)
    {
        if (terminal.IsFinished) return PollEvents.Readable | PollEvents.POLLHUP;
        var events = terminal.Outgoing > 0 || terminal is { IsPacketMode: true, Events: not 0 } ? PollEvents.Readable : PollEvents.None;
        return terminal.InputRoom > 0 ? events | PollEvents.Writable : events;
    }

    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        ended = terminal.IsFinished;
        bytes = ended ? 0 : forWriting ? terminal.InputRoom : terminal.Outgoing;
        return ended || bytes > 0;
    }

    // ptsdev_ioctl: some requests are answered otherwise than at the terminal itself, the rest by that.
    internal override async ValueTask<Errno> Control(SystemCall call, OpenFile file, uint request, Memory<byte> parameter)
    {
        switch (request)
        {
            case Abi.Ioctl.FIONREAD:
                return Put(parameter, terminal.IsFinished ? 1 : terminal.Outgoing);
            case Abi.Ioctl.FIODGNAME:
                return DeviceName.CopyOut(call, terminal.Name, parameter.Span);
            case Abi.Ioctl.TIOCGPTN:
                return Put(parameter, terminal.Unit);
            case Abi.Ioctl.TIOCGPGRP:
                return Put(parameter, terminal.Foreground == 0 ? 100000 : terminal.Foreground);
            case Abi.Ioctl.TIOCGSID:
                return terminal.Session == 0 ? Errno.ENOTTY : Put(parameter, terminal.Session);
            case Abi.Ioctl.TIOCPTMASTER:
                return Errno.None;
            case Abi.Ioctl.TIOCSIG:
                var signal = MemoryMarshal.Read<int>(parameter.Span);
                if (signal is < 1 or > Abi.Signals.MaximumSignal) return Errno.EINVAL;
                terminal.SignalForeground(signal);
                return Errno.None;
            case Abi.Ioctl.TIOCPKT:
                terminal.IsPacketMode = MemoryMarshal.Read<int>(parameter.Span) != 0;
                return Errno.None;
            // Waiting for its own reader would never end.
            case Abi.Ioctl.TIOCSETAF or Abi.Ioctl.TIOCSETAW:
                return await terminal.Control(call.Lwp, file, Abi.Ioctl.TIOCSETA, parameter);
            default:
                return await terminal.Control(call.Lwp, file, request, parameter);
        }
    }

    private static Errno Put(Memory<byte> parameter, int value)
    {
        MemoryMarshal.Write(parameter.Span, in value);
        return Errno.None;
    }

    // ptsdev_stat: the terminal's.
    public override stat Stat()
    {
        var node = terminal.Vnode.Stat();
        return new stat
        {
            st_ino = node.st_rdev, st_rdev = node.st_rdev, st_mode = (ushort)(S_IFCHR | terminal.Vnode.Permissions),
            st_uid = node.st_uid, st_gid = node.st_gid, st_atim = node.st_atim, st_mtim = node.st_mtim, st_ctim = node.st_ctim,
        };
    }

    public override void Closed(OpenFile file) => terminal.Vanish();
}
