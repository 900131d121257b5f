using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tracing;

/// <summary>
/// Non-stop mode (GDB manual, Remote Non-Stop) over a kernel that stops whole processes: when a thread reports, its registers are kept, it
/// is suspended, and the others go on at once. What needs a stopped process stops it for as long as that takes; a sleep that is
/// cut short so ends with EINTR.
/// </summary>
public sealed class NonStop
{
    private readonly SystemCalls _system;
    private readonly Tracer _tracer;
    private readonly StopReader _reader;
    // Stops that the client has yet to acknowledge; it has been told of the first.
    private readonly Queue<StopEvent> _news = new();
    private bool _isTold;

    internal NonStop(SystemCalls system, Tracer tracer, StopReader reader) => (_system, _tracer, _reader) = (system, tracer, reader);

    public bool IsOn { get; private set; }

    /// <summary>Whether anything runs.</summary>
    public bool AnyRuns
    {
        get
        {
            foreach (var process in _tracer.Processes)
                if (process.Running) return true;
            return false;
        }
    }

    /// <summary>Changes the mode. Leaving it stops everything; entering it changes nothing that stands.</summary>
    public void Set(bool isOn)
    {
        if (IsOn == isOn) return;
        if (!isOn) Pause();
        IsOn = isOn;
        _news.Clear();
        _isTold = false;
        for (var index = _tracer.Processes.Count - 1; index >= 0; index--)
        {
            var process = _tracer.Processes[index];
            if (!isOn) process.Release();
            else if (!process.Stops.TryTake(out var first)) Rest(process, _tracer.LastStop);
            else if (first.IsEnd) Add(first);
            else Rest(process, first);
        }
    }

    /// <summary>All threads of a process stand where the client knows them: it has just been started, forked or found.</summary>
    /// <param name="stop">What one of them has reported; the others have reported nothing.</param>
    public void Rest(Tracee process, StopEvent stop)
    {
        if (!IsOn) return;
        foreach (var thread in process.ThreadList)
            thread.Rest(stop.Pid == process.Pid && stop.Lwp == thread.Lwp ? stop : new StopEvent(StopKind.Signal, process.Pid, thread.Lwp));
    }

    /// <summary>
    /// Each thread that stands follows the first action that covers it, and each that runs stops if that says so. A thread whose stop the
    /// client has not yet acknowledged stays.
    /// </summary>
    public void Resume(ReadOnlySpan<ResumeAction> actions)
    {
        for (var index = 0; index < _tracer.Processes.Count; index++)
        {
            var process = _tracer.Processes[index];
            if (!IsCovered(process, actions)) continue;
            Pause(process);
            // A copy: what is reported meanwhile may take threads away.
            foreach (var thread in process.ThreadList.ToArray())
                if (TryFind(actions, thread, out var action)) Follow(thread, action);
        }
        Settle();
    }

    /// <summary>Stops one running thread and has it report SIGINT.</summary>
    public void Interrupt()
    {
        for (var index = 0; index < _tracer.Processes.Count; index++)
        {
            var process = _tracer.Processes[index];
            if (!process.Running) continue;
            Pause(process);
            if (process.ThreadList.Find(thread => !thread.Rests) is not { } running) continue;
            Add(new StopEvent(StopKind.Interrupt, process.Pid, running.Lwp) { Signal = SIGINT });
            break;
        }
        Settle();
    }

    /// <summary>Lends the thread to the programs until one has something to report.</summary>
    /// <param name="interrupted">Called between slices, and between stops that are passed over; true ends the wait.</param>
    public void Wait(Func<TimeSpan, bool> interrupted)
    {
        for (var passed = 1; ; passed++)
        {
            if (_system.Wait6(P_ALL, 0, WEXITED | WTRAPPED, out var pid, out var status, out _, interrupted) != Errno.None) return;
            var isNews = _tracer.TryRead(pid, status, out var stop);
            if (isNews) Add(stop);
            Settle();
            if (isNews || passed % Tracer.PassesUnheard == 0 && interrupted(TimeSpan.Zero)) return;
        }
    }

    /// <summary>Stops all processes until <see cref="Settle"/>, without a report.</summary>
    public void Pause()
    {
        for (var index = 0; index < _tracer.Processes.Count; index++) Pause(_tracer.Processes[index]);
    }

