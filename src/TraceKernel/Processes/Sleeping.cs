using TraceKernel.Abi;

namespace TraceKernel.Processes;
#pragma warning disable
/// <summary>Placeholder of the lead's sleepqueue, just enough for tests: a wakeup continues sleepers at once, deadlines never pass by themselves.</summary>
internal static class Sleeping
{
    public static async ValueTask<Errno> Sleep(this Lwp lwp, object channel, string waitMessage, long deadlineNanoseconds = long.MaxValue)
    {
        lwp.WaitChannel = channel;
        lwp.WaitMessage = waitMessage;
        await lwp.Kernel;
        lwp.WaitChannel = null;
        return lwp.WakeReason;
    }

    public static void Wakeup(this Kernel kernel, object channel)
    {
        foreach (var process in kernel.Processes.ToArray())
            foreach (var lwp in process.Threads.ToArray())
                if (lwp.WaitChannel == channel) End(lwp, Errno.None);
    }

    /// <summary>sched_yield: others that can run go first.</summary>
    public static ValueTask<Errno> Yield(this Lwp lwp) => new(Errno.None);

    public static void End(Lwp lwp, Errno reason)
    {
        lwp.WakeReason = reason;
        lwp.Kernel.Resume();
    }

    /// <summary>A host thread outside the kernel's monitor has changed something that guests may sleep on.</summary>
    public static void WakeupFromOutside(this Kernel kernel, Action wake) => wake();

    /// <summary>tdsignal: a signal for this thread, without siginfo but SI_KERNEL.</summary>
    public static void PostSignal(this Lwp lwp, int signal) => lwp.Queue.AddBare(signal);
}
