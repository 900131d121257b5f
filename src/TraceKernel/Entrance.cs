using TraceKernel.User;

namespace TraceKernel;

/// <summary>The way into a kernel's monitor for the calls of host processes. Nobody comes in when a bug has ended the kernel.</summary>
internal sealed class Entrance(Kernel kernel)
{
    private bool _isFinished;

    /// <summary>Comes in, for a call that changes processes: an exception that leaves it unfinished is the kernel's end.</summary>
    /// <exception cref="KernelPanicException">The kernel has ended by a bug.</exception>
    public Visit Enter()
    {
        var visit = EnterToLook() with { MustFinish = true };
        try
        {
            kernel.Options.Probe?.Invoke(ProbePoint.HostCall, kernel.Scheduler.Retired);
        }
        catch
        {
            visit.Dispose();
            throw;
        }
        return visit;
    }

    /// <summary>Comes in, for a call that leaves processes as they are.</summary>
    /// <exception cref="KernelPanicException">The kernel has ended by a bug.</exception>
    public Visit EnterToLook()
    {
        // A thread that is inside already, in a callback of the kernel, has its turn.
        var isInside = Monitor.IsEntered(kernel.Gate);
        if (!isInside) kernel.Turns.Enter();
        if (kernel.Panic is not { } panic) return new Visit(this) { IsInner = isInside };
        if (!isInside) kernel.Turns.Leave();
        throw new KernelPanicException(panic);
    }

    /// <summary>The exception that is about to leave the call is none of the kernel's. Inside the monitor.</summary>
    public void Excuse() => _isFinished = true;

    private void Leave(bool mustFinish, bool isInner)
    {
        if (mustFinish && !_isFinished) kernel.Crash(new InvalidOperationException("a call of a host process was left by an exception"));
        _isFinished = false;
        if (!isInner) kernel.Turns.Leave();
    }

    /// <summary>A call in progress; inside the monitor until it is disposed of.</summary>
    internal readonly record struct Visit(Entrance Entrance) : IDisposable
    {
        public bool MustFinish { get; init; }

        /// <summary>Within another call of the same thread.</summary>
        public bool IsInner { get; init; }

        /// <summary>The call ends as it should, with <paramref name="result"/>.</summary>
        public T Finish<T>(T result)
        {
            Entrance._isFinished = true;
            return result;
        }

        public void Dispose() => Entrance.Leave(MustFinish, IsInner);
    }
}
