using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Signals;

/// <summary>
/// stopevent of sys_process.c, and what procfs's ioctl(2) on /proc/PID/mem does with it (PIOCBIS and so on): a process waits at the events
/// of its mask until somebody lets it go on. No ptrace request reaches it, and freebsd-13 has none of it.
/// </summary>
internal static class StopEvents
{
    /// <summary>S_* of sys/pioctl.h.</summary>
    public const int S_EXEC = 1, S_SIG = 2, S_SCE = 4, S_SCX = 8, S_CORE = 0x10, S_EXIT = 0x20;

    /// <summary>S_PT_* of sys/pioctl.h in freebsd-11: the stops at system calls that a debugger asks for.</summary>
    private const int S_PT_SCE = 0x10000, S_PT_SCX = 0x20000;

    /// <summary>struct procfs_status.</summary>
    /// <param name="State">1: it runs; 0: it waits at an event.</param>
    /// <param name="Events">p_stops.</param>
    /// <param name="Why">S_* that it waits at.</param>
    /// <param name="Value">A signal, the number of a system call or of its arguments, an exit status.</param>
    public readonly record struct Status(int State, int Events, int Why, int Value);

    /// <summary>STOPEVENT: returns when the event is not wanted, or has been dealt with.</summary>
    public static async ValueTask At(Lwp lwp, int @event, int value)
    {
        var process = lwp.Process;
        if ((process.StopMask & @event) == 0) return;
        var rules = process.Kernel.Personality.Stops;
        process.IsAtStopEvent = true;
        for (var isFirst = true; process.IsAtStopEvent; isFirst = false)
        {
            if (isFirst || !rules.TellsStopEventOnce) Tell(process, @event, value, rules);
            await lwp.Sleep(process.StopEventChannel, "stopevent", interruptible: false);
        }
    }

    private static void Tell(Process process, int @event, int value, Ptrace.StopRules rules)
    {
        if (!rules.KeepsExitFromStopEvent || @event != S_EXIT) process.XSig = value;
        if (rules.KeepsExitFromStopEvent) process.XThread = null;
        (process.StopEvent, process.StopValue) = (@event, value);
    }

    /// <summary>PIOCBIS: more events. ENOTTY where there are none.</summary>
    public static Errno Set(Process process, int events)
    {
        if (!process.Kernel.Personality.Stops.HasStopEvents) return Errno.ENOTTY;
        process.StopMask |= events;
        if (process.Kernel.Personality.Stops.SharesStopMask) process.TraceEvents |= ToTraceEvents(events);
        return Errno.None;
    }

    /// <summary>PIOCBIC: fewer; one at which the process waits already keeps it.</summary>
    public static Errno Clear(Process process, int events)
    {
        if (!process.Kernel.Personality.Stops.HasStopEvents) return Errno.ENOTTY;
        process.StopMask &= ~events;
        if (process.Kernel.Personality.Stops.SharesStopMask) process.TraceEvents &= ~ToTraceEvents(events);
        return Errno.None;
    }

    /// <summary>PIOCSTATUS; PIOCWAIT is the same once it waits.</summary>
    public static Status Look(Process process) => process.IsAtStopEvent
        ? new Status(0, MaskOf(process), process.StopEvent, process.StopValue) : new Status(1, MaskOf(process), 0, 0);

    /// <summary>p_stops, with what a debugger has asked for where that is a part of it.</summary>
    private static int MaskOf(Process process)
    {
        if (!process.Kernel.Personality.Stops.SharesStopMask) return process.StopMask;
        return process.StopMask | ((process.TraceEvents & Abi.Ptrace.PTRACE_SCE) != 0 ? S_PT_SCE : 0)
            | ((process.TraceEvents & Abi.Ptrace.PTRACE_SCX) != 0 ? S_PT_SCX : 0);
    }

    private static int ToTraceEvents(int events) =>
        ((events & S_PT_SCE) != 0 ? Abi.Ptrace.PTRACE_SCE : 0) | ((events & S_PT_SCX) != 0 ? Abi.Ptrace.PTRACE_SCX : 0);

    /// <summary>PIOCCONT: with a signal, or none.</summary>
    public static void Continue(Process process, int signal)
    {
        if (signal != 0) Posting.Send(process, signal);
        Release(process);
    }

    /// <summary>The last one who had it open has closed it (procfs_close), or it is being killed: no event holds it any more.</summary>
    public static void Forget(Process process)
    {
        process.StopMask = 0;
        if (process.Kernel.Personality.Stops.SharesStopMask) process.TraceEvents &= ~Abi.Ptrace.PTRACE_SYSCALL;
        Release(process);
    }

    private static void Release(Process process)
    {
        process.IsAtStopEvent = false;
        process.Kernel.Wakeup(process.StopEventChannel);
    }
}
