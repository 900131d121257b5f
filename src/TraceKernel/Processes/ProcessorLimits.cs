using TraceKernel.Signals;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Resources;

namespace TraceKernel.Processes;

/// <summary>
/// RLIMIT_CPU (lim_cb of kern_resource.c): at the soft limit SIGXCPU, and again each five seconds; at the hard one the process is killed.
/// The operator's limit, <see cref="KernelOptions.MaximumInstructions"/>, counts as a soft one with a tenth more for the hard.
/// </summary>
internal static class ProcessorLimits
{
    private const long Second = 1_000_000_000, Grace = 5 * Second;

    /// <summary>p_cpulimit, in nanoseconds of processor time: when to look next. A process that has none is never looked at.</summary>
    public static long First(Process process) => Math.Min(Soft(process), Hard(process));

    /// <summary>Called when the process has run for a while.</summary>
    public static void Check(Process process)
    {
        var used = TimeCalls.ProcessorTime(process);
        if (used < process.ProcessorLimit || process.Has(ProcessFlags.Killed)) return;
        if (used >= Hard(process))
        {
            process.ProcessorLimit = long.MaxValue;
            Killing.Kill(process, "exceeded maximum CPU limit");
            return;
        }
        process.ProcessorLimit = Math.Min(Hard(process), process.ProcessorLimit + Grace);
        Killing.Tell(process, $"has used {used} instructions of processor time, its limit: SIGXCPU");
        Posting.Send(process, Abi.Signals.SIGXCPU);
    }

    private static long Soft(Process process) =>
        Math.Min(Time(process.Limits[RLIMIT_CPU].rlim_cur), process.Kernel.Options.MaximumInstructions);

    private static long Hard(Process process)
    {
        var instructions = process.Kernel.Options.MaximumInstructions;
        var hard = instructions > long.MaxValue / 2 ? long.MaxValue : instructions + instructions / 10;
        return Math.Min(Time(process.Limits[RLIMIT_CPU].rlim_max), hard);
    }

    private static long Time(long seconds) => seconds >= long.MaxValue / Second ? long.MaxValue : seconds * Second;
}
