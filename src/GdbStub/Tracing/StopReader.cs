using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tracing;

/// <summary>Tells what a status collected by wait6 means, from PT_LWPINFO, the breakpoints and what the threads were doing.</summary>
internal sealed class StopReader(SystemCalls system, IDebugTarget target, Tracer tracer)
{
    private readonly ForkFollower _forks = new(system, tracer);

    /// <summary>A process that nobody traces by name has stopped: the child of a fork whose parent has not reported yet.</summary>
    public void NewbornStopped(int pid) => _forks.NewbornStopped(pid);

    /// <summary>Reads the event; false if it is not worth a report: then the process goes on already.</summary>
    public bool TryRead(Tracee process, int status, out StopEvent stop)
    {
        if (!WIFSTOPPED(status))
        {
            process.End();
            stop = End(process.Pid, status);
            return true;
        }
        process.Stopped(WSTOPSIG(status));
        var isKnown = system.LwpInfo(process.Pid, out var info) == Errno.None;
        if (!isKnown) info = Guess(process, WSTOPSIG(status));
        var thread = process.Thread(info.pl_lwpid);
        process.Reporter = isKnown ? thread : null;
        process.Passage.End(isMemoryNew: (info.pl_flags & PL_FLAG_EXEC) != 0);
        if (Read(process, thread, WSTOPSIG(status), info, out stop))
        {
            process.StopWanted = false;
            Disarm(process, stop);
            return true;
        }
        return false;
    }

    /// <summary>Who was stepping has been overtaken. In non-stop mode that is the reporter's affair alone.</summary>
    private void Disarm(Tracee process, in StopEvent stop)
    {
        foreach (var known in process.KnownThreads)
            if (!tracer.NonStop.IsOn || known.Lwp == stop.Lwp && stop.Kind != StopKind.Interrupt) known.DisarmStep();
    }

    /// <summary>
    /// What PT_LWPINFO would say where there is none: every stop is a signal's, and the pc shows what a SIGTRAP was for, as gdb did there
    /// (adjust_pc_after_break).
    /// </summary>
    private ptrace_lwpinfo Guess(Tracee process, int signal)
    {
        var code = 0;
        if (signal == SIGTRAP)
        {
            var thread = process.Thread(process.Pid);
            var address = thread.Registers.Pc - (ulong)target.BreakpointPcOffset;
            var isBreakpoint = process.Breakpoints.Contains(address) && (!thread.StepArmed || thread.SteppedFrom == address);
            code = isBreakpoint ? TRAP_BRKPT : TRAP_TRACE;
        }
        return new ptrace_lwpinfo
        {
            pl_lwpid = process.Pid, pl_event = PL_EVENT_SIGNAL, pl_flags = PL_FLAG_SI,
                pl_siginfo = new siginfo { si_signo = signal, si_code = code },
        };
    }

    /// <summary>The event of a process that has ended.</summary>
    public static StopEvent End(int pid, int status) => WIFEXITED(status)
        ? new StopEvent(StopKind.Exited, pid, 0) { ExitCode = WEXITSTATUS(status) }
        : new StopEvent(StopKind.Killed, pid, 0) { Signal = WTERMSIG(status) };

