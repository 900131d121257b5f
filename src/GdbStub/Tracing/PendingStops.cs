namespace GdbStub.Tracing;

/// <summary>
/// The stops of one process that were collected and not yet reported, in the order in which the client is to hear of them. A process has several
/// when one trap means two things, and when other processes reported first.
/// </summary>
internal sealed class PendingStops(Tracee process)
{
    private readonly List<StopEvent> _stops = [];

    /// <summary>True when the process has ended and nobody has been told yet.</summary>
    public bool HaveEnd => _stops.Exists(static stop => stop.IsEnd);

    /// <summary>Adds the stop that was just read. Those that it brought along stand in the queue already and follow it.</summary>
    public void AddRead(in StopEvent stop) => _stops.Insert(0, stop);

    /// <summary>Adds a stop behind the others.</summary>
    public void Add(in StopEvent stop) => _stops.Add(stop);

    /// <summary>The process has ended: its earlier stops are of no interest.</summary>
    public void Clear() => _stops.Clear();

    /// <summary>Takes the first stop out; false when there is none. A breakpoint that has been removed meanwhile is no stop any more.</summary>
    public bool TryTake(out StopEvent stop) => TryTake(lwp: null, out stop);

    /// <summary>As <see cref="TryTake(out StopEvent)"/>, of one thread.</summary>
    public bool TryTake(TracedThread thread, out StopEvent stop) => TryTake(thread.Lwp, out stop);

    private bool TryTake(int? lwp, out StopEvent stop)
    {
        for (var index = 0; index < _stops.Count;)
        {
            stop = _stops[index];
            if (lwp is { } only && stop.Lwp != only)
            {
                index++;
                continue;
            }
            _stops.RemoveAt(index);
            if (IsCurrent(stop)) return true;
        }
        stop = default;
        return false;
    }

    private bool IsCurrent(in StopEvent stop) => stop.Kind != StopKind.SoftwareBreakpoint || process.FindThread(stop.Lwp) is not { } thread
        || thread.Registers.Pc == stop.Address && (process.Breakpoints.Contains(stop.Address) || process.HasStandIn(stop.Address));
}
