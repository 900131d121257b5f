using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Signals;

namespace GdbStub.Tracing;

/// <summary>One process under trace: its threads, its memory and the breakpoints in it.</summary>
public sealed class Tracee
{
    private readonly SystemCalls _system;
    private readonly RegisterLayout _layout;
    private readonly List<TracedThread> _threads = [];
    private int[] _lwps = new int[16];
    private bool _threadsCurrent;
    // The thread that alone can take the SIGSTOP; null: any can.
    private TracedThread? _stopTarget;

    internal Tracee(SystemCalls system, RegisterLayout layout, int pid)
    {
        _system = system;
        _layout = layout;
        Pid = pid;
        Memory = new TraceeMemory(system, this);
        Breakpoints = new SoftwareBreakpoints(system, layout.Target);
        DebugRegisters = new DebugRegisters(system, layout.Target, this);
        Libraries = new LibraryWatch(system, this);
        Passage = new BreakpointPassage(this);
        Stops = new PendingStops(this);
        Sleeps = new SleepEscape(system, layout, this);
    }

    public int Pid { get; }

    /// <summary>True when it ran before it was traced: a debugger that leaves detaches from it rather than killing it.</summary>
    public bool Attached { get; init; }

    public TraceeMemory Memory { get; }

    public SoftwareBreakpoints Breakpoints { get; internal set; }

    public DebugRegisters DebugRegisters { get; }

    /// <summary>Watches the libraries for clients that cannot.</summary>
    public LibraryWatch Libraries { get; }

    /// <summary>How threads get past breakpoints that are not for report.</summary>
    internal BreakpointPassage Passage { get; }

    /// <summary>The system calls whose beginning and end are reported; null: none. <see cref="Tracer.CatchSyscalls"/> sets it.</summary>
    public SyscallFilter? CaughtSyscalls { get; internal set; }

    /// <summary>Memory that the debugger has had mapped: address and bytes.</summary>
    internal Dictionary<ulong, ulong> Allocations { get; } = [];

    /// <summary>True from a resume until its next stop has been collected.</summary>
    public bool Running { get; private set; }

    /// <summary>The thread that the last stop was reported by, as the kernel says: PT_STEP of the process steps it. Null: unknown.</summary>
    internal TracedThread? Reporter { get; set; }

    /// <summary>The threads in order of creation; empty once the process has ended.</summary>
    public IReadOnlyList<TracedThread> Threads => ThreadList;

    /// <summary>The same as a list, which is walked without garbage.</summary>
    internal List<TracedThread> ThreadList
    {
        get
        {
            if (!_threadsCurrent && !Running) ListThreads();
            return _threads;
        }
    }

    /// <summary>The threads that are known now, without asking the kernel.</summary>
    internal List<TracedThread> KnownThreads => _threads;

    /// <summary>It has ended, and nobody has been told yet.</summary>
    internal bool Ended => Stops.HaveEnd;

    /// <summary>Our own SIGSTOP is queued or on its way: the program is never to see it.</summary>
    internal bool StopExpected { get; set; }

    /// <summary>The process is to stop, by that SIGSTOP or by what comes before it; else the SIGSTOP is passed over.</summary>
    internal bool StopWanted { get; set; }

    /// <summary>Its stops that are still to be reported.</summary>
    internal PendingStops Stops { get; }

    /// <summary>How threads leave the system calls that they sleep in when the client wants them elsewhere.</summary>
    internal SleepEscape Sleeps { get; }

    /// <summary>It has been resumed, but only threads that stay where they are until their vfork children have done with the memory.</summary>
    internal bool AwaitsVforkChild { get; set; }

    /// <summary>The thread that waits while this process uses its memory, after vfork and before execve.</summary>
    internal TracedThread? VforkParent { get; private set; }

    /// <summary>The thread with this id; null if there is none.</summary>
    public TracedThread? FindThread(int lwp)
    {
        foreach (var thread in ThreadList)
            if (thread.Lwp == lwp) return thread;
        return null;
    }

