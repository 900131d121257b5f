using TraceKernel.Abi;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Processes;

/// <summary>What wait6(2) looks for.</summary>
/// <param name="IdType">P_PID, P_PGID, P_ALL …</param>
/// <param name="Id">Of that type.</param>
/// <param name="Options">WNOHANG, WEXITED …</param>
internal readonly record struct WaitRequest(int IdType, long Id, int Options)
{
    public bool Wants(int option) => (Options & option) != 0;
}

/// <summary>What it found.</summary>
internal readonly record struct WaitResult(int Pid, int Status, siginfo Info);

/// <summary>kern_wait6 of kern_exit.c, without the sleep.</summary>
internal static class Waiting
{
    private const int Known = WNOHANG | WUNTRACED | WCONTINUED | WNOWAIT | WEXITED | WTRAPPED | unchecked((int)0x80000000);

    /// <summary>wait4's way of naming children.</summary>
    public static (int IdType, long Id) OfWait4(Process caller, int pid) => pid switch
    {
        -1 => (P_ALL, 0),
        < 0 => (P_PGID, -(long)pid),
        0 => (P_PGID, caller.Group),
        _ => (P_PID, pid),
    };

    /// <summary>
    /// One scan. None with a result; EINVAL, ECHILD; EWOULDBLOCK when there are children, but none has anything to report (a WNOHANG
    /// caller returns pid 0, others sleep on the process).
    /// </summary>
    public static Errno Scan(Process caller, in WaitRequest request, out WaitResult result)
    {
        result = default;
        if ((request.Options & ~Known) != 0) return Errno.EINVAL;
        if (!request.Wants(WEXITED | WUNTRACED | WCONTINUED | WTRAPPED)) return Errno.EINVAL;
        var found = false;
        foreach (var child in caller.Children)
        {
            if (!Matches(child, request)) continue;
            found |= !child.IsZombie || request.Wants(WEXITED);
            if (!TryReport(caller, child, request, out result)) continue;
            return Errno.None;
        }
        foreach (var orphan in caller.Orphans) found |= Matches(orphan, request) && (!orphan.IsZombie || request.Wants(WEXITED));
        return found ? Errno.EWOULDBLOCK : Errno.ECHILD;
    }

    private static bool Matches(Process child, in WaitRequest request) => request.IdType switch
    {
        P_ALL => true,
        P_PID => child.Pid == request.Id,
        P_PGID => child.Group == request.Id,
        P_SID => child.Session == request.Id,
        P_UID => child.UserId == request.Id,
        P_GID => child.GroupId == request.Id,
        _ => false,
    };

    private static bool TryReport(Process caller, Process child, in WaitRequest request, out WaitResult result)
    {
        result = default;
        if (child.IsZombie)
        {
            if (!request.Wants(WEXITED)) return false;
            var status = child.XSig == 0 ? ExitStatus(child.ExitCode) : SignalStatus(child.XSig, child.DumpedCore);
            result = Result(child, child.XSig == 0 ? CLD_EXITED : child.DumpedCore ? CLD_DUMPED : CLD_KILLED,
                child.XSig == 0 ? child.ExitCode : child.XSig, status);
            if (request.Wants(WNOWAIT)) return true;
            caller.Queue.DeleteChild(child.Pid);
            Exiting.Reap(child);
            return true;
        }
        var allStopped = child.SuspendCount == child.Threads.Count && !child.Has(ProcessFlags.Waited)
            && child.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace);
        if (allStopped && (child.IsTraced ? request.Wants(WTRAPPED | WUNTRACED) : request.Wants(WUNTRACED) && child.Has(ProcessFlags.StoppedSignal)))
        {
            result = Result(child, child.IsTraced && request.Wants(WTRAPPED) ? CLD_TRAPPED : CLD_STOPPED, child.XSig, StopStatus(child.XSig));
            if (request.Wants(WNOWAIT)) return true;
            child.Flags |= ProcessFlags.Waited;
            caller.Queue.DeleteChild(child.Pid);
            return true;
        }
        if (request.Wants(WCONTINUED) && child.Has(ProcessFlags.Continued))
        {
            result = Result(child, CLD_CONTINUED, SIGCONT, ContinuedStatus);
            if (request.Wants(WNOWAIT)) return true;
            child.Flags &= ~ProcessFlags.Continued;
            caller.Queue.DeleteChild(child.Pid);
            return true;
        }
        return false;
    }

    private static WaitResult Result(Process child, int code, int siginfoStatus, int status) => new(child.Pid, status, new siginfo
    {
        si_signo = SIGCHLD, si_code = code, si_status = siginfoStatus, si_pid = child.Pid, si_uid = child.UserId,
    });
}
