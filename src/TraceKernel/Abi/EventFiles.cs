using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>Descriptors that are told of events: sys/eventfd.h, sys/specialfd.h, sys/timerfd.h.</summary>
public static class EventFiles
{
    public const int SPECIALFD_EVENTFD = 1;
    public const int EFD_SEMAPHORE = 1, EFD_NONBLOCK = Fcntl.O_NONBLOCK, EFD_CLOEXEC = Fcntl.O_CLOEXEC;
    public const int TFD_NONBLOCK = Fcntl.O_NONBLOCK, TFD_CLOEXEC = Fcntl.O_CLOEXEC, TFD_TIMER_ABSTIME = 1, TFD_TIMER_CANCEL_ON_SET = 2;
}

/// <summary>struct specialfd_eventfd.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct specialfd_eventfd(uint initval, int flags);
