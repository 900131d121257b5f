using System.Runtime.CompilerServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Signals;

/// <summary>Taking pending signals: issignal and postsig of kern_sig.c.</summary>
internal static class Issuing
{
    private static readonly sigset Stops = sigset.Of(SIGSTOP) | sigset.Of(SIGTSTP) | sigset.Of(SIGTTIN) | sigset.Of(SIGTTOU);

    /// <summary>
    /// issignal: the next signal on which this thread must act, still queued; 0 when there is none. Debugger and job-control stops
    /// happen in here.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> IssueSignal(Lwp lwp)
    {
        var process = lwp.Process;
        // A debugger may have had the thread call exit(2) in a stop.
        while (!lwp.IsDead)
        {
            if (process.Kernel.Personality.Stops.ActsWhenSent && await StandsStill(lwp).ConfigureAwait(false)) return 0;
            var pending = (lwp.Queue.Pending | process.Queue.Pending) & ~lwp.SignalMask;
            if (process.Has(ProcessFlags.ParentWaits)) pending &= ~Stops;
            if (pending.IsEmpty) return 0;
            var reports = process.IsTraced && !IsSpared(process);
            var signal = pending.First;
            if (reports && process.FirstStop && pending.Contains(SIGSTOP))
            {
                signal = SIGSTOP;
                lwp.Debug |= DebugFlags.FirstStop;
            }
            if ((process.StopMask & StopEvents.S_SIG) != 0)
            {
                await StopEvents.At(lwp, StopEvents.S_SIG, signal);
                // SIGKILL may have come meanwhile.
                if (((lwp.Queue.Pending | process.Queue.Pending) & ~lwp.SignalMask).First != signal) continue;
            }
            if (process.Signals.IsIgnored(signal) && !process.IsTraced)
            {
                Drop(lwp, signal);
                continue;
            }
            if (reports)
            {
                var queue = Take(lwp, signal, out var info, out var injected);
                // PtraceStop, whose frame every step of a debugger would pay for.
                lwp.XSig = signal;
                if (!injected) lwp.Debug |= DebugFlags.XSig;
                var isAnswered = injected || await Stopping.WaitForDebugger(lwp, signal).ConfigureAwait(false);
                // The debugger may have changed it (PT_X_SETSIGINFO). A stop within this one, in a PT_SC_REMOTE, has left none.
                if (lwp.StopInfo.si_signo != 0) info = lwp.StopInfo;
                signal = Settle(lwp, queue, info, isAnswered ? Stopping.Answer(lwp, info.si_signo, info, injected) : 0);
                if (signal == 0) continue;
            }
            switch (Decide(process, signal))
            {
                case Decision.Act:
                    return signal;
                case Decision.Stop:
                    await StopForJobControl(lwp, signal);
                    break;
                default:
                    Drop(lwp, signal);
                    break;
            }
        }
        return 0;
    }

