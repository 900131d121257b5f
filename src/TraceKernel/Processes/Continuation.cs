using System.Runtime.CompilerServices;

namespace TraceKernel.Processes;

/// <summary>
/// Where a thread's kernel code waits: awaiting it parks the coroutine (mi_switch), <see cref="Resume"/> continues it on the caller's
/// host thread. Kernel code is written in FreeBSD's own blocking order and needs no host thread per guest thread.
/// </summary>
internal sealed class Continuation : ICriticalNotifyCompletion
{
    private Action? _parked;

    public bool IsParked => _parked is not null;
    public bool IsCompleted => false;

    public Continuation GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => _parked = continuation;
    public void UnsafeOnCompleted(Action continuation) => _parked = continuation;

    public void Resume()
    {
        var continuation = _parked!;
        _parked = null;
        continuation();
    }
}
