namespace TraceKernel.Abi;

/// <summary>Options, id types and status words of wait(2), sys/wait.h.</summary>
public static class Wait
{
    public const int WNOHANG = 1, WUNTRACED = 2, WSTOPPED = WUNTRACED, WCONTINUED = 4, WNOWAIT = 8, WEXITED = 16, WTRAPPED = 32,
        WLINUXCLONE = unchecked((int)0x80000000);
    public const int P_PID = 0, P_PPID = 1, P_PGID = 2, P_SID = 3, P_CID = 4, P_UID = 5, P_GID = 6, P_ALL = 7, P_JAILID = 12;

    public const int WCOREFLAG = 0x80;

    public static int ExitStatus(int code) => (code & 0xff) << 8;
    public static int SignalStatus(int signal, bool core) => signal | (core ? WCOREFLAG : 0);
    public static int StopStatus(int signal) => signal << 8 | 0x7f;
    public const int ContinuedStatus = 0x13;

    public static bool WIFEXITED(int status) => (status & 0x7f) == 0;
    public static bool WIFSTOPPED(int status) => (status & 0xff) == 0x7f;
    public static bool WIFSIGNALED(int status) => !WIFEXITED(status) && !WIFSTOPPED(status) && status != ContinuedStatus;
    public static int WEXITSTATUS(int status) => status >> 8 & 0xff;
    public static int WSTOPSIG(int status) => status >> 8;
    public static int WTERMSIG(int status) => status & 0x7f;
}