    private bool Read(Tracee process, TracedThread thread, int signal, in ptrace_lwpinfo info, out StopEvent stop)
    {
        if ((info.pl_flags & PL_FLAG_FORKED) != 0) return ReadFork(process, thread, info, out stop);
        if ((info.pl_flags & PL_FLAG_VFORK_DONE) != 0) return ReadVforkDone(process, thread, out stop);
        if ((info.pl_flags & PL_FLAG_EXEC) != 0) return ReadExec(process, thread, out stop);
        if ((info.pl_flags & PL_FLAG_BORN) != 0) return ReadBirth(process, thread, out stop);
        if ((info.pl_flags & PL_FLAG_EXITED) != 0) return ReadThreadExit(process, thread, out stop);
        if ((info.pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) != 0 && (info.pl_flags & PL_FLAG_SI) == 0)
            return ReadSyscall(process, thread, info, out stop);
        if (signal == SIGTRAP) return ReadTrap(process, thread, info, out stop);
        if (signal == SIGSTOP && process.StopExpected)
        {
            process.StopExpected = false;
            stop = new StopEvent(StopKind.Interrupt, process.Pid, thread.Lwp) { Signal = SIGINT };
            // Another stop had overtaken it, and the client has resumed since.
            return process.StopWanted || WentOn(process);
        }
        stop = new StopEvent(StopKind.Signal, process.Pid, thread.Lwp) { Signal = signal };
        // Where no siginfo is known, signals of one number are one anyway.
        if (signal == thread.SentSignal && (process.Reporter is null || info.pl_siginfo.si_code == SI_LWP))
        {
            thread.TakeSent();
            return WentOn(process, signal);
        }
        // gdbserver, linux-low: a signal of no interest goes on at once, but not under a step, which must see the handler.
        return !tracer.PassSignals.Contains(signal) || thread.IsStepping || WentOn(process, signal);
    }

    private bool ReadFork(Tracee process, TracedThread thread, in ptrace_lwpinfo info, out StopEvent stop)
    {
        var isVfork = (info.pl_flags & PL_FLAG_VFORKED) != 0;
        stop = new StopEvent(isVfork ? StopKind.Vfork : StopKind.Fork, process.Pid, thread.Lwp) { Signal = SIGTRAP };
        if (_forks.Follow(thread, info.pl_child_pid, isVfork, out var childLwp))
        {
            stop = stop with { Child = info.pl_child_pid, ChildLwp = childLwp };
            return true;
        }
        return WentOn(process);
    }

    private bool ReadVforkDone(Tracee process, TracedThread thread, out StopEvent stop)
    {
        process.Breakpoints.PutBack(process.Pid);
        stop = new StopEvent(StopKind.VforkDone, process.Pid, thread.Lwp) { Signal = SIGTRAP };
        return tracer.Events.HasFlag(ReportedEvents.Vfork) || WentOn(process);
    }

    private bool ReadExec(Tracee process, TracedThread thread, out StopEvent stop)
    {
        // The memory is new. A vfork child leaves the table to the parent, whose memory it was.
        if (process.VforkParent is null) process.Breakpoints.Forget();
        else process.Breakpoints = new SoftwareBreakpoints(system, target);
        process.ReturnMemory();
        process.DebugRegisters.Forget();
        process.Allocations.Clear();
        process.RenewStop();
        // A client that does not know exec must still hear of it: its breakpoints are gone. It sees the trap, as of old.
        stop = new StopEvent(tracer.Events.HasFlag(ReportedEvents.Exec) ? StopKind.Exec : StopKind.Signal, process.Pid, thread.Lwp)
        {
            Signal = SIGTRAP,
        };
        return true;
    }

    private bool ReadBirth(Tracee process, TracedThread thread, out StopEvent stop)
    {
        process.DebugRegisters.Equip(thread.Lwp);
        stop = new StopEvent(StopKind.ThreadCreated, process.Pid, thread.Lwp) { Signal = SIGTRAP };
        if (FindCloner(process) is { } cloner)
        {
            stop = stop with { Kind = StopKind.Cloned, Lwp = cloner.Lwp, Child = process.Pid, ChildLwp = thread.Lwp };
            return true;
        }
        thread.HasBegun = true;
        return tracer.Events.HasFlag(ReportedEvents.Threads) || WentOn(process);
    }

    /// <summary>
    /// The thread that has made another, if the client has asked about it. FreeBSD does not tell, and so it must have asked
    /// about all that run: about the only one, when that is stepped over a breakpoint.
    /// </summary>
    private static TracedThread? FindCloner(Tracee process)
    {
        TracedThread? asked = null;
        foreach (var thread in process.ThreadList)
        {
            if (!thread.HasBegun || !thread.Runs) continue;
            if (!thread.Options.HasFlag(ThreadOptions.Clone)) return null;
            asked ??= thread;
        }
        return asked;
    }

