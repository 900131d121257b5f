using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>Signal numbers and flags, signal(3), sigaction(2) and sys/signal.h.</summary>
public static class Signals
{
    public const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGEMT = 7, SIGFPE = 8, SIGKILL = 9,
        SIGBUS = 10, SIGSEGV = 11, SIGSYS = 12, SIGPIPE = 13, SIGALRM = 14, SIGTERM = 15, SIGURG = 16, SIGSTOP = 17, SIGTSTP = 18,
        SIGCONT = 19, SIGCHLD = 20, SIGTTIN = 21, SIGTTOU = 22, SIGIO = 23, SIGXCPU = 24, SIGXFSZ = 25, SIGVTALRM = 26, SIGPROF = 27,
        SIGWINCH = 28, SIGINFO = 29, SIGUSR1 = 30, SIGUSR2 = 31, SIGTHR = 32, SIGLIBRT = 33, SIGRTMIN = 65, SIGRTMAX = 126;

    /// <summary>Highest number that fits a sigset_t (_SIG_MAXSIG).</summary>
    public const int MaximumSignal = 128;

    public const ulong SIG_DFL = 0, SIG_IGN = 1;
    public const int SA_ONSTACK = 1, SA_RESTART = 2, SA_RESETHAND = 4, SA_NOCLDSTOP = 8, SA_NODEFER = 0x10, SA_NOCLDWAIT = 0x20,
        SA_SIGINFO = 0x40;
    public const int SS_ONSTACK = 1, SS_DISABLE = 4, MINSIGSTKSZ = 2048;
    public const int SIG_BLOCK = 1, SIG_UNBLOCK = 2, SIG_SETMASK = 3;

    public const int SI_NOINFO = 0, SI_USER = 0x10001, SI_QUEUE = 0x10002, SI_TIMER = 0x10003, SI_ASYNCIO = 0x10004,
        SI_MESGQ = 0x10005, SI_KERNEL = 0x10006, SI_LWP = 0x10007;
    public const int CLD_EXITED = 1, CLD_KILLED = 2, CLD_DUMPED = 3, CLD_TRAPPED = 4, CLD_STOPPED = 5, CLD_CONTINUED = 6;
    public const int TRAP_BRKPT = 1, TRAP_TRACE = 2, TRAP_CAP = 4;
    public const int SEGV_MAPERR = 1, SEGV_ACCERR = 2;
    public const int BUS_ADRALN = 1, BUS_ADRERR = 2, BUS_OBJERR = 3, BUS_PAGE_FAULT = 12;
    public const int ILL_ILLOPN = 2, ILL_ILLTRP = 4, ILL_PRVOPC = 5;
    public const int FPE_INTOVF = 1, FPE_INTDIV = 2, FPE_FLTDIV = 3, FPE_FLTOVF = 4, FPE_FLTUND = 5, FPE_FLTRES = 6, FPE_FLTINV = 7,
        FPE_FLTSUB = 8;
}

/// <summary>siginfo_t as LP64 FreeBSD lays it out (sys/signal.h); 80 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public record struct siginfo
{
    public const int Bytes = 80;
    [FieldOffset(0)] public int si_signo;
    [FieldOffset(4)] public int si_errno;
    [FieldOffset(8)] public int si_code;
    [FieldOffset(12)] public int si_pid;
    [FieldOffset(16)] public uint si_uid;
    [FieldOffset(20)] public int si_status;
    [FieldOffset(24)] public ulong si_addr;
    [FieldOffset(32)] public ulong si_value;
    [FieldOffset(40)] public int si_trapno;
    /// <summary>SI_TIMER: the number that ktimer_create(2) gave.</summary>
    [FieldOffset(40)] public int si_timerid;
    /// <summary>SI_TIMER: expirations beyond the first that this signal stands for.</summary>
    [FieldOffset(44)] public int si_overrun;
    /// <summary>SI_MESGQ: the descriptor of the message queue.</summary>
    [FieldOffset(40)] public int si_mqd;
}

/// <summary>sigset_t: bit n − 1 is signal n.</summary>
/// <param name="Low">Signals 1–64.</param>
/// <param name="High">Signals 65–128.</param>
public readonly record struct sigset(ulong Low, ulong High)
{
    public const int Bytes = 16;
    public static readonly sigset Full = new(ulong.MaxValue, ulong.MaxValue);

    public static sigset Of(int signal) => signal <= 64 ? new(1UL << (signal - 1), 0) : new(0, 1UL << (signal - 65));

    public bool IsEmpty => (Low | High) == 0;
    public bool Contains(int signal) => !(this & Of(signal)).IsEmpty;
    /// <summary>The lowest signal in the set; 0 when empty.</summary>
    public int First => Low != 0 ? (int)ulong.TrailingZeroCount(Low) + 1 : High != 0 ? (int)ulong.TrailingZeroCount(High) + 65 : 0;
    public sigset With(int signal) => this | Of(signal);
    public sigset Without(int signal) => this & ~Of(signal);

    public static sigset operator |(sigset a, sigset b) => new(a.Low | b.Low, a.High | b.High);
    public static sigset operator &(sigset a, sigset b) => new(a.Low & b.Low, a.High & b.High);
    public static sigset operator ~(sigset a) => new(~a.Low, ~a.High);
}