    /// <summary>Lets every process go on in which a thread is held neither for the client nor for its vfork child.</summary>
    public void Settle()
    {
        for (var index = 0; index < _tracer.Processes.Count; index++)
        {
            var process = _tracer.Processes[index];
            if (process.Running && process.KnownThreads.Exists(static thread => thread.IsHeld && MayRun(thread))) Pause(process);
            if (process.Running) continue;
            var runs = false;
            foreach (var thread in process.ThreadList)
            {
                thread.Hold(!MayRun(thread));
                runs |= MayRun(thread);
            }
            if (runs) process.Go();
        }
    }

    private static bool MayRun(TracedThread thread) => !thread.Rests && thread.VforkChild is null;

    /// <summary>The stop to notify the client of; false while it has one to acknowledge, or when there is none.</summary>
    public bool TryTell(out StopEvent stop)
    {
        stop = default;
        return !_isTold && (_isTold = _news.TryPeek(out stop));
    }

    /// <summary>The client has the stop that it was told of last: the next one, or false.</summary>
    public bool TryAcknowledge(out StopEvent next)
    {
        if (_isTold) _news.TryDequeue(out _);
        return _isTold = _news.TryPeek(out next);
    }

    /// <summary>
    /// The client asks how everything stands: the stop of every thread that rests is news again, and the first of them is told.
    /// </summary>
    public bool TryTellAgain(out StopEvent first)
    {
        _news.Clear();
        foreach (var process in _tracer.Processes)
            foreach (var thread in process.KnownThreads)
                if (thread.Rests) _news.Enqueue(thread.LastStop);
        return _isTold = _news.TryPeek(out first);
    }

    /// <summary>
    /// A process was attached to: for the client it runs until it is stopped by a packet of its own, and gdb can read no stop before that
    /// (it has yet to ask for the registers).
    /// </summary>
    /// <param name="wasHeld">It stood for a debugger: it goes on with the next that is resumed.</param>
    public void LetRun(int pid, bool wasHeld)
    {
        _tracer.FindProcess(pid)?.Release();
        if (!wasHeld) Settle();
    }

    private void Follow(TracedThread thread, in ResumeAction action)
    {
        if (action.Kind == ResumeKind.Stay)
        {
            if (!thread.Rests) Add(new StopEvent(StopKind.Signal, thread.Process.Pid, thread.Lwp));
            return;
        }
        if (!thread.Rests || IsNews(thread)) return;
        // The kernel had more to say of it: that comes before it moves.
        if (thread.Process.Stops.TryTake(thread, out var next))
        {
            Add(next);
            return;
        }
        thread.Process.Sleeps.Settle(thread);
        thread.Release();
        thread.Prepare(action);
        if (action.Signal != 0) thread.Send(action.Signal);
    }

    private bool IsNews(TracedThread thread)
    {
        foreach (var stop in _news)
            if (stop.Lwp == thread.Lwp) return true;
        return false;
    }

    private void Add(StopEvent stop)
    {
        _news.Enqueue(stop);
        _tracer.Note(stop);
        if (_tracer.FindProcess(stop.Pid) is not { } process) return;
        process.FindThread(stop.Lwp)?.Rest(stop);
        if (stop.Kind == StopKind.Cloned) process.FindThread(stop.ChildLwp)?.Rest(new StopEvent(StopKind.Signal, process.Pid, stop.ChildLwp));
        else if (stop.Child != 0 && _tracer.FindProcess(stop.Child) is { } child) Rest(child, default);
    }

    private void Pause(Tracee process)
    {
        if (process.Running) process.RequestStop();
        while (process.Running)
        {
            if (_system.Wait6(P_PID, process.Pid, WEXITED | WTRAPPED, out _, out var status, out _) != Errno.None) return;
            if (_reader.TryRead(process, status, out var stop) && stop.Kind != StopKind.Interrupt) Add(stop);
        }
    }

    private static bool IsCovered(Tracee process, ReadOnlySpan<ResumeAction> actions)
    {
        foreach (ref readonly var action in actions)
            if (action.Covers(process.Pid)) return true;
        return false;
    }

    private static bool TryFind(ReadOnlySpan<ResumeAction> actions, TracedThread thread, out ResumeAction found)
    {
        found = default;
        foreach (ref readonly var action in actions)
        {
            if (!action.Covers(thread)) continue;
            found = action;
            return true;
        }
        return false;
    }
}