    /// <summary>Puts a software breakpoint into its memory.</summary>
    /// <param name="actions">When it counts and what is done then; null: every hit is reported.</param>
    /// <returns>EFAULT where nothing is mapped, or a debugger may not write: there <see cref="InsertStandIn"/> helps.</returns>
    public Errno InsertBreakpoint(ulong address, BreakpointActions? actions = null)
    {
        Libraries.Share(address, isClients: true);
        return Breakpoints.Insert(Pid, address, actions);
    }

    /// <summary>
    /// Puts a comparator where the memory can be read and not be written, as the shared page with the signal trampoline (vm_map_lookup,
    /// VM_PROT_COPY without write in max_protection). It is reported as the software breakpoint whose place it takes. The process is stopped.
    /// </summary>
    /// <returns>EFAULT where it cannot be, either.</returns>
    public Errno InsertStandIn(ulong address, BreakpointActions? actions)
    {
        Span<byte> instruction = stackalloc byte[1];
        return Memory.Read(address, instruction, out _) == Errno.None && InsertPoint(StandIn(address), actions, out var error) == DebugSlotResult.Inserted
            && error == Errno.None ? Errno.None : Errno.EFAULT;
    }

    /// <summary>Takes a software breakpoint out of its memory; a stand-in is taken out by <see cref="RemoveStandIn"/>.</summary>
    public void RemoveBreakpoint(ulong address)
    {
        if (!Libraries.Share(address, isClients: false)) Breakpoints.Remove(Pid, address);
    }

    /// <summary>Takes out what <see cref="InsertStandIn"/> has put there. The process is stopped.</summary>
    public void RemoveStandIn(ulong address) => RemovePoint(StandIn(address));

    /// <summary>Whether a software breakpoint at <paramref name="address"/> is a comparator.</summary>
    public bool HasStandIn(ulong address) => DebugRegisters.Points.Contains(StandIn(address));

    private DebugRegisters.Point StandIn(ulong address) =>
        new(BreakpointKind.Execute, address, _layout.Target.BreakpointInstruction.Length) { StandsIn = true };

    /// <summary>Puts a hardware breakpoint or watchpoint into all threads.</summary>
    /// <param name="actions">When it counts and what is done then; null: every hit is reported.</param>
    /// <param name="error">The kernel's refusal; None when the result says it all.</param>
    public DebugSlotResult InsertPoint(DebugRegisters.Point point, BreakpointActions? actions, out Errno error) =>
        DebugRegisters.Insert(point, actions, out error);

    public void RemovePoint(DebugRegisters.Point point) => DebugRegisters.Remove(point);

    /// <summary>Maps <paramref name="bytes"/> bytes of memory in the process, which is stopped and knows nothing of it.</summary>
    /// <param name="protection">PROT_READ and so on.</param>
    /// <returns>The error of mmap(2); EBUSY when all threads are inside system calls.</returns>
    public Errno Allocate(ulong bytes, int protection, out ulong address)
    {
        var error = new RemoteSystemCall(_system, _layout.Target, this).Map(bytes, protection, out address);
        if (error == Errno.None) Allocations.Add(address, bytes);
        return error;
    }

    /// <summary>Gives memory of <see cref="Allocate"/> back.</summary>
    /// <returns>EINVAL where there is none; else as <see cref="Allocate"/>.</returns>
    public Errno Free(ulong address)
    {
        if (!Allocations.TryGetValue(address, out var bytes)) return Errno.EINVAL;
        var error = new RemoteSystemCall(_system, _layout.Target, this).Unmap(address, bytes);
        if (error == Errno.None) Allocations.Remove(address);
        return error;
    }

    /// <summary>The thread that the kernel has just named; it may be newer than the list.</summary>
    internal TracedThread Thread(int lwp)
    {
        var known = IndexOf(lwp);
        if (known >= 0) return _threads[known];
        var added = new TracedThread(_system, _layout, this, lwp);
        _threads.Add(added);
        return added;
    }

