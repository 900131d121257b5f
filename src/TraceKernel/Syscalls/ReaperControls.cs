using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Procctl;

namespace TraceKernel.Syscalls;

/// <summary>Reapers, PROC_REAP_* of procctl(2): processes that become the parents of their orphaned descendants.</summary>
internal static class ReaperControls
{
    /// <summary>reap_acquire: for the caller itself; those that already descend from it stay with their reaper.</summary>
    public static Errno Acquire(SystemCall call, Process target, Span<byte> data)
    {
        if (target != call.Process) return Errno.EPERM;
        if (target.IsReaper) return Errno.EBUSY;
        target.IsReaper = true;
        return Errno.None;
    }

    /// <summary>reap_release.</summary>
    public static Errno Release(SystemCall call, Process target, Span<byte> data)
    {
        if (target != call.Process) return Errno.EPERM;
        if (!target.IsReaper) return Errno.EINVAL;
        Reaping.AbandonDescendants(target, exiting: false);
        return Errno.None;
    }

    /// <summary>reap_status: of the process if it is a reaper, else of its reaper.</summary>
    public static Errno Status(SystemCall call, Process target, Span<byte> data)
    {
        var reaper = ReaperOf(target);
        var status = new procctl_reaper_status
        {
            rs_flags = (reaper == target ? REAPER_STATUS_OWNED : 0) | (reaper == call.Kernel.Init ? REAPER_STATUS_REALINIT : 0),
            rs_reaper = reaper.Pid,
            rs_pid = reaper.Reaplist.Count == 0 ? -1 : (reaper.Children.Count > 0 ? reaper.Children : reaper.Reaplist)[0].Pid,
            rs_descendants = (uint)reaper.Reaplist.Count,
        };
        foreach (var descendant in reaper.Reaplist)
            if (Family.RealParent(descendant) == reaper) status.rs_children++;
        MemoryMarshal.Write(data, status);
        return Errno.None;
    }

    /// <summary>reap_getpids: as many descendants as there is room for.</summary>
    public static Errno GetPids(SystemCall call, Process target, Span<byte> data)
    {
        var (reaper, wanted) = (ReaperOf(target), MemoryMarshal.Read<procctl_reaper_pids>(data));
        var count = (int)Math.Min(wanted.rp_count, (uint)reaper.Reaplist.Count);
        for (var index = 0; index < count; index++)
        {
            var descendant = reaper.Reaplist[index];
            var error = call.CopyOut(wanted.rp_pids + (ulong)(index * procctl_reaper_pidinfo.Bytes), new procctl_reaper_pidinfo
            {
                pi_pid = descendant.Pid,
                pi_subtree = descendant.ReapSubtree,
                pi_flags = REAPER_PIDINFO_VALID | (Family.RealParent(descendant) == reaper ? REAPER_PIDINFO_CHILD : 0)
                    | (descendant.IsReaper ? REAPER_PIDINFO_REAPER : 0),
            });
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }

    /// <summary>
    /// reap_kill: a signal to the reaper's children, to one child and all below it, or to all descendants. ESRCH without any.
    /// </summary>
    public static Errno Kill(SystemCall call, Process target, Span<byte> data)
    {
        var kill = MemoryMarshal.Read<procctl_reaper_kill>(data);
        const uint Both = REAPER_KILL_CHILDREN | REAPER_KILL_SUBTREE;
        if (kill.rk_sig is <= 0 or > Abi.Signals.MaximumSignal || (kill.rk_flags & ~Both) != 0 || kill.rk_flags == Both) return Errno.EINVAL;
        (kill.rk_killed, kill.rk_fpid) = (0, -1);
        var victims = new List<Process>();
        var reaper = ReaperOf(target);
        if (kill.rk_flags == REAPER_KILL_CHILDREN) victims.AddRange(reaper.Children);
        else Gather(reaper, victims, kill.rk_flags == REAPER_KILL_SUBTREE ? kill.rk_subtree : null);
        var result = Errno.ESRCH;
        foreach (var victim in victims)
        {
            if (victim.IsZombie) continue;
            var error = SignalCalls.Kill(call.Kernel, call.Process, victim.Pid, kill.rk_sig);
            if (error == Errno.None) kill.rk_killed++;
            else if (result == Errno.ESRCH) kill.rk_fpid = victim.Pid;
            else continue;
            result = error;
        }
        MemoryMarshal.Write(data, kill);
        return result;
    }

    /// <summary>The descendants of a reaper, and of those among them that are reapers.</summary>
    private static void Gather(Process reaper, List<Process> found, int? subtree)
    {
        foreach (var descendant in reaper.Reaplist)
        {
            if (subtree is { } wanted && descendant.ReapSubtree != wanted) continue;
            found.Add(descendant);
            if (descendant.IsReaper) Gather(descendant, found, null);
        }
    }

    private static Process ReaperOf(Process process) => process.IsReaper ? process : process.Reaper;
}
