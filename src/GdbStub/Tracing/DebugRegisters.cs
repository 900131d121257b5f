using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tracing;

/// <summary>
/// A process's hardware breakpoints and watchpoints. The comparators belong to each thread (struct dbreg), and every thread is given
/// the same; the kernel clones them into new threads and forked children and clears them at execve.
/// </summary>
public sealed class DebugRegisters
{
    private readonly SystemCalls _system;
    private readonly IDebugTarget _target;
    private readonly Tracee _process;
    private readonly List<Point> _points = [];
    private readonly Dictionary<Point, BreakpointActions> _actions = [];
    private readonly byte[] _image;

    internal DebugRegisters(SystemCalls system, IDebugTarget target, Tracee process)
    {
        _system = system;
        _target = target;
        _process = process;
        _image = new byte[target.DbRegBytes];
    }

    public IReadOnlyList<Point> Points => _points;

    /// <summary>Takes over what a forked child has inherited from <paramref name="parent"/>.</summary>
    internal void Inherit(DebugRegisters parent)
    {
        _points.AddRange(parent._points);
        foreach (var (point, actions) in parent._actions) _actions[point] = actions;
    }

    /// <summary>What was handed over with <paramref name="point"/>; null: nothing.</summary>
    internal BreakpointActions? ActionsOf(Point point) => _actions.GetValueOrDefault(point);

    /// <summary>Watches or breaks in every thread; what is there already is not put twice.</summary>
    /// <param name="actions">Take the place of those that it has; null: every hit is reported.</param>
    /// <param name="error">The kernel's refusal, when the CPU has room.</param>
    internal DebugSlotResult Insert(Point point, BreakpointActions? actions, out Errno error)
    {
        error = Errno.None;
        _actions.Remove(point);
        if (actions is not null) _actions[point] = actions;
        if (_points.Contains(point)) return DebugSlotResult.Inserted;
        foreach (var thread in _process.ThreadList)
        {
            error = Get(thread.Lwp);
            var result = error == Errno.None
                ? _target.TryInsert(_image, (int)point.Kind, point.Address, point.Length) : DebugSlotResult.Inserted;
            if (error == Errno.None && result == DebugSlotResult.Inserted) error = Set(thread.Lwp);
            if (error == Errno.None && result == DebugSlotResult.Inserted) continue;
            RemoveFromThreads(point);
            _actions.Remove(point);
            return result;
        }
        _points.Add(point);
        return DebugSlotResult.Inserted;
    }

    /// <summary>Takes it out of every thread; nothing happens when it is not there.</summary>
    internal void Remove(Point point)
    {
        _actions.Remove(point);
        if (_points.Remove(point)) RemoveFromThreads(point);
    }

    internal void RemoveAll()
    {
        foreach (var point in _points) RemoveFromThreads(point);
        Forget();
    }

    /// <summary>execve has cleared them.</summary>
    internal void Forget()
    {
        _points.Clear();
        _actions.Clear();
    }

    /// <summary>Takes <paramref name="point"/> out of one thread while that passes it.</summary>
    internal void LiftFrom(int lwp, Point point)
    {
        if (Get(lwp) == Errno.None && _target.TryRemove(_image, (int)point.Kind, point.Address, point.Length)) _ = Set(lwp);
    }

    /// <summary>Puts back what that took out.</summary>
    internal void PutBackInto(int lwp, Point point)
    {
        if (_points.Contains(point) && Get(lwp) == Errno.None
            && _target.TryInsert(_image, (int)point.Kind, point.Address, point.Length) == DebugSlotResult.Inserted) _ = Set(lwp);
    }

    /// <summary>Gives a new thread those that it did not get from the thread that created it.</summary>
    internal void Equip(int lwp)
    {
        if (_points.Count == 0 || Get(lwp) != Errno.None) return;
        Span<byte> probe = stackalloc byte[_image.Length];
        var missing = false;
        foreach (var point in _points)
        {
            _image.CopyTo(probe);
            if (_target.TryRemove(probe, (int)point.Kind, point.Address, point.Length)) continue;
            missing |= _target.TryInsert(_image, (int)point.Kind, point.Address, point.Length) == DebugSlotResult.Inserted;
        }
        if (missing) _ = Set(lwp);
    }

    /// <summary>
    /// Whether a comparator stopped thread <paramref name="lwp"/>; asking also erases the CPU's note of it, as the kernel never does.
    /// </summary>
    /// <param name="info">The thread's SIGTRAP.</param>
    /// <param name="point">What the comparator belongs to.</param>
    /// <param name="address">What the comparator watches; in the point, which may take several.</param>
    internal bool TryTakeHit(int lwp, in siginfo info, out Point point, out ulong address)
    {
        (point, address) = (default, 0);
        if (_points.Count == 0 || Get(lwp) != Errno.None || !_target.TryTakeHit(_image, info, out var number, out address)) return false;
        _ = Set(lwp);
        point = new Point((BreakpointKind)number, address, 1);
        foreach (var known in _points)
            if (known.Kind == point.Kind && address - known.Address < (ulong)known.Length) point = known;
        return true;
    }

    private void RemoveFromThreads(Point point)
    {
        foreach (var thread in _process.ThreadList)
        {
            if (Get(thread.Lwp) == Errno.None && _target.TryRemove(_image, (int)point.Kind, point.Address, point.Length))
                _ = Set(thread.Lwp);
        }
    }

    private Errno Get(int lwp) => _system.Ptrace(PT_GETDBREGS, lwp, _image);

    private Errno Set(int lwp) => _system.Ptrace(PT_SETDBREGS, lwp, _image);

    /// <summary>One hardware breakpoint or watchpoint, as the Z packet names it.</summary>
    /// <param name="Length">Bytes watched; for a breakpoint the kind, which the CPU may ignore.</param>
    public readonly record struct Point(BreakpointKind Kind, ulong Address, int Length)
    {
        /// <summary>For the client it is a software breakpoint, in memory that cannot be written.</summary>
        public bool StandsIn { get; init; }
    }
}
