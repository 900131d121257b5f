namespace TraceKernel;

/// <summary>
/// The order in which host threads enter a kernel's monitor: first come, first served. A monitor itself lets a thread that leaves and comes back
/// in before those that wait, and a session whose program never rests would keep the others out.
/// </summary>
/// <param name="gate">The kernel's monitor.</param>
internal sealed class TurnQueue(object gate)
{
    [ThreadStatic]
    private static SemaphoreSlim? t_turn;

    private readonly Lock _lock = new();
    private readonly Queue<SemaphoreSlim> _waiting = new();
    private bool _isTaken;
    private long _turns;

    /// <summary>Turns that have begun: it grows as long as threads get in.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Waits for the thread's turn and enters the monitor.</summary>
    public void Enter()
    {
        SemaphoreSlim? turn = null;
        lock (_lock)
        {
            if (_isTaken) _waiting.Enqueue(turn = t_turn ??= new SemaphoreSlim(0));
            else _isTaken = true;
        }
        turn?.Wait();
        Interlocked.Increment(ref _turns);
        Monitor.Enter(gate);
    }

    /// <summary>Leaves the monitor; the next thread has its turn.</summary>
    public void Leave()
    {
        Monitor.Exit(gate);
        End();
    }

    /// <summary>Inside the monitor: lets others in until the monitor is pulsed or the time is over.</summary>
    public void Rest(TimeSpan time)
    {
        End();
        Monitor.Wait(gate, time);
        Monitor.Exit(gate);
        Enter();
    }

    private void End()
    {
        SemaphoreSlim? next;
        lock (_lock)
        {
            // The turn passes from thread to thread; nobody can come between.
            if (!_waiting.TryDequeue(out next)) _isTaken = false;
        }
        next?.Release();
    }
}
