namespace GdbStub.Tracing;

/// <summary>
/// Gets the threads of a process past breakpoints that are not for report: one at a time, by one instruction, with the breakpoint out of
/// the way and all others held, as a client does that continues from a breakpoint.
/// </summary>
internal sealed class BreakpointPassage(Tracee process)
{
    private TracedThread? _passing;
    private Obstacle _lifted;

    /// <summary>
    /// The breakpoint that was out of the memory when the process last ran, as a fork may have copied it; null: none was.
    /// </summary>
    public ulong? LastLifted { get; private set; }

    /// <summary>The process is about to go on: if one of its threads is to pass, only that one does.</summary>
    public void Begin()
    {
        _passing = null;
        LastLifted = null;
        foreach (var thread in process.KnownThreads)
        {
            // A step past a breakpoint that was cut short by another event.
            if (thread.StepArmed && !thread.IsToStep) thread.DisarmStep();
            if (thread.Obstacle is null || !thread.Runs || _passing is not null) continue;
            if (IsInTheWay(thread, thread.Obstacle.Value)) _passing = thread;
            else thread.Obstacle = null;
        }
        if (_passing is null) return;
        Lift(_passing);
        if (!_passing.StepArmed) _passing.ArmStep();
        foreach (var other in process.KnownThreads)
            if (other != _passing) other.HoldForStep(true);
    }

    /// <summary>The process has stopped: everything is back in its place.</summary>
    /// <param name="isMemoryNew">execve has replaced what the breakpoint was in.</param>
    public void End(bool isMemoryNew)
    {
        if (_passing is not { } thread) return;
        _passing = null;
        if (isMemoryNew) thread.Obstacle = null;
        else if (_lifted.Point is { } point) process.DebugRegisters.PutBackInto(thread.Lwp, point);
        else process.Breakpoints.PutBackOne(process.Pid, _lifted.Pc);
        foreach (var other in process.KnownThreads)
            if (other != thread) other.HoldForStep(false);
    }

    private void Lift(TracedThread thread)
    {
        _lifted = thread.Obstacle.GetValueOrDefault();
        if (_lifted.Point is { } point) process.DebugRegisters.LiftFrom(thread.Lwp, point);
        else
        {
            process.Breakpoints.LiftOne(process.Pid, _lifted.Pc);
            LastLifted = _lifted.Pc;
        }
    }

    /// <summary>Whether the thread still stands there, and the breakpoint is still one that it was let pass.</summary>
    private bool IsInTheWay(TracedThread thread, Obstacle obstacle)
    {
        var actions = obstacle.Point is { } point ? process.DebugRegisters.ActionsOf(point) : process.Breakpoints.ActionsAt(obstacle.Pc);
        return (actions is not null || process.Libraries.IsAt(obstacle.Pc)) && thread.Registers.Pc == obstacle.Pc;
    }
}

/// <summary>A breakpoint that a thread stands at and has yet to pass.</summary>
/// <param name="Pc">Where the thread stands.</param>
/// <param name="Point">The comparator; null: the breakpoint instruction at <paramref name="Pc"/>.</param>
internal readonly record struct Obstacle(ulong Pc, DebugRegisters.Point? Point);
