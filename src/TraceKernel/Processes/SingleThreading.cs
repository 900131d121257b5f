using TraceKernel.Abi;

namespace TraceKernel.Processes;

/// <summary>How far the other threads of a process are pushed.</summary>
public enum SingleThreadingMode
{
    /// <summary>Nobody single-threads.</summary>
    None,
    /// <summary>SINGLE_NO_EXIT: suspended wherever they are; a core dump wants their registers to stand still.</summary>
    NoExit,
    /// <summary>SINGLE_BOUNDARY: suspended on their way to user mode, while a program is being loaded.</summary>
    Boundary,
    /// <summary>SINGLE_EXIT: gone.</summary>
    Exit,
}

/// <summary>thread_single and thread_single_end of kern_thread.c.</summary>
internal static class SingleThreading
{
    /// <summary>
    /// Returns when the other threads are where the mode wants them. True when another thread single-threads already: nothing is done then.
    /// </summary>
    public static async ValueTask<bool> Begin(Lwp lwp, SingleThreadingMode mode)
    {
        var process = lwp.Process;
        if (process.SingleThread is { } other && other != lwp) return true;
        (process.SingleThread, process.SingleMode) = (lwp, mode);
        process.Flags |= ProcessFlags.StoppedSingle;
        if (mode == SingleThreadingMode.Exit) process.Flags |= ProcessFlags.SingleExit;
        while (!IsReached(process))
        {
            if (!process.Has(ProcessFlags.StoppedTrace | ProcessFlags.StoppedSignal)) PushOut(process, lwp, mode);
            // Counted as suspended, so that the others' stops are reported.
            await Sleeping.Suspend(lwp);
        }
        if (mode == SingleThreadingMode.Exit) Forget(process);
        return false;
    }

    private static void Forget(Process process)
    {
        (process.SingleThread, process.SingleMode) = (null, SingleThreadingMode.None);
        process.Flags &= ~ProcessFlags.StoppedSingle;
    }

    /// <summary>The others go on.</summary>
    public static void End(Process process)
    {
        Forget(process);
        foreach (var lwp in process.Threads)
            if (!process.Has(ProcessFlags.StoppedTrace | ProcessFlags.StoppedSignal)) Sleeping.UnsuspendOne(lwp);
    }

    /// <summary>A thread has got where it shall be: the one that waits for that goes on with the last.</summary>
    public static void Arrived(Process process)
    {
        // When the process is stopped besides, all go on with its end.
        if (process.Has(ProcessFlags.StoppedTrace | ProcessFlags.StoppedSignal)) return;
        if (process.SingleThread is { } single && IsReached(process)) Sleeping.UnsuspendOne(single);
    }

    /// <summary>calc_remaining: whether only the single-threading one is left to run.</summary>
    private static bool IsReached(Process process)
    {
        foreach (var lwp in process.Threads)
        {
            if (lwp == process.SingleThread) continue;
            var isThere = process.SingleMode switch
            {
                SingleThreadingMode.NoExit => lwp.Suspended,
                SingleThreadingMode.Boundary => lwp is { Suspended: true, AtBoundary: true },
                _ => false,
            };
            if (!isThere) return false;
        }
        return true;
    }

    /// <summary>weed_inhib: whoever sleeps or is suspended elsewhere shall see what is wanted.</summary>
    private static void PushOut(Process process, Lwp single, SingleThreadingMode mode)
    {
        foreach (var other in process.Threads)
        {
            if (other == single) continue;
            other.AstPending = true;
            Sleeping.Abort(other, mode == SingleThreadingMode.Exit ? Errno.EINTR : Errno.ERESTART);
            if (!other.AtBoundary || mode == SingleThreadingMode.Exit) Sleeping.UnsuspendOne(other);
        }
    }
}
