using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>
/// What becomes of a forked child: kept for a client that knows forks, otherwise cleaned of what the debugger had put into its parent
/// and let go. The kernel may report parent and child in either order (kern_fork.c, fork_return).
/// </summary>
internal sealed class ForkFollower(SystemCalls system, Tracer tracer)
{
    private readonly HashSet<int> _newborn = [];

    /// <summary>The child was first to report.</summary>
    public void NewbornStopped(int pid) => _newborn.Add(pid);

    /// <summary>The parent has reported. True if the child is kept, stopped, for the client.</summary>
    /// <param name="forker">The thread that has reported.</param>
    /// <param name="lwp">The child's first thread.</param>
    public bool Follow(TracedThread forker, int childPid, bool isVfork, out int lwp)
    {
        lwp = 0;
        var parent = forker.Process;
        if (!_newborn.Remove(childPid) && !FirstStop(childPid)) return false;
        var child = new Tracee(system, tracer.Layout, childPid) { Attached = parent.Attached, CaughtSyscalls = parent.CaughtSyscalls };
        child.Breakpoints = isVfork ? parent.Breakpoints : parent.Breakpoints.Copy();
        if (!isVfork && parent.Passage.LastLifted is { } passed) child.Breakpoints.PutBackOne(childPid, passed);
        if (isVfork) child.BorrowMemory(forker);
        if (!isVfork) child.Libraries.Inherit(parent.Libraries);
        child.DebugRegisters.Inherit(parent.DebugRegisters);
        if (!tracer.Events.HasFlag(isVfork ? ReportedEvents.Vfork : ReportedEvents.Fork))
        {
            _ = tracer.Leave(child, 0);
            child.ReturnMemory();
            return false;
        }
        tracer.Adopt(child);
        lwp = child.Threads.Count > 0 ? child.Threads[0].Lwp : childPid;
        return true;
    }

    /// <summary>Collects the child's SIGSTOP, which comes before its first instruction; false if it did not live to see it.</summary>
    private bool FirstStop(int pid) =>
        system.Wait6(Wait.P_PID, pid, Wait.WEXITED | Wait.WTRAPPED, out _, out var status, out _) == Errno.None && Wait.WIFSTOPPED(status);
}