    private bool ReadThreadExit(Tracee process, TracedThread thread, out StopEvent stop)
    {
        process.RemoveThread(thread.Lwp);
        process.RenewStop();
        stop = new StopEvent(StopKind.ThreadExited, process.Pid, thread.Lwp);
        if (tracer.Events.HasFlag(ReportedEvents.Threads) || thread.Options.HasFlag(ThreadOptions.Exit)) return true;
        foreach (var other in process.ThreadList)
            if (other.Runs) return WentOn(process);
        process.AwaitsVforkChild = process.ThreadList.Exists(static other => other is { VforkChild: not null, Action.Kind: not ResumeKind.Stay });
        if (process.AwaitsVforkChild) return false;
        // Everyone else is held: going on, the process would never report again. It stays, unless nobody else would.
        foreach (var other in tracer.Processes)
            if (other.Running) return false;
        stop = tracer.Events.HasFlag(ReportedEvents.NoResumed) || process.Threads.Count == 0
            ? stop with { Kind = StopKind.NoResumed } : new StopEvent(StopKind.Signal, process.Pid, process.Threads[0].Lwp);
        return true;
    }

    private static bool ReadSyscall(Tracee process, TracedThread thread, in ptrace_lwpinfo info, out StopEvent stop)
    {
        var kind = (info.pl_flags & PL_FLAG_SCE) != 0 ? StopKind.SyscallEntry : StopKind.SyscallReturn;
        stop = new StopEvent(kind, process.Pid, thread.Lwp) { Signal = SIGTRAP, Syscall = (int)info.pl_syscall_code };
        return process.CaughtSyscalls is { } caught && caught.Contains(stop.Syscall) || WentOn(process);
    }

    /// <summary>A breakpoint, a comparator, a finished step, or the program's own trap.</summary>
    private bool ReadTrap(Tracee process, TracedThread thread, in ptrace_lwpinfo info, out StopEvent stop)
    {
        stop = new StopEvent(StopKind.Signal, process.Pid, thread.Lwp) { Signal = SIGTRAP };
        if ((info.pl_flags & PL_FLAG_SI) == 0) return true;
        var code = info.pl_siginfo.si_code;
        if (code is TRAP_TRACE or TRAP_BRKPT
            && process.DebugRegisters.TryTakeHit(thread.Lwp, info.pl_siginfo, out var point, out var address))
        {
            stop = point.Kind == BreakpointKind.Execute
                ? stop with { Kind = point.StandsIn ? StopKind.SoftwareBreakpoint : StopKind.HardwareBreakpoint, Address = address }
                : stop with { Kind = StopKind.Watchpoint, Watch = point.Kind, Address = address, WatchStart = point.Address };
            // A step may have ended on the same instruction; the trap flag is put away with the report.
            if (IsForReport(process.DebugRegisters.ActionsOf(point), thread)) return true;
            if (point.Kind == BreakpointKind.Execute || target.WatchStopsBefore)
            {
                thread.Obstacle = new Obstacle(thread.Registers.Pc, point);
                return WentOn(process);
            }
            if (code != TRAP_TRACE || !thread.StepArmed) return WentOn(process);
        }
        if (code == TRAP_BRKPT) return ReadBreakpoint(process, thread, ref stop);
        if (code != TRAP_TRACE || !thread.StepArmed) return true;

        thread.StepDone();
        thread.Obstacle = null;
        return FinishStep(process, thread, ref stop);
    }

