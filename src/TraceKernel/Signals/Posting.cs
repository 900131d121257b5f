using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Kevents;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Signals;

/// <summary>Making signals pending, and what that does at once: tdsendsignal of kern_sig.c.</summary>
internal static class Posting
{
    /// <summary>kern.sigqueue.max_pending_per_proc.</summary>
    public const int MaximumPending = 128;

    /// <summary>kern_psignal: a signal from the kernel to a process.</summary>
    public static void Send(Process process, int signal) =>
        Send(process, null, new siginfo { si_signo = signal, si_code = SI_KERNEL });

    /// <summary>What ast() does with TDF_ALRMPEND and TDF_PROFPEND: a signal from the kernel to a process, at work in one of its threads.</summary>
    /// <param name="busy">That thread, which takes the signal unless it blocks it (sigtd).</param>
    public static void SendBusy(Process process, int signal, Lwp? busy) =>
        Send(process, null, new siginfo { si_signo = signal, si_code = SI_KERNEL }, current: busy);

    /// <summary>tdksignal: a signal from the kernel to one thread.</summary>
    public static void PostSignal(this Lwp lwp, int signal) =>
        Send(lwp.Process, lwp, new siginfo { si_signo = signal, si_code = SI_KERNEL });

    /// <summary>SIGCHLD with what happened to a child (sigparent, childproc_stopped).</summary>
    public static void SendChild(Process parent, Process child, int code, int status)
    {
        if (parent.IsHost) return;
        parent.Queue.DeleteChild(child.Pid);
        Send(parent, null, new siginfo
        {
            si_signo = SIGCHLD, si_code = code, si_pid = child.Pid, si_uid = child.Credentials.RealUserId, si_status = status,
        });
    }

    /// <summary>
    /// childproc_jobstate: the parent's wait is woken first, and then the signal is sent, so that a handler without SA_RESTART does not
    /// take the news away from wait4(2).
    /// </summary>
    /// <param name="always">SA_NOCLDSTOP does not count.</param>
    public static void SendJobState(Process child, int code, int status, bool always = false)
    {
        var parent = child.Parent;
        parent.Kernel.Wakeup(parent);
        if (always || (parent.Signals[SIGCHLD].Flags & SA_NOCLDSTOP) == 0) SendChild(parent, child, code, status);
    }

    /// <summary>tdsendsignal.</summary>
    /// <param name="target">The thread it is directed to; null: the process.</param>
    /// <param name="injected">Given by a debugger (KSI_PTRACE).</param>
    /// <param name="mustQueue">sigqueue(2): EAGAIN rather than losing the record.</param>
    /// <param name="current">curthread; null: who runs now.</param>
    /// <param name="record">The sender's own record, which must not be queued: it counts against no limit.</param>
    public static Errno Send(
        Process process, Lwp? target, siginfo info, bool injected = false, bool mustQueue = false, Lwp? current = null, SignalRecord? record = null)
    {
        var signal = info.si_signo;
        if (process.IsZombie || process.IsHost || process.Threads.Count == 0) return Errno.None;
        process.Notes.Post(NOTE_SIGNAL | (long)signal);
        var rules = process.Kernel.Personality.Stops;
        // "Always give parent a chance", psignal of 2003 and lwpsignal: the action counts as the default one, whatever it is.
        var isHeard = rules.HearsIgnored && (process.IsTraced || (process.StopMask & StopEvents.S_SIG) != 0);
        if (!isHeard && process.Signals.IsIgnored(signal)) return Errno.None;
        var lwp = target ?? ChooseThread(process, signal, current ?? process.Kernel.Scheduler.Current);
        var queue = target is null ? process.Queue : target.Queue;

        if (signal == SIGCONT) DeleteStops(process);
        else if (SignalProperties.IsStop(signal))
        {
            var takesDefault = isHeard || (process.Signals.IsDefault(signal) && !lwp.SignalMask.Contains(signal));
            if (takesDefault && Issuing.IsDeafToTerminal(process, signal)) return Errno.None;
            ForgetContinue(process);
        }
        if (rules.ActsWhenSent && isHeard && ActOnTracee(process, target, lwp, signal)) return Errno.None;

        if (Enqueue(process, queue, info, injected, mustQueue, record) is var error and not Errno.None) return error;
        // p_stops holds procfs's events, and perhaps the system call stops: nothing may keep a killed process.
        if (signal == SIGKILL && rules.HasStopEvents) StopEvents.Forget(process);
        if (lwp.SignalMask.Contains(signal) && signal != SIGCONT) return Errno.None;
        lwp.AstPending = true;
        Act(process, lwp, signal);
        return Errno.None;
    }

