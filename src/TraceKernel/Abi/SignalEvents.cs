using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>struct sigevent of sys/signal.h on LP64: how a program hears of a timer, a transfer or a message.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public record struct sigevent
{
    public const int Bytes = 80;

    public const int SIGEV_NONE = 0, SIGEV_SIGNAL = 1, SIGEV_THREAD = 2, SIGEV_KEVENT = 3, SIGEV_THREAD_ID = 4;

    [FieldOffset(0)] public int sigev_notify;
    /// <summary>The signal; with SIGEV_KEVENT the descriptor of the kqueue (sigev_notify_kqueue).</summary>
    [FieldOffset(4)] public int sigev_signo;
    [FieldOffset(8)] public ulong sigev_value;
    [FieldOffset(16)] public int sigev_notify_thread_id;
    [FieldOffset(16)] public ushort sigev_notify_kevent_flags;

    /// <summary>It asks for a signal, to the process or to one thread.</summary>
    public readonly bool Signals => sigev_notify is SIGEV_SIGNAL or SIGEV_THREAD_ID;

    /// <summary>_SIG_VALID.</summary>
    public readonly bool HasValidSignal => sigev_signo is > 0 and <= Abi.Signals.MaximumSignal;
}

/// <summary>struct itimerspec of sys/timespec.h.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct itimerspec(timespec it_interval, timespec it_value);