    /// <summary>The thread is ending: it is in the kernel's list until the process goes on, and in ours no more.</summary>
    internal void RemoveThread(int lwp)
    {
        _ = ThreadList;
        var known = IndexOf(lwp);
        if (known >= 0) _threads.RemoveAt(known);
    }

    /// <summary>vfork has made this process: it uses the memory of <paramref name="parent"/>'s until <see cref="ReturnMemory"/>.</summary>
    internal void BorrowMemory(TracedThread parent) => (VforkParent, parent.VforkChild) = (parent, this);

    /// <summary>It has a memory of its own, or is gone.</summary>
    internal void ReturnMemory()
    {
        if (VforkParent is { } parent) parent.VforkChild = null;
        VforkParent = null;
    }

    /// <summary>Gives every thread the first action that covers it, and lets the process go.</summary>
    /// <returns>False if nothing is resumed: no action lets a thread run, or the kernel refuses.</returns>
    internal bool Resume(ReadOnlySpan<ResumeAction> actions)
    {
        var signal = 0;
        var reporter = 0;
        var runs = false;
        AwaitsVforkChild = false;
        foreach (var thread in ThreadList)
        {
            var action = FirstCovering(actions, thread);
            thread.Prepare(action);
            if (action.Kind == ResumeKind.Stay) continue;
            AwaitsVforkChild |= thread.VforkChild is not null;
            if (thread.VforkChild is not null) continue;
            runs = true;
            if (action.Signal == 0) continue;
            // PT_CONTINUE gives one signal, to the thread that reported (kern_ptrace's resume). Another thread is sent its own.
            if (reporter == 0) reporter = FindReporter();
            if (thread.Lwp == reporter) signal = action.Signal;
            else thread.Send(action.Signal);
        }
        AwaitsVforkChild &= !runs;
        if (runs) Go(signal);
        return Running || AwaitsVforkChild;
    }

    /// <summary>Threads that are about to go on do so where the client has put them, also out of a sleep.</summary>
    internal void SettleSleeps(ReadOnlySpan<ResumeAction> actions)
    {
        // By index: what ends meanwhile has no threads.
        for (var index = 0; index < ThreadList.Count; index++)
            if (FirstCovering(actions, _threads[index]).Kind != ResumeKind.Stay) Sleeps.Settle(_threads[index]);
    }

    /// <summary>The id of the thread that PT_CONTINUE gives a signal to; −1: none.</summary>
    private int FindReporter()
    {
        if (_system.LwpInfo(Pid, out var info) == Errno.None) return info.pl_lwpid;
        // Without PT_LWPINFO there is one thread. A stop signal may have stopped it where it was, and nobody reads what is given then
        // (lwpsignal of DragonFly): kill(2) is sure.
        return StopSignal is SIGSTOP or SIGTSTP or SIGTTIN or SIGTTOU ? -1 : Pid;
    }

    /// <summary>Goes on as before the stop that was just collected, which is nobody's business.</summary>
    /// <param name="passes">Threads that are to get past a breakpoint do so first.</param>
    internal void Go(int signal = 0, bool passes = true)
    {
        if (passes) Passage.Begin();
        var steps = false;
        foreach (var thread in _threads)
        {
            steps |= thread.TakeStepRequest();
            thread.Registers.Invalidate();
        }
        _threadsCurrent = false;
        // A traced process ignores it, and loses one of ours that is queued with it (issignal).
        if (signal == SIGSTOP) signal = 0;
        Reporter = null;
        Running = (steps ? _system.Step(Pid, signal) : _system.Continue(Pid, signal)) == Errno.None;
    }

    /// <summary>The signal of the last stop that was collected by wait6.</summary>
    internal int StopSignal { get; private set; }

    /// <summary>A stop of it has been collected by wait6.</summary>
    /// <param name="signal">What it stopped for (WSTOPSIG).</param>
    internal void Stopped(int signal)
    {
        Running = false;
        StopSignal = signal;
        foreach (var thread in _threads) thread.Registers.Invalidate();
    }