    /// <summary>
    /// lwpsignal: the default action of a signal to stop or to continue is carried out here, unless the process is stopped already or every
    /// thread blocks the signal.
    /// </summary>
    /// <returns>Whether nothing is left to be queued.</returns>
    private static bool ActOnTracee(Process process, Lwp? target, Lwp chosen, int signal)
    {
        if (process.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace)) return false;
        if (target is null && chosen.SignalMask.Contains(signal)) return false;
        if (signal == SIGCONT) return true;
        if (!SignalProperties.IsStop(signal) || process.Has(ProcessFlags.ParentWaits)) return false;
        if (!process.Has(ProcessFlags.Exiting)) StopAtOnce(process, chosen, signal);
        return true;
    }

    /// <summary>A stop takes back a SIGCONT, and the news of one that nobody has waited for.</summary>
    private static void ForgetContinue(Process process)
    {
        DeleteFromAll(process, SIGCONT);
        if (!process.Has(ProcessFlags.Continued)) return;
        process.Flags &= ~ProcessFlags.Continued;
        Family.ForgetSignal(process.Parent, process);
    }

    private static Errno Enqueue(Process process, SignalQueue queue, in siginfo info, bool injected, bool mustQueue, SignalRecord? record)
    {
        var signal = info.si_signo;
        if (signal is SIGKILL or SIGSTOP)
        {
            queue.AddBare(signal);
            return Errno.None;
        }
        if (record is not null)
        {
            queue.Add(record, info);
            return Errno.None;
        }
        var pending = process.Queue.Count;
        foreach (var lwp in process.Threads) pending += lwp.Queue.Count;
        if (pending < MaximumPending) queue.Add(info, injected);
        else if (mustQueue) return Errno.EAGAIN;
        else queue.AddBare(signal, injected);
        return Errno.None;
    }

    /// <summary>What a newly pending signal does before the target next looks at it.</summary>
    private static void Act(Process process, Lwp lwp, int signal)
    {
        var caught = process.Signals.IsCaught(signal);
        var interruption = process.Signals.Interrupting.Contains(signal) ? Errno.EINTR : Errno.ERESTART;
        if (process.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace))
        {
            ActOnStopped(process, lwp, signal, caught, interruption);
            return;
        }
        if (!process.IsTraced && !caught && SignalProperties.IsStop(signal) && process.Signals.IsDefault(signal))
        {
            StopUntraced(process, lwp, signal);
            return;
        }
        WakeForSignal(process, lwp, signal, caught, interruption);
    }

    private static void ActOnStopped(Process process, Lwp lwp, int signal, bool caught, Errno interruption)
    {
        if (process.IsTraced && signal is SIGKILL or SIGCONT) return;
        switch (signal)
        {
            case SIGKILL:
                process.Flags &= ~(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace);
                Sleeping.Abort(lwp, Errno.EINTR);
                Sleeping.Unsuspend(process);
                break;
            case SIGCONT:
                Continue(process);
                if (!caught) DeleteFromAll(process, SIGCONT);
                Sleeping.Unsuspend(process);
                break;
            default:
                if (!SignalProperties.IsStop(signal)) Sleeping.Abort(lwp, interruption);
                break;
        }
    }

    /// <summary>A stop that was complete, and perhaps reported, ends: the parent may hear of it.</summary>
    private static void Continue(Process process)
    {
        process.Flags &= ~ProcessFlags.StoppedSignal;
        if (process.SuspendCount != process.Threads.Count) return;
        process.Flags |= ProcessFlags.Continued;
        process.XSig = SIGCONT;
        SendJobState(process, CLD_CONTINUED, SIGCONT);
    }

    /// <summary>The default action of a stop signal takes effect at once.</summary>
    private static void StopUntraced(Process process, Lwp lwp, int signal)
    {
        if (process.Has(ProcessFlags.ParentWaits | ProcessFlags.Exiting)) return;
        DeleteFromAll(process, signal);
        StopAtOnce(process, lwp, signal);
    }

    private static void StopAtOnce(Process process, Lwp lwp, int signal)
    {
        process.Flags |= ProcessFlags.StoppedSignal;
        process.XSig = signal;
        Stopping.SuspendThreads(process, null);
        lwp.AstPending = true;
        Stopping.ReportIfAllStopped(process);
    }

    /// <summary>tdsigwakeup.</summary>
    private static void WakeForSignal(Process process, Lwp lwp, int signal, bool caught, Errno interruption)
    {
        if (!lwp.IsSleeping || !lwp.Interruptible) return;
        if (signal == SIGCONT && !caught)
        {
            DeleteFromAll(process, SIGCONT);
            return;
        }
        Sleeping.Abort(lwp, interruption);
    }

    /// <summary>sigtd: who takes a signal sent to the process.</summary>
    public static Lwp ChooseThread(Process process, int signal, Lwp? current)
    {
        if (current is not null && current.Process == process && !current.IsDead && !current.SignalMask.Contains(signal)) return current;
        foreach (var lwp in process.Threads)
            if (!lwp.SignalMask.Contains(signal)) return lwp;
        return process.FirstThread;
    }

    /// <summary>sigqueue_delete_proc.</summary>
    public static void DeleteFromAll(Process process, int signal)
    {
        process.Queue.Delete(signal);
        foreach (var lwp in process.Threads) lwp.Queue.Delete(signal);
    }

    /// <summary>sigqueue_delete_stopmask_proc.</summary>
    private static void DeleteStops(Process process)
    {
        foreach (var signal in (ReadOnlySpan<int>)[SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]) DeleteFromAll(process, signal);
    }
}