    /// <summary>The thread has executed an instruction: whether that ends what the client has asked of it.</summary>
    private static bool FinishStep(Tracee process, TracedThread thread, ref StopEvent stop)
    {
        // The step was past a breakpoint, and none that the client has asked for.
        if (!thread.IsToStep) return WentOn(process);
        stop = stop with { Kind = StopKind.Step };
        if (thread.Action.Kind != ResumeKind.StepRange) return true;
        var pc = thread.Registers.Pc;
        if (pc < thread.Action.Start || pc >= thread.Action.End) return true;
        if (!thread.StepArmed) thread.ArmStep();
        return WentOn(process);
    }

    private bool ReadBreakpoint(Tracee process, TracedThread thread, ref StopEvent stop)
    {
        var pc = thread.Registers.Pc;
        if (thread.UnreportedBreakpoint is { } queued)
        {
            thread.UnreportedBreakpoint = null;
            // The client has removed it, or moved the thread, while the kernel was waiting to report it.
            if (pc != queued || !process.Breakpoints.Contains(queued)) return WentOn(process);
            return ReportBreakpoint(process, thread, queued, ref stop);
        }
        var address = pc - (ulong)target.BreakpointPcOffset;
        if (!process.Breakpoints.Contains(address)) return true;
        if (address != pc) _ = thread.Registers.SetPc(address);
        return ReportBreakpoint(process, thread, address, ref stop);
    }

    private bool ReportBreakpoint(Tracee process, TracedThread thread, ulong address, ref StopEvent stop)
    {
        var change = stop with { Kind = StopKind.LibrariesChanged };
        stop = stop with { Kind = StopKind.SoftwareBreakpoint, Address = address };
        var isOwn = process.Libraries.IsAt(address);
        var (isChange, isClients) = isOwn ? process.Libraries.Arrive() : (false, true);
        if (isClients && !IsForReport(process.Breakpoints.ActionsAt(address), thread)) isClients = false;
        if (isOwn || !isClients) thread.Obstacle = new Obstacle(address, null);
        if (isClients)
        {
            if (isChange) process.Stops.Add(change);
            return true;
        }
        if (isChange)
        {
            stop = change;
            return true;
        }
        if (!process.Breakpoints.IsProgramsOwn(address)) return WentOn(process);
        // Its own trap would be taken for the breakpoint again and again: the one hit is both, as for gdbserver.
        thread.Obstacle = null;
        _ = thread.Registers.SetPc(address + (ulong)target.BreakpointInstruction.Length);
        return FinishStep(process, thread, ref stop);
    }

    private bool IsForReport(BreakpointActions? actions, TracedThread thread) =>
        actions is null || actions.AreForReport(thread, tracer.Print);

    /// <summary>
    /// Finds the threads whose breakpoint the kernel has yet to report (ptracestop lets one thread report per resume), so that the client
    /// sees them at the breakpoint, not after it.
    /// </summary>
    public void FindUnreportedBreakpoints(Tracee process, int reporter)
    {
        if (process.Breakpoints.Count == 0 || process.Threads.Count < 2) return;
        foreach (var thread in process.ThreadList)
        {
            if (thread.Lwp == reporter || thread.UnreportedBreakpoint is not null) continue;
            if (system.LwpInfo(thread.Lwp, out var info) != Errno.None || !HasTrap(info)) continue;
            var pc = thread.Registers.Pc;
            var address = pc - (ulong)target.BreakpointPcOffset;
            if (!process.Breakpoints.Contains(address)) continue;
            if (address != pc) _ = thread.Registers.SetPc(address);
            thread.UnreportedBreakpoint = address;
        }
    }

    private static bool HasTrap(in ptrace_lwpinfo info) =>
        info.pl_event == PL_EVENT_SIGNAL && (info.pl_flags & PL_FLAG_SI) != 0
            ? info.pl_siginfo is { si_signo: SIGTRAP, si_code: TRAP_BRKPT }
            : info.pl_siglist.ToSet().Contains(SIGTRAP);

    /// <summary>Lets the process go on; false, for the caller to return.</summary>
    private static bool WentOn(Tracee process, int signal = 0)
    {
        process.Go(signal);
        return false;
    }
}
