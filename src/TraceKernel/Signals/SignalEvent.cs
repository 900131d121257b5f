using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Signals;

/// <summary>A signal that is sent whenever something happens, by one record: sigev_findtd and tdsendsignal.</summary>
/// <param name="code">SI_TIMER, SI_ASYNCIO or SI_MESGQ.</param>
internal sealed class SignalEvent(Process process, in sigevent wanted, int code)
{
    private readonly sigevent _wanted = wanted;

    public sigevent Wanted => _wanted;
    public Process Process => process;
    public SignalRecord Record { get; } = new();

    /// <summary>Sends it; ESRCH when the thread that it is for has ended. The record must not be queued.</summary>
    /// <param name="info">What the signal carries beside its number, code and value.</param>
    /// <param name="keepsRecord">Its record is queued; else a copy, which cannot be taken back.</param>
    public Errno Send(siginfo info = default, bool keepsRecord = true)
    {
        Lwp? target = null;
        if (_wanted.sigev_notify == sigevent.SIGEV_THREAD_ID)
        {
            target = process.Threads.Find(lwp => lwp.Tid == _wanted.sigev_notify_thread_id);
            if (target is null) return Errno.ESRCH;
        }
        (info.si_signo, info.si_code, info.si_value) = (_wanted.sigev_signo, code, _wanted.sigev_value);
        return Posting.Send(process, target, info, record: keepsRecord ? Record : null);
    }
}
