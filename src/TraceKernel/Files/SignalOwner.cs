using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Signals;

namespace TraceKernel.Files;

/// <summary>struct sigio: the process, or the process group, that SIGIO goes to when something happens to a file with O_ASYNC.</summary>
internal sealed class SignalOwner
{
    private readonly Kernel _kernel;
    private readonly Process? _process;
    private readonly int _group;
    private readonly Credentials _setter;

    private SignalOwner(Process setter, Process? process, int group) =>
        (_kernel, _process, _group, _setter) = (setter.Kernel, process, group, setter.Credentials);

    /// <summary>sio_pgid: a process by its number, a group by its number below zero; 0 when the process is gone.</summary>
    public int Id => _process is null ? -_group : _process.IsZombie ? 0 : _process.Pid;

    /// <summary>fsetown: ESRCH when there is no such process or group, EPERM when it is of another session.</summary>
    /// <param name="id">As <see cref="Id"/>; 0: nobody.</param>
    public static Errno Find(Process caller, int id, out SignalOwner? owner)
    {
        owner = null;
        if (id == 0) return Errno.None;
        if (id == int.MinValue) return Errno.ESRCH;
        var target = id > 0 ? caller.Kernel.Find(id) : caller.Kernel.Processes.FirstOrDefault(process => process.Group == -id);
        if (target is null) return Errno.ESRCH;
        if (target.Session != caller.Session) return Errno.EPERM;
        owner = id > 0 ? new(caller, target, 0) : new(caller, null, -id);
        return Errno.None;
    }

    /// <summary>pgsigio: to whom the one who set the owner could have sent it.</summary>
    public void Post(int signal)
    {
        if (_process is not null)
        {
            if (!_process.IsZombie && MaySignal(_process)) Posting.Send(_process, signal);
            return;
        }
        foreach (var process in _kernel.Processes.Where(process => process.Group == _group && MaySignal(process)).ToArray())
            Posting.Send(process, signal);
    }

    // CANSIGIO
    private bool MaySignal(Process target)
    {
        var other = target.Credentials;
        return _setter.IsSuperUser || _setter.RealUserId == other.RealUserId || _setter.UserId == other.RealUserId
            || _setter.RealUserId == other.UserId || _setter.UserId == other.UserId;
    }
}
