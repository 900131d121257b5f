using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tracing;

/// <summary>
/// The last stops of a process before its debugger leaves. PT_DETACH forgets about a thread that has stopped without having been
/// reported, and SIGTRAP then kills the process; and a SIGSTOP that the debugger had sent would stop it for good. Both are collected
/// first, with every other thread held, so that none runs an instruction under a debugger that is half gone.
/// </summary>
internal sealed class Departure(SystemCalls system, Tracee process)
{
    /// <summary>Collects what is still to be reported.</summary>
    /// <param name="signal">The signal that the process is to get when it is left; it stays owed when an inner stop consumes it.</param>
    public Errno Drain(ref int signal)
    {
        while (Next() is { } next)
        {
            foreach (var thread in process.ThreadList) thread.Hold(thread != next);
            process.Go(passes: false);
            var error = system.Wait6(P_PID, process.Pid, WEXITED | WTRAPPED, out _, out var status, out _);
            if (error != Errno.None) return error;
            if (!WIFSTOPPED(status))
            {
                process.End();
                return Errno.ESRCH;
            }
            process.Stopped(WSTOPSIG(status));
            Collect(WSTOPSIG(status), ref signal);
        }
        // PT_DETACH lets the held ones go.
        return Errno.None;
    }

    /// <summary>The thread that has something to report: one in an unreported stop, or any while our SIGSTOP is queued.</summary>
    private TracedThread? Next()
    {
        // Without PT_LWPINFO there is one thread.
        if (system.LwpInfo(process.Pid, out var reporter) != Errno.None) return process.StopExpected ? process.Thread(process.Pid) : null;
        if (process.Threads.Count > 1)
        {
            foreach (var thread in process.ThreadList)
            {
                if (thread.Lwp == reporter.pl_lwpid || system.LwpInfo(thread.Lwp, out var info) != Errno.None) continue;
                if (info.pl_event == PL_EVENT_SIGNAL || thread.UnreportedBreakpoint is not null) return thread;
            }
        }
        return process.StopExpected ? process.SendStop() ?? process.Thread(reporter.pl_lwpid) : null;
    }

    private void Collect(int stopSignal, ref int signal)
    {
        if (system.LwpInfo(process.Pid, out var info) != Errno.None) info.pl_lwpid = process.Pid;
        var thread = process.Thread(info.pl_lwpid);
        thread.UnreportedBreakpoint = null;
        const int events = PL_FLAG_BORN | PL_FLAG_EXITED | PL_FLAG_EXEC | PL_FLAG_FORKED | PL_FLAG_VFORK_DONE | PL_FLAG_SCE | PL_FLAG_SCX;
        if (stopSignal == SIGSTOP && process.StopExpected) process.StopExpected = false;
        else if (stopSignal != SIGTRAP && (info.pl_flags & events) == 0) signal = stopSignal;
        if ((info.pl_flags & PL_FLAG_EXITED) != 0) process.RemoveThread(info.pl_lwpid);
    }
}
