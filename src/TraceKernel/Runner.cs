using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace TraceKernel;

/// <summary>
/// The CPU of guests that nobody waits for: a detached program runs on to its end. One host thread, started when first needed; it leaves
/// the kernel to host processes whenever one is inside or wants to be.
/// </summary>
internal sealed class Runner(Kernel kernel)
{
    /// <summary>How long guests run before others are let in.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMicroseconds(100);

    /// <summary>Longest time without a look at the clock.</summary>
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(1);

    private Thread? _thread;
    private int _waiters;
    private bool _stopped;

    /// <summary>A host process sleeps in wait6 and is the CPU itself. Under the monitor.</summary>
    public void WaiterCame() => _waiters++;

    /// <summary>Under the monitor.</summary>
    public void WaiterLeft()
    {
        if (--_waiters == 0 && _thread is not null) Monitor.PulseAll(kernel.Gate);
    }

    /// <summary>There is, or will be, work that no host process waits for. Under the monitor.</summary>
    public void Start()
    {
        if (!kernel.Options.RunsUnattended) return;
        if (_thread is null && !_stopped)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "kernel runner" };
            _thread.Start();
        }
        Monitor.PulseAll(kernel.Gate);
    }

    /// <summary>The kernel is going; returns when the thread has left it.</summary>
    public void Stop()
    {
        lock (kernel.Gate)
        {
            _stopped = true;
            Monitor.PulseAll(kernel.Gate);
        }
        _thread?.Join();
    }

    private void Run()
    {
        while (true)
        {
            kernel.Turns.Enter();
            try
            {
                while (!_stopped && !kernel.HasPanicked && IdleTime() is { } idle) Rest(idle);
                if (_stopped || kernel.HasPanicked || !TryRunSlice()) return;
            }
            finally
            {
                kernel.Turns.Leave();
            }
        }
    }

    /// <summary>False after a bug of the kernel: whoever calls it next gets to hear of it (<see cref="Kernel.Panic"/>).</summary>
    [SuppressMessage("Design", "CA1031", Justification = "On this thread nobody else would catch it, and the server would end.")]
    private bool TryRunSlice()
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            while (kernel.Scheduler.RunTurn(Scheduler.LongestRun) && Stopwatch.GetElapsedTime(started) < Slice)
            {
            }
            return true;
        }
        catch (Exception)
        {
            // It is noted already.
            return false;
        }
    }

    /// <summary>How long there is nothing for this thread to do; null: guests can run.</summary>
    private TimeSpan? IdleTime()
    {
        if (_waiters > 0) return LongestIdle;
        if (!kernel.Scheduler.IsIdle) return null;
        var next = kernel.Scheduler.UntilNextTimer();
        if (next is null) return LongestIdle;
        if (kernel.Options.Time == TimeSource.Fast)
        {
            kernel.Scheduler.SkipToNextTimer();
            return null;
        }
        return next < LongestIdle ? next : LongestIdle;
    }

    private void Rest(TimeSpan idle)
    {
        var started = Stopwatch.GetTimestamp();
        kernel.Turns.Rest(idle);
        // While host processes wait, they make the time pass.
        if (_waiters == 0 && kernel.Scheduler.IsIdle) kernel.Scheduler.PassTimeSince(started);
    }
}
