using TraceKernel.Abi;
using TraceKernel.Tests.Kernels;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Tests.Tracing;

/// <summary>What a debugger sees, in a few words.</summary>
internal static class Observation
{
    /// <summary>Instructions after which a guest that has reported nothing will not.</summary>
    private const long Patience = 300_000;

    private static readonly (int Flag, string Name)[] s_flags =
    [
        (PL_FLAG_SCE, "SCE"), (PL_FLAG_SCX, "SCX"), (PL_FLAG_EXEC, "EXEC"), (PL_FLAG_SI, "SI"), (PL_FLAG_FORKED, "FORKED"),
        (PL_FLAG_CHILD, "CHILD"), (PL_FLAG_BORN, "BORN"), (PL_FLAG_EXITED, "EXITED"), (PL_FLAG_VFORKED, "VFORKED"),
        (PL_FLAG_VFORK_DONE, "VFORK_DONE"),
    ];

    /// <summary>"SIGTRAP" for a stop, "exit 4", "killed by SIGTERM"; "nothing" when it runs on, or sleeps, without a report.</summary>
    public static string Next(this Tracee tracee) => Next(tracee.Machine, tracee.Calls, tracee.Pid);

    /// <param name="patience">Instructions.</param>
    /// <param name="sleeps">How often everybody may sleep until a timer expires.</param>
    public static string Next(TestMachine machine, SystemCalls calls, int pid, long patience = Patience, int sleeps = 0)
    {
        var end = machine.Kernel.Scheduler.Retired + patience;
        do
        {
            var error = calls.Wait6(P_PID, pid, WEXITED | WTRAPPED | WUNTRACED | WNOHANG, out var found, out var status, out _);
            if (error != Errno.None) return error.ToString();
            if (found != 0) return Describe(status);
        }
        while (machine.Kernel.Scheduler.Retired < end && (machine.Kernel.Scheduler.RunTurn() || (sleeps-- > 0 && PassTime(machine))));
        return "nothing";
    }

    private static bool PassTime(TestMachine machine)
    {
        if (machine.Kernel.Scheduler.UntilNextTimer() is null) return false;
        machine.Kernel.Scheduler.SkipToNextTimer();
        return true;
    }

    public static string Describe(int status)
    {
        if (WIFSTOPPED(status)) return SignalName(WSTOPSIG(status));
        // Signal 128 is 0 and the mark of a core.
        if (status == 0x80) return "killed by SIG128";
        return WTERMSIG(status) == 0 ? $"exit {WEXITSTATUS(status)}" : $"killed by {SignalName(WTERMSIG(status))}";
    }

    /// <summary>The next report, and for a stop the flags of PT_LWPINFO.</summary>
    public static string NextEvent(this Tracee tracee)
    {
        var report = tracee.Next();
        return report.StartsWith("SIG", StringComparison.Ordinal) ? $"{report} {Flags(tracee.Info().pl_flags)}" : report;
    }

    /// <summary>
    /// Everything that is reported, each stop gone on from with <paramref name="signal"/>, until the end or until nothing comes.
    /// </summary>
    public static string Events(this Tracee tracee, int signal = 0)
    {
        var seen = new List<string>();
        while (seen.Count < 20)
        {
            seen.Add(tracee.NextEvent());
            if (!seen[^1].StartsWith("SIG", StringComparison.Ordinal)) break;
            tracee.Continue(signal);
        }
        return string.Join(", ", seen);
    }

    public static string Flags(int flags) => string.Join('|', s_flags.Where(row => (flags & row.Flag) != 0).Select(row => row.Name));

    private static string SignalName(int signal) => s_names.GetValueOrDefault(signal, $"SIG{signal}");

    private static readonly Dictionary<int, string> s_names = typeof(Abi.Signals).GetFields()
        .Where(field => field.IsLiteral && field.Name.StartsWith("SIG", StringComparison.Ordinal) && !field.Name.Contains('_'))
        .ToDictionary(field => (int)field.GetRawConstantValue()!, field => field.Name);
}
