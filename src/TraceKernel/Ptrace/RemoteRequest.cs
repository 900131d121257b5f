using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Ptrace;

/// <summary>
/// What a stopped thread does for its debugger before it stops again: td_remotereq of FreeBSD 14. The debugger sleeps meanwhile, and
/// nobody else's request gets to the process (P2_PTRACEREQ).
/// </summary>
internal sealed class RemoteRequest(Lwp lwp, string waitMessage, Func<Lwp, RemoteRequest, ValueTask<Errno>> work)
{
    private Errno _error;

    /// <summary>What the debugger sleeps on.</summary>
    public object Channel { get; } = new();

    /// <summary>td_wmesg of the debugger.</summary>
    public string WaitMessage => waitMessage;

    public bool IsDone { get; private set; }

    /// <summary>What a system call has returned (ts_ret); null for other work.</summary>
    public ptrace_sc_ret? Result { get; set; }

    /// <summary>
    /// thread_run_flash: the thread leaves its stop, with the process stopped, and works at once as far as it gets without sleep.
    /// </summary>
    public void Start()
    {
        lwp.Process.RemoteRequest = this;
        lwp.Remote = this;
        lwp.Suspended = false;
        lwp.Process.SuspendCount--;
        lwp.Process.Kernel.Scheduler.RunKernelCode(lwp);
    }

    /// <summary>ptrace_remotereq, by the thread itself.</summary>
    public async ValueTask Run()
    {
        var error = await work(lwp, this);
        // exit(2) leaves nobody who could answer.
        End(lwp.IsDead ? Errno.ESRCH : error);
    }

    /// <summary>
    /// The thread stops in the midst of it, to wait for others that are stopped, too: exit(2) and execve(2) of a process with threads.
    /// FreeBSD's debugger would wait for ever, for only its own resume could end that. Here it is told EDEADLK, and the call goes on with
    /// the process.
    /// </summary>
    public void Abandon() => End(Errno.EDEADLK);

    private void End(Errno error)
    {
        if (IsDone) return;
        IsDone = true;
        _error = error;
        if (lwp.Remote == this) lwp.Remote = null;
        lwp.Process.Kernel.Wakeup(Channel);
    }

    /// <summary>The debugger is awake again: others may ask, and the answer goes to its image.</summary>
    public Errno Finish(Span<byte> image)
    {
        lwp.Process.RemoteRequest = null;
        lwp.Process.Kernel.Wakeup(this);
        if (_error == Errno.None && Result is { } result) MemoryMarshal.Write(image, in result);
        return _error;
    }
}