    /// <summary>tstop of DragonFly: a process that a signal has stopped while it was sent looks at no other signal before it goes on.</summary>
    /// <returns>Whether the thread must go, or is wanted at the user boundary.</returns>
    private static async ValueTask<bool> StandsStill(Lwp lwp)
    {
        if (!lwp.Process.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace)) return false;
        if (await Sleeping.SuspendCheck(lwp, mayReturn: false).ConfigureAwait(false) == Errno.None) return false;
        lwp.AstPending = true;
        return true;
    }

    /// <summary>
    /// A vfork child whose parent waits would wait for that parent, when it is the debugger: P_PPTRACE says that it is, and kernels without
    /// it spare every such child (issignal).
    /// </summary>
    private static bool IsSpared(Process process) =>
        process.Has(process.Kernel.Personality.Attaching.KnowsWaitingTracer ? ProcessFlags.ParentTraces : ProcessFlags.ParentWaits);

    /// <summary>Takes a signal off its queue, to show it to the debugger.</summary>
    private static SignalQueue Take(Lwp lwp, int signal, out siginfo info, out bool injected)
    {
        var queue = lwp.Queue;
        if (!queue.TryTake(signal, out info, out injected))
        {
            queue = lwp.Process.Queue;
            queue.TryTake(signal, out info, out injected);
        }
        lwp.StopInfo = info;
        return queue;
    }

    /// <summary>What becomes of the signal that the debugger answered with. 0: discarded, or put back for later.</summary>
    private static int Settle(Lwp lwp, SignalQueue queue, in siginfo info, int answer)
    {
        var process = lwp.Process;
        var stops = process.Kernel.Personality.Stops;
        if (stops.ForgetsSignal) lwp.StopInfo.si_signo = 0;
        if (answer == 0) return 0;
        if (!stops.QueuesAnswers)
            return !process.IsTraced && process.Kernel.Personality.Resuming.DetachLosesSignal ? 0 : PutBack(lwp, queue, info, answer);
        if (lwp.SignalMask.Contains(answer))
        {
            process.Queue.Requeue(info with { si_signo = answer });
            return 0;
        }
        if (process.IsTraced) return answer;
        // Let go meanwhile: the signal begins anew, as an untraced process's.
        queue.Requeue(info with { si_signo = answer });
        return 0;
    }

    /// <summary>
    /// The older way: the signal is where it was, another one takes its place without a record. 0: masked, or nobody's tracee any more, so
    /// that all are looked at anew.
    /// </summary>
    private static int PutBack(Lwp lwp, SignalQueue queue, in siginfo info, int answer)
    {
        if (answer == info.si_signo) queue.Requeue(info);
        else queue.AddBare(answer);
        return lwp.SignalMask.Contains(answer) || !lwp.Process.IsTraced ? 0 : answer;
    }

    private enum Decision
    {
        Act,
        Stop,
        Drop,
    }

    private static Decision Decide(Process process, int signal)
    {
        var signals = process.Signals;
        if (signals.IsCaught(signal)) return Decision.Act;
        if (!signals.IsDefault(signal)) return Decision.Drop;
        if (process.Pid <= 1) return Decision.Drop;
        if (SignalProperties.IsStop(signal))
            return process.Has(ProcessFlags.Traced | ProcessFlags.Exiting | ProcessFlags.SingleExit) || IsDeafToTerminal(process, signal)
                ? Decision.Drop : Decision.Stop;
        return SignalProperties.IsIgnoredByDefault(signal) ? Decision.Drop : Decision.Act;
    }

    /// <summary>The process is stopped, or a signal is pending that will stop it.</summary>
    public static bool MustStop(Lwp lwp) => lwp.Process.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace)
        || !((lwp.Queue.Pending | lwp.Process.Queue.Pending) & ~lwp.SignalMask & Stops).IsEmpty;

    /// <summary>Nobody could continue a member of an orphaned group.</summary>
    internal static bool IsDeafToTerminal(Process process, int signal) =>
        SignalProperties.IsTerminalStop(signal) && process.Kernel.Jobs.IsOrphaned(process.Group);

    private static async ValueTask StopForJobControl(Lwp lwp, int signal)
    {
        var process = lwp.Process;
        Drop(lwp, signal);
        process.Flags |= ProcessFlags.StoppedSignal;
        process.XSig = signal;
        Stopping.SuspendThreads(process, lwp);
        await Sleeping.Suspend(lwp);
    }

    private static void Drop(Lwp lwp, int signal)
    {
        lwp.Queue.Delete(signal);
        lwp.Process.Queue.Delete(signal);
    }

    /// <summary>postsig: acts on a signal that <see cref="IssueSignal"/> returned.</summary>
    public static async ValueTask PostSignal(Lwp lwp, int signal)
    {
        var process = lwp.Process;
        if (!lwp.Queue.TryTake(signal, out var info, out _)) process.Queue.TryTake(signal, out info, out _);
        process.PosixTimers.Accept(ref info);
        Watching.Tell(lwp, User.ProgramEventKind.Signal, signal);
        var action = process.Signals[signal];
        KernelTracing.Signal(lwp, signal, action.Handler, lwp.OldMask ?? lwp.SignalMask, info.si_code);
        if (action.Handler == SIG_DFL)
        {
            lwp.StopInfo = info;
            await Exiting.ExitBySignal(lwp, signal);
            return;
        }
        if (process.CoreSignal == signal) process.CoreSignal = 0;
        var returnMask = lwp.OldMask ?? lwp.SignalMask;
        lwp.OldMask = null;
        await Catch(lwp, info, action, returnMask);
    }

    /// <summary>
    /// trapsignal: a signal that the thread's own instruction caused. A handler's frame is built at once, before those of signals that are
    /// pending; else it is queued, for a debugger to see or to end the process.
    /// </summary>
    public static ValueTask TrapSignal(Lwp lwp, in TrapSignal trap)
    {
        var process = lwp.Process;
        var signals = process.Signals;
        var signal = trap.Signal;
        var info = new siginfo { si_signo = signal, si_errno = (int)trap.Error, si_code = trap.Code, si_addr = trap.Address, si_trapno = trap.TrapNumber };
        if (!process.IsTraced && signals.IsCaught(signal) && !lwp.SignalMask.Contains(signal))
        {
            Watching.Tell(lwp, User.ProgramEventKind.Signal, signal);
            KernelTracing.Signal(lwp, signal, signals[signal].Handler, lwp.SignalMask, info.si_code);
            return Catch(lwp, info, signals[signal], lwp.SignalMask);
        }
        if (lwp.SignalMask.Contains(signal) || signals[signal].Handler == SIG_IGN)
        {
            // kern.forcesigexit: a fault that is blocked or ignored would loop for ever.
            lwp.SignalMask = lwp.SignalMask.Without(signal);
            signals[signal] = default;
        }
        process.CoreSignal = signal;
        Posting.Send(process, lwp, info);
        return ValueTask.CompletedTask;
    }

    /// <summary>sendsig and postsig_done: the thread goes on in the handler.</summary>
    private static ValueTask Catch(Lwp lwp, in siginfo info, SignalAction action, sigset returnMask)
    {
        // postsig_done
        lwp.Usage.ru_nsignals++;
        // sendsig could not write the frame (machdep.c: sigexit with SIGILL).
        if (Deliver(lwp, info, action, returnMask) != Errno.None) return Exiting.ExitBySignal(lwp, SIGILL);
        lwp.SignalMask |= action.Mask;
        if ((action.Flags & SA_NODEFER) == 0) lwp.SignalMask = lwp.SignalMask.With(info.si_signo);
        if ((action.Flags & SA_RESETHAND) != 0) lwp.Process.Signals[info.si_signo] = default;
        return ValueTask.CompletedTask;
    }

    private static Errno Deliver(Lwp lwp, in siginfo info, SignalAction action, sigset returnMask)
    {
        var process = lwp.Process;
        var architecture = process.Kernel.Architecture;
        var onStack = lwp.IsOnAltStack;
        var useAlternate = (action.Flags & SA_ONSTACK) != 0 && lwp.AltStackEnabled && !onStack;
        var flags = !lwp.AltStackEnabled ? SS_DISABLE : onStack ? SS_ONSTACK : 0;
        return architecture.SendSignal(lwp.Cpu, process.Vm, new SignalDelivery(
            action.Handler, info, (action.Flags & SA_SIGINFO) != 0, returnMask, useAlternate ? lwp.AltStackBase + lwp.AltStackSize : 0,
            lwp.AltStackBase, lwp.AltStackSize, flags, onStack));
    }
}