    /// <summary>It has ended: nothing of it is left but the event.</summary>
    internal void End()
    {
        Running = false;
        Reporter = null;
        StopExpected = false;
        Stops.Clear();
        _threads.Clear();
        _threadsCurrent = true;
        if (VforkParent is null) Breakpoints.Forget();
        DebugRegisters.Forget();
    }

    /// <summary>
    /// Has it stop while it runs. A thread that is held takes no signal (kern_sig.c, sigtd does not look): then it is for one that runs.
    /// SIGSTOP, because SIGINT is dropped when the program ignores it, even under trace (tdsendsignal).
    /// </summary>
    internal void RequestStop()
    {
        StopWanted = true;
        // One that lost its race is still on its way, and serves.
        if (StopExpected && !IsStopLost()) return;
        _stopTarget = _threads.Count > 1 && !_threads[0].Runs ? _threads.Find(thread => thread.Runs) : null;
        SendStop();
    }

    /// <summary>
    /// Sends that SIGSTOP, and to a process that stands still once more, which changes nothing while it is queued: SIGCONT from elsewhere
    /// may have taken it away (tdsendsignal).
    /// </summary>
    /// <returns>The thread that is to take it; null: any.</returns>
    internal TracedThread? SendStop()
    {
        var error = _stopTarget is { } chosen ? _system.ThreadKill(Pid, chosen.Lwp, SIGSTOP) : _system.Kill(Pid, SIGSTOP);
        StopExpected = error == Errno.None;
        return _stopTarget;
    }

    /// <summary>SIGCONT from elsewhere has taken the SIGSTOP away (tdsendsignal): it is not queued, and has stopped nobody.</summary>
    private bool IsStopLost()
    {
        const long stopped = kinfo_proc.P_STOPPED_SIG | kinfo_proc.P_STOPPED_TRACE;
        var threads = _system.ReadThreads(Pid);
        return threads.Length > 0 && Array.TrueForAll(threads, thread => (thread.ki_flag & stopped) == 0 && !thread.ki_siglist.Contains(SIGSTOP));
    }

    /// <summary>Threads are gone: if one of them was to take the SIGSTOP, that is gone, too.</summary>
    internal void RenewStop()
    {
        if (!StopExpected || _stopTarget is not { } chosen || ThreadList.Contains(chosen)) return;
        StopExpected = false;
        if (StopWanted) RequestStop();
    }

    /// <summary>Non-stop mode is over: no thread is held for itself any longer.</summary>
    internal void Release()
    {
        foreach (var thread in _threads) thread.Release();
    }

    private static ResumeAction FirstCovering(ReadOnlySpan<ResumeAction> actions, TracedThread thread)
    {
        foreach (ref readonly var action in actions)
            if (action.Covers(thread)) return action;
        return default;
    }

    private int IndexOf(int lwp)
    {
        for (var index = 0; index < _threads.Count; index++)
            if (_threads[index].Lwp == lwp) return index;
        return -1;
    }

    /// <summary>
    /// Brings the list to what PT_GETLWPLIST says, keeping the threads that are known. Kernels without it show the first thread, by the
    /// pid.
    /// </summary>
    private void ListThreads()
    {
        var error = _system.LwpCount(Pid, out var expected);
        if (error == Errno.EINVAL)
        {
            _ = Thread(Pid);
            _threadsCurrent = true;
        }
        if (error != Errno.None) return;
        if (_lwps.Length < expected) _lwps = new int[expected * 2];
        if (_system.LwpList(Pid, _lwps, out var count) != Errno.None) return;
        for (var index = 0; index < count; index++)
        {
            var known = IndexOf(_lwps[index]);
            if (known == index) continue;
            var thread = known < 0 ? new TracedThread(_system, _layout, this, _lwps[index]) : _threads[known];
            if (known >= 0) _threads.RemoveAt(known);
            _threads.Insert(Math.Min(index, _threads.Count), thread);
        }
        _threads.RemoveRange(count, _threads.Count - count);
        _threadsCurrent = true;
    }
}
