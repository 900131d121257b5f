namespace TraceKernel.Abi;

/// <summary>Flags of rfork(2), sys/unistd.h, and of pdfork(2), sys/procdesc.h.</summary>
public static class Forks
{
    public const int RFFDG = 1 << 2, RFPROC = 1 << 4, RFMEM = 1 << 5, RFNOWAIT = 1 << 6, RFCFDG = 1 << 12, RFTHREAD = 1 << 13,
        RFSIGSHARE = 1 << 14, RFLINUXTHPN = 1 << 16, RFSTOPPED = 1 << 17, RFHIGHPID = 1 << 18, RFTSIGZMB = 1 << 19,
        RFPROCDESC = 1 << 28;

    /// <summary>To programs: a vfork whose child loses its handlers. In the kernel: the parent waits (RFPPWAIT).</summary>
    public const int RFSPAWN = 1 << 31, RFPPWAIT = RFSPAWN;

    /// <summary>RFTSIGFLAGS: where the signal of RFTSIGZMB stands.</summary>
    public const int RFTSIGSHIFT = 20, RFTSIGMASK = 0xff;

    /// <summary>RFKERNELONLY: no business of programs.</summary>
    public const int RFKERNELONLY = RFSTOPPED | RFHIGHPID | RFPROCDESC;

    /// <summary>RFFLAGS: what is implemented.</summary>
    public const int RFFLAGS = RFFDG | RFPROC | RFMEM | RFNOWAIT | RFCFDG | RFTHREAD | RFSIGSHARE | RFLINUXTHPN | RFTSIGZMB | RFPPWAIT | RFKERNELONLY;

    public const int PD_DAEMON = 1, PD_CLOEXEC = 2, PD_ALLOWED_AT_FORK = PD_DAEMON | PD_CLOEXEC;
}
