using static TraceKernel.Abi.Signals;

namespace TraceKernel.Signals;

/// <summary>What each signal does by default: sigproptbl of kern_sig.c.</summary>
public static class SignalProperties
{
    public static bool IsIgnoredByDefault(int signal) => signal is SIGURG or SIGCONT or SIGCHLD or SIGIO or SIGWINCH or SIGINFO;

    public static bool IsStop(int signal) => signal is SIGSTOP or SIGTSTP or SIGTTIN or SIGTTOU;

    public static bool IsTerminalStop(int signal) => signal is SIGTSTP or SIGTTIN or SIGTTOU;

    public static bool DumpsCore(int signal) =>
        signal is SIGQUIT or SIGILL or SIGTRAP or SIGABRT or SIGEMT or SIGFPE or SIGBUS or SIGSEGV or SIGSYS;
}
