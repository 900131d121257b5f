using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Syscalls;

namespace TraceKernel.Files;

/// <summary>A terminal's node in /dev: the devfs side of tty.c.</summary>
internal sealed class TerminalVnode : DeviceVnode
{
    /// <summary>GID_TTY.</summary>
    private const uint TerminalGroup = 4;

    private readonly TerminalLine _line;
    /// <summary>The files through which it was opened since it was last revoked. Others are dead (deadfs).</summary>
    private readonly HashSet<OpenFile> _files = [];

    /// <param name="owner">tty_makedevf: the real user, and the group of terminals.</param>
    public TerminalVnode(FileSystem fileSystem, TerminalLine line, Caller owner)
        : base(fileSystem, fileSystem.Devices.Mount, owner with { GroupId = TerminalGroup })
    {
        _line = line;
        Permissions = 0x190;
    }

    public TerminalLine Line => _line;

    public override bool HasOwner => true;
    public override string ReadMessage => "ttyin";
    public override string WriteMessage => "ttyout";

    /// <summary>Everybody who waits for it looks again.</summary>
    public void Wake(Kernel kernel) => NotifyChanged(kernel);

    /// <summary>VOP_REVOKE: what has it open now is dead.</summary>
    public override void Revoke()
    {
        _line.Revoked();
        foreach (var file in _files.ToArray()) Leave(file, isRevoked: true);
    }

    public override Errno Open(int flags) => _line.Open();

    public override void Opened(OpenFile file)
    {
        base.Opened(file);
        _files.Add(file);
        _line.Opened();
    }

    public override void Closed(OpenFile file)
    {
        Leave(file, isRevoked: false);
        base.Closed(file);
    }

    private void Leave(OpenFile file, bool isRevoked)
    {
        if (_files.Remove(file)) _line.Closed(isRevoked);
    }

    private bool IsDead(OpenFile file) => !_files.Contains(file);

    internal override bool DecidesReads => true;

    internal override ValueTask<Errno> ReadToEnd(Lwp lwp, OpenFile file, Uio uio) =>
        IsDead(file) ? new(Errno.None) : _line.Read(lwp, file, uio);

    internal override ValueTask<Errno> Enter(Lwp lwp, bool forWriting) =>
        forWriting && _line.StopsWriters ? _line.WaitForForeground(lwp, Abi.Signals.SIGTTOU) : new(Errno.None);

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return IsDead(file) ? Errno.EIO : _line.Write(source, out count);
    }

    // ttydev_poll, dead_poll
    public override PollEvents Poll(OpenFile file)
    {
        if (IsDead(file) || _line.IsGone) return PollEvents.Readable | PollEvents.POLLHUP;
        var events = _line.Readable > 0 ? PollEvents.Readable : PollEvents.None;
        if (_line.IsHungUp) return events | PollEvents.POLLHUP;
        return _line.Room > 0 ? events | PollEvents.Writable : events;
    }

    // devfs_pathconf of a file with VV_ISTTY
    public override Errno GetLimit(int name, out long value)
    {
        if (base.GetLimit(name, out value) == Errno.None) return Errno.None;
        long? limit = name switch
        {
            PathConf._PC_MAX_CANON => PathConf.MAX_CANON,
            PathConf._PC_MAX_INPUT => PathConf.MAX_INPUT,
            PathConf._PC_VDISABLE => PathConf._POSIX_VDISABLE,
            _ => null,
        };
        value = limit ?? 0;
        return limit is null ? Errno.EINVAL : Errno.None;
    }

    // ttydev_kqfilter
    internal override Errno CanWatch(OpenFile file, short filter) =>
        filter is Kevents.EVFILT_READ or Kevents.EVFILT_WRITE ? Errno.None : Errno.EINVAL;

    // tty_kqops_read_event, tty_kqops_write_event
    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        ended = IsDead(file) || _line.IsGone || (_line.IsHungUp && !forWriting);
        bytes = ended ? 0 : forWriting ? _line.Room : _line.Readable;
        return ended || bytes > 0;
    }

    internal override async ValueTask<Errno> Control(SystemCall call, OpenFile file, uint request, Memory<byte> parameter)
    {
        if (IsDead(file)) return Errno.ENOTTY;
        if (request == Abi.Ioctl.FIODGNAME) return DeviceName.CopyOut(call, _line.Name, parameter.Span);
        return await _line.ControlFromSlave(call.Lwp, file, request, parameter);
    }
}

/// <summary>FIODGNAME: the name below /dev, for devname(3) and ttyname(3).</summary>
internal static class DeviceName
{
    /// <param name="argument">struct fiodgname_arg: the room's length and address. EINVAL when the name does not fit.</param>
    public static Errno CopyOut(SystemCall call, string name, ReadOnlySpan<byte> argument)
    {
        var (length, address) = (BitConverter.ToInt32(argument), BitConverter.ToUInt64(argument[8..]));
        return name.Length + 1 > length ? Errno.EINVAL : call.Memory.CopyOut(address, System.Text.Encoding.Latin1.GetBytes(name + '\0'));
    }
}
