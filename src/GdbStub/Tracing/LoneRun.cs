using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tracing;

/// <summary>
/// One thread of a stopped process goes on for a moment, with every other thread held, and the client knows nothing of it. Signals that come
/// meanwhile are kept, and come again when the process goes on.
/// </summary>
internal sealed class LoneRun(SystemCalls system, Tracee process, TracedThread thread)
{
    private readonly List<int> _signals = [];

    /// <summary>Lets the thread go on once, until it makes the stop that is waited for.</summary>
    /// <param name="start">Called before each resume, with the thread stopped.</param>
    /// <param name="resumed">Called after each resume.</param>
    /// <param name="isDone">Whether the stop by this signal is the one.</param>
    /// <returns>ESRCH when the process has ended instead: that is in store to be reported.</returns>
    public Errno Until(Func<Errno> start, Func<Errno> resumed, Func<int, ptrace_lwpinfo, bool> isDone)
    {
        thread.KeepSiginfo();
        foreach (var other in process.ThreadList) other.Hold(other != thread);
        while (true)
        {
            var error = start();
            if (error != Errno.None) return error;
            process.Go(passes: false);
            error = resumed();
            if (error != Errno.None) return error;
            error = system.Wait6(P_PID, process.Pid, WEXITED | WTRAPPED, out _, out var status, out _);
            if (error != Errno.None) return error;
            if (!WIFSTOPPED(status))
            {
                process.End();
                process.Stops.Add(StopReader.End(process.Pid, status));
                return Errno.ESRCH;
            }
            var signal = WSTOPSIG(status);
            process.Stopped(signal);
            // Kernels without PT_LWPINFO leave it empty.
            _ = system.LwpInfo(thread.Lwp, out var info);
            if (isDone(signal, info)) return Errno.None;
            // The end of a system call is no signal.
            if ((info.pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) != 0) continue;
            if (signal == SIGSTOP && process.StopExpected) process.StopExpected = false;
            else _signals.Add(signal);
        }
    }

    /// <summary>Sends the signals that were kept again: they come when the process goes on.</summary>
    public void Return()
    {
        thread.RestoreSiginfo();
        foreach (var signal in _signals) _ = system.Kill(process.Pid, signal);
    }
}
