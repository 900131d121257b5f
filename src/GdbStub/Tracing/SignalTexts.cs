using System.Globalization;
using TraceKernel.Abi;
using static TraceKernel.Abi.Signals;

namespace GdbStub.Tracing;

/// <summary>Signals in words: their names (sys/signal.h), and what siginfo_t tells of the reason (siginfo(3)).</summary>
public static class SignalTexts
{
    private static readonly string[] Names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "EMT", "FPE", "KILL", "BUS", "SEGV", "SYS", "PIPE", "ALRM", "TERM", "URG", "STOP",
            "TSTP",
        "CONT", "CHLD", "TTIN", "TTOU", "IO", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "INFO", "USR1", "USR2", "THR", "LIBRT",
    ];

    /// <summary>SIGSEGV, SIGRTMIN+3; a number that is none of FreeBSD's is written as it is.</summary>
    public static string Name(int signal) => signal switch
    {
        >= 1 and <= SIGLIBRT => "SIG" + Names[signal - 1],
        SIGRTMIN => "SIGRTMIN",
        > SIGRTMIN and <= SIGRTMAX => string.Create(CultureInfo.InvariantCulture, $"SIGRTMIN+{signal - SIGRTMIN}"),
        _ => signal.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>
    /// "signal SIGSEGV: address not mapped to object (fault address: 0x10)"; the name alone where there is no more to say.
    /// </summary>
    public static string Describe(in siginfo info)
    {
        var name = "signal " + Name(info.si_signo);
        if (Reason(info.si_signo, info.si_code) is { } reason)
            return string.Create(CultureInfo.InvariantCulture, $"{name}: {reason} (fault address: 0x{info.si_addr:x})");
        return info.si_code is SI_USER or SI_QUEUE or SI_LWP
            ? string.Create(CultureInfo.InvariantCulture, $"{name}: sent by process {info.si_pid}, user {info.si_uid}") : name;
    }

    /// <summary>The meaning of si_code for the signals of faults; null where it has none.</summary>
    private static string? Reason(int signal, int code) => (signal, code) switch
    {
        (SIGSEGV, SEGV_MAPERR) => "address not mapped to object",
        (SIGSEGV, SEGV_ACCERR) => "invalid permissions for mapped object",
        (SIGBUS, BUS_ADRALN) => "invalid address alignment",
        (SIGBUS, BUS_ADRERR) => "nonexistent physical address",
        (SIGBUS, BUS_OBJERR) => "object-specific hardware error",
        (SIGBUS, BUS_PAGE_FAULT) => "page fault",
        (SIGILL, ILL_PRVOPC) => "privileged opcode",
        (SIGFPE, FPE_INTOVF) => "integer overflow",
        (SIGFPE, FPE_INTDIV) => "integer divide by zero",
        (SIGFPE, FPE_FLTDIV) => "floating point divide by zero",
        (SIGFPE, FPE_FLTOVF) => "floating point overflow",
        (SIGFPE, FPE_FLTUND) => "floating point underflow",
        (SIGFPE, FPE_FLTRES) => "floating point inexact result",
        (SIGFPE, FPE_FLTINV) => "invalid floating point operation",
        (SIGFPE, FPE_FLTSUB) => "subscript out of range",
        _ => null,
    };
}
