using TraceKernel.Processes;

namespace TraceKernel.Ptrace;

/// <summary>One ptrace(2) in progress: the arguments, and whom they turned out to mean.</summary>
public ref struct PtraceCall
{
    public int Request;
    public int Pid;

    /// <summary>The C <c>addr</c> where it is an address in the target.</summary>
    public ulong Address;
    public int Data;

    /// <summary>The structure that <c>addr</c> points to, already copied in; copied out after success.</summary>
    public Span<byte> Image;

    /// <summary>What the structure points to: piod_addr, pve_path, iov_base, pscr_args.</summary>
    public Span<byte> Buffer;

    public Process Caller;
    public Lwp? CallerLwp;

    /// <summary>The process and thread meant (td2).</summary>
    public Process Process;
    public Lwp Lwp;

    /// <summary>Bytes that PT_IO has moved, in a transfer that failed too.</summary>
    public int Transferred;

    /// <summary>
    /// Work that the target's thread has begun and the caller waits for; or, with ERESTART, another one's that has to end before the caller
    /// may ask again.
    /// </summary>
    internal RemoteRequest? Remote;

    /// <summary>The return value.</summary>
    public long Result;
}

/// <summary>Carries out one request.</summary>
public delegate Abi.Errno PtraceHandler(ref PtraceCall call);
