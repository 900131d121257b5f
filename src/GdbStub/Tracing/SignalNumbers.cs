using static TraceKernel.Abi.Signals;

namespace GdbStub.Tracing;

/// <summary>
/// FreeBSD's signal numbers and gdb's (include/gdb/signals.def), matched by name: gdb's numbers were FreeBSD's own up to SIGUSR2, and
/// the newer signals stand elsewhere. lldb uses FreeBSD's.
/// </summary>
public static class SignalNumbers
{
    /// <summary>GDB_SIGNAL_UNKNOWN.</summary>
    public const int Unknown = 143;

    // GDB_SIGNAL_INFO, GDB_SIGNAL_LWP (SIGTHR is FreeBSD's SIGLWP), GDB_SIGNAL_LIBRT, GDB_SIGNAL_REALTIME_65 and _126.
    private const int Info = 142, Lwp = 37, LibRt = 151, FirstRealTime = 79, LastRealTime = 140;

    /// <summary>gdb's number of a FreeBSD signal; <see cref="Unknown"/> if it has none.</summary>
    public static int ToGdb(int signal) => signal switch
    {
        SIGINFO => Info,
        SIGTHR => Lwp,
        SIGLIBRT => LibRt,
        >= 0 and <= SIGUSR2 => signal,
        >= SIGRTMIN and <= SIGRTMAX => signal - SIGRTMIN + FirstRealTime,
        _ => Unknown,
    };

    /// <summary>FreeBSD's number of gdb's signal; false if FreeBSD has no such signal.</summary>
    public static bool TryFromGdb(int number, out int signal)
    {
        signal = number switch
        {
            Info => SIGINFO,
            Lwp => SIGTHR,
            LibRt => SIGLIBRT,
            // 29 is GDB_SIGNAL_LOST, which FreeBSD does not know.
            >= 0 and <= SIGUSR2 and not SIGINFO => number,
            >= FirstRealTime and <= LastRealTime => number - FirstRealTime + SIGRTMIN,
            _ => -1,
        };
        return signal >= 0;
    }
}
