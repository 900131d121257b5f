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
/// <param name="Child">The child itself, which may be reaped by now: what it has used is computed for who asks.</param>
internal readonly record struct WaitResult(int Pid, int Status, siginfo Info, Process Child);

/// <summary>kern_wait6 of kern_exit.c, without the sleep.</summary>
internal static class Waiting
{
    private const int Known = WNOHANG | WUNTRACED | WCONTINUED | WNOWAIT | WEXITED | WTRAPPED | WLINUXCLONE;

    /// <summary>wait4's way of naming children.</summary>
    public static (int IdType, long Id) OfWait4(int pid) => pid switch
    {
        -1 => (P_ALL, 0),
        < 0 => (P_PGID, -(long)pid),
        _ => (P_PID, pid),
    };

    /// <summary>
    /// One scan. None with a result; EINVAL, ECHILD; EWOULDBLOCK when there are children, but none has anything to report (a WNOHANG
    /// caller returns pid 0, others sleep on the process).
    /// </summary>
    public static Errno Scan(Process caller, WaitRequest request, out WaitResult result)
    {
        result = default;
        if ((request.Options & ~Known) != 0) return Errno.EINVAL;
        if (!request.Wants(WEXITED | WUNTRACED | WCONTINUED | WTRAPPED)) return Errno.EINVAL;
        // WAIT_MYPGRP
        if ((int)request.Id == 0 && request.IdType is P_PID or P_PGID) request = request with { IdType = P_PGID, Id = caller.Group };
        var found = false;
        foreach (var child in caller.Children)
        {
            if (!Matches(caller, child, request)) continue;
            found = true;
            if (TryReport(caller, child, request, out result)) return Errno.None;
        }
        foreach (var orphan in caller.Orphans) found |= Matches(caller, orphan, request);
        return found ? Errno.EWOULDBLOCK : Errno.ECHILD;
    }

    /// <summary>proc_to_reap, the first half.</summary>
    private static bool Matches(Process caller, Process child, in WaitRequest request)
    {
        if (child.IsZombie && !request.Wants(WEXITED)) return false;
        // Children by rfork(2) that announce their end by another signal are for those who ask for them.
        if ((child.ParentSignal != SIGCHLD) != request.Wants(WLINUXCLONE)) return false;
        return request.IdType switch
        {
            P_ALL => child.Descriptor is null || IsOwnTracee(caller, child),
            P_PID => child.Pid == request.Id,
            P_PGID => child.Group == request.Id,
            P_SID => child.Session == request.Id,
            P_UID => child.UserId == request.Id,
            P_GID => child.GroupId == request.Id,
            P_JAILID => child.Jail == request.Id,
            _ => false,
        };
    }

    /// <summary>A child with a descriptor shows its stops to a debugger that waits for anybody.</summary>
    private static bool IsOwnTracee(Process caller, Process child) =>
        caller.Kernel.Personality.ShowsTracedDescriptors && child.Parent == caller && child.IsTraced;

    private static bool TryReport(Process caller, Process child, in WaitRequest request, out WaitResult result)
    {
        result = default;
        if (child.IsZombie)
        {
            var (code, value) = Reaping.EndOf(child);
            result = Result(child, code, value, Reaping.StatusOf(child));
            if (request.Wants(WNOWAIT)) return true;
            Family.ForgetSignal(caller, child);
            Reaping.Reap(child);
            return true;
        }
        var allStopped = child.SuspendCount == child.Threads.Count && !child.Has(ProcessFlags.Waited)
            && child.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace);
        if (allStopped && (child.IsTraced ? request.Wants(WTRAPPED | WUNTRACED) : request.Wants(WUNTRACED) && child.Has(ProcessFlags.StoppedSignal)))
        {
            result = Result(child, child.IsTraced && request.Wants(WTRAPPED) ? CLD_TRAPPED : CLD_STOPPED, child.XSig, StopStatus(child.XSig));
            if (request.Wants(WNOWAIT)) return true;
            child.Flags |= ProcessFlags.Waited;
            Family.ForgetSignal(caller, child);
            return true;
        }
        if (request.Wants(WCONTINUED) && child.Has(ProcessFlags.Continued))
        {
            result = Result(child, CLD_CONTINUED, SIGCONT, ContinuedStatus);
            if (request.Wants(WNOWAIT)) return true;
            child.Flags &= ~ProcessFlags.Continued;
            Family.ForgetSignal(caller, child);
            return true;
        }
        return false;
    }

    private static WaitResult Result(Process child, int code, int siginfoStatus, int status) => new(child.Pid, status, new siginfo
    {
        si_signo = SIGCHLD, si_code = code, si_status = siginfoStatus, si_pid = child.Pid, si_uid = child.UserId,
    }, child);
}
