using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tracing;

/// <summary>
/// A debugger on FreeBSD: it starts processes or attaches to them, resumes them, waits for what they have to report and leaves them, by
/// ptrace, wait6 and kill. When one process reports, all are stopped.
/// </summary>
public sealed class Tracer
{
    /// <summary>
    /// How many stops are passed over before the client is heard: any number of them may follow each other, and a look at the connection costs
    /// about a quarter of one.
    /// </summary>
    internal const int PassesUnheard = 16;

    private const int EventMask = PTRACE_EXEC | PTRACE_FORK | PTRACE_VFORK | PTRACE_LWP;

    private readonly SystemCalls _system;
    private readonly StopReader _reader;
    private readonly List<Tracee> _processes = [];
    // A stop that is there already when the client resumes what has it.
    private StopEvent? _due;
    // The client has asked for a stop, and no interrupt has been reported since. As gdbserver's SIGINT (remote-utils, getpkt) the wish
    // outlives a stop that comes first.
    private bool _interruptWanted;

    public Tracer(SystemCalls system, IDebugTarget target)
    {
        _system = system;
        Layout = new RegisterLayout(target);
        Description = new TargetDescription(Layout);
        _reader = new StopReader(system, target, this);
        NonStop = new NonStop(system, this, _reader);
    }

    public SystemCalls System => _system;

    public RegisterLayout Layout { get; }

    public TargetDescription Description { get; }

    /// <summary>Threads stop one by one, if the client wants it so.</summary>
    public NonStop NonStop { get; }

    /// <summary>How the next program is started.</summary>
    public LaunchSettings Settings { get; } = new();

    /// <summary>What is reported beyond signals and ends.</summary>
    public ReportedEvents Events { get; set; }

    /// <summary>FreeBSD's numbers of signals that go to the program without a report.</summary>
    public sigset PassSignals { get; set; }

    /// <summary>Shows what commands of breakpoints print; null: to nobody.</summary>
    public Action<string>? Print { get; set; }

    /// <summary>Signals that a program may be given when the debugger leaves it.</summary>
    public sigset ProgramSignals { get; set; } = sigset.Full;

    /// <summary>All traced processes, in the order in which they were found.</summary>
    public IReadOnlyList<Tracee> Processes => _processes;

    public bool HasProcesses => _processes.Count > 0;

    /// <summary>What was reported last; kind None while nothing is traced.</summary>
    public StopEvent LastStop { get; private set; }

    /// <summary>The thread that register and memory packets are about; null when there is none.</summary>
    public TracedThread? Current { get; private set; }

    /// <summary>The thread that c and s are about; null when they are about <see cref="Current"/> and let all others run.</summary>
    public TracedThread? CurrentToResume { get; private set; }

    public Tracee? FindProcess(int pid)
    {
        foreach (var process in _processes)
            if (process.Pid == pid) return process;
        return null;
    }

    public TracedThread? FindThread(int lwp)
    {
        foreach (var process in _processes)
            if (process.FindThread(lwp) is { } thread) return thread;
        return null;
    }

    /// <summary>Makes <paramref name="thread"/> the one that packets are about.</summary>
    public void Select(TracedThread? thread) => Current = thread;

    /// <summary>Makes <paramref name="thread"/> the only one that c and s resume.</summary>
    public void SelectToResume(TracedThread? thread) => CurrentToResume = thread;

    /// <summary>Starts a program and leaves it stopped before its first instruction.</summary>
    /// <returns>What fork(2), chdir(2) or execve(2) said; ESRCH if the program ended before it was started.</returns>
    public Errno Launch(SpawnRequest request)
    {
        (Settings.Program, Settings.Arguments) = (request.Path, request.Arguments);
        var error = _system.Spawn(request, out var pid);
        if (error != Errno.None) return error;
        error = _system.Wait6(P_PID, pid, WEXITED | WTRAPPED, out _, out var status, out _);
        if (error != Errno.None || !WIFSTOPPED(status)) return Errno.ESRCH;
        return Welcome(new Tracee(_system, Layout, pid), StopKind.Launched, status);
    }

    /// <summary>Attaches to a running process and stops it; reported as signal 0.</summary>
    /// <returns>PT_ATTACH's refusal: ESRCH, EPERM, EBUSY if it is traced already, EINVAL for oneself.</returns>
    public Errno Attach(int pid)
    {
        var stood = _system.ReadProcess(pid, out var facts) == Errno.None && facts.ki_stat == kinfo_proc.SSTOP;
        var error = _system.Ptrace(PT_ATTACH, pid, 0, 0);
        if (error != Errno.None) return error;
        // FreeBSD 5 lets a process go on that stands stopped, and does not have it stop again.
        error = _system.Wait6(P_PID, pid, WEXITED | WTRAPPED, out _, out var status, out _, stood ? _ => true : null);
        if (error == Errno.EINTR)
        {
            _ = _system.Kill(pid, SIGSTOP);
            error = _system.Wait6(P_PID, pid, WEXITED | WTRAPPED, out _, out status, out _);
        }
        if (error != Errno.None || !WIFSTOPPED(status)) return Errno.ESRCH;
        var isOurStop = WSTOPSIG(status) == SIGSTOP;
        var process = new Tracee(_system, Layout, pid) { Attached = true, StopExpected = !isOurStop };
        return Welcome(process, StopKind.Signal, status);
    }

    /// <summary>
    /// Does what the actions say: each thread follows the first that covers it, the others stay stopped. When a process among them has an
    /// event in store, nothing moves and <see cref="Wait"/> reports that.
    /// </summary>
    /// <returns>ESRCH when no thread was let run.</returns>
    public Errno Resume(ReadOnlySpan<ResumeAction> actions)
    {
        foreach (var process in _processes)
        {
            if (!IsCovered(process, actions)) continue;
            process.SettleSleeps(actions);
            if (!process.Stops.TryTake(out var stop)) continue;
            _due = stop;
            return Errno.None;
        }
        var runs = false;
        foreach (var process in _processes)
        {
            if (!IsCovered(process, actions)) continue;
            runs |= process.Resume(actions);
        }
        if (!runs) return Errno.ESRCH;
        if (_interruptWanted) StopOne();
        return Errno.None;
    }

    /// <summary>
    /// Waits for the next event worth a report, lending the thread to the guests as their CPU, and stops all other processes.
    /// </summary>
    /// <param name="interrupted">Called between slices, and between stops that are passed over; true ends the wait.</param>
    /// <returns>EINTR when <paramref name="interrupted"/> said so: the processes run on. ECHILD when there is nobody to wait for.</returns>
    public Errno Wait(Func<TimeSpan, bool>? interrupted, out StopEvent stop)
    {
        if (_due is { } due)
        {
            _due = null;
            stop = Report(due);
            return Errno.None;
        }
        for (var passed = 1; ; passed++)
        {
            var error = _system.Wait6(P_ALL, 0, WEXITED | WTRAPPED, out var pid, out var status, out _, interrupted);
            if (error == Errno.None && TryRead(pid, status, out stop))
            {
                StopOthers();
                stop = Report(stop);
                return Errno.None;
            }
            if (error == Errno.None && passed % PassesUnheard == 0 && interrupted?.Invoke(TimeSpan.Zero) == true) error = Errno.EINTR;
            if (error == Errno.None) continue;
            stop = default;
            return error;
        }
    }

    /// <summary>
    /// Stops a process: <see cref="Wait"/> then reports an interrupt, or what came first and the interrupt after that. When nothing runs, what is
    /// resumed next is stopped. SIGSTOP, because SIGINT is dropped when the program ignores it, even under trace (kern_sig.c, tdsendsignal).
    /// </summary>
    public void Interrupt()
    {
        _interruptWanted = HasProcesses;
        StopOne();
    }

    /// <summary>The client counts the stop that it got for the one that it asked for.</summary>
    public void ForgetInterrupt() => _interruptWanted = false;

    private void StopOne()
    {
        foreach (var process in _processes)
        {
            if (!process.Running) continue;
            process.RequestStop();
            return;
        }
        foreach (var process in _processes)
        {
            if (!process.AwaitsVforkChild) continue;
            _due = new StopEvent(StopKind.Interrupt, process.Pid, process.Threads[0].Lwp) { Signal = SIGINT };
            return;
        }
    }

    /// <summary>
    /// The client has gone without a word: what was attached to is left, what was started is stopped and kept for the next client, and
    /// nothing that the client had agreed to or asked for holds any longer.
    /// </summary>
    /// <param name="wish">What the client wanted for what was started.</param>
    public void Hold(LostClient wish = LostClient.Hold)
    {
        NonStop.Set(false);
        Interrupt();
        if (_processes.Exists(process => process.Running)) _ = Wait(null, out _);
        (Events, PassSignals, ProgramSignals, Print) = (ReportedEvents.None, default, sigset.Full, null);
        (_interruptWanted, _due) = (false, null);
        for (var index = _processes.Count - 1; index >= 0; index--)
        {
            var process = _processes[index];
            process.Breakpoints.RemoveAll(process.Pid);
            process.DebugRegisters.RemoveAll();
            if (process.Attached || wish == LostClient.Detach) _ = Detach(process, 0);
            else if (wish == LostClient.Kill) _ = Kill(process);
        }
    }

    /// <summary>Takes everything out of a stopped process and lets it run on, untraced.</summary>
    /// <param name="signal">FreeBSD's number of a signal that it is given; 0: none.</param>
    /// <param name="staysStopped">It stays where it is, as if by SIGSTOP, until another debugger or SIGCONT comes.</param>
    public Errno Detach(Tracee process, int signal, bool staysStopped = false)
    {
        var error = Leave(process, signal, staysStopped);
        // One that ended while it was being left is gone as well.
        if (error == Errno.ESRCH) error = Errno.None;
        if (error == Errno.None) Remove(process);
        return error;
    }

    /// <summary>Kills a stopped process and collects its end.</summary>
    public Errno Kill(Tracee process)
    {
        // Older kernels lose PT_KILL at a stop that is no signal's: this one comes next.
        var error = process.Ended ? Errno.None : _system.Kill(process.Pid, SIGKILL);
        // One that is held would not even die (thread_suspend_check).
        if (!process.Ended)
            foreach (var thread in process.ThreadList) thread.Hold(false);
        while (error == Errno.None && !process.Ended)
        {
            error = _system.Ptrace(PT_KILL, process.Pid, 0, 0);
            if (error == Errno.EBUSY) error = _system.Kill(process.Pid, SIGKILL);
            if (error != Errno.None) break;
            error = _system.Wait6(P_PID, process.Pid, WEXITED | WTRAPPED, out _, out var status, out _);
            if (error != Errno.None || !WIFSTOPPED(status)) break;
        }
        if (error == Errno.None) Remove(process);
        return error;
    }

    /// <summary>Has the beginning and the end of system calls of a stopped process reported.</summary>
    /// <param name="filter">Which of them; null: none.</param>
    /// <returns>The error of PT_SET_EVENT_MASK: EINVAL where the kernel has no such request.</returns>
    public Errno CatchSyscalls(Tracee process, SyscallFilter? filter)
    {
        process.CaughtSyscalls = filter;
        return _system.SetEventMask(process.Pid, filter is null ? EventMask : EventMask | PTRACE_SYSCALL);
    }

    /// <summary>A forked child becomes one of the processes; it is stopped.</summary>
    internal void Adopt(Tracee process)
    {
        _processes.Add(process);
        if (CatchSyscalls(process, process.CaughtSyscalls) != Errno.None) _ = _system.Ptrace(PT_FOLLOW_FORK, process.Pid, 0, 1);
    }

    /// <summary>Cleans a stopped process of breakpoints and of stops that it has not reported, and detaches.</summary>
    internal Errno Leave(Tracee process, int signal, bool staysStopped = false)
    {
        // The memory of a vfork child is its parent's, whose breakpoints return when the child has done with it.
        if (process.VforkParent is not null) process.Breakpoints.Lift(process.Pid);
        else process.Breakpoints.RemoveAll(process.Pid);
        process.DebugRegisters.RemoveAll();
        process.SettleSleeps([new ResumeAction(ResumeKind.Continue, -1, -1)]);
        var error = new Departure(_system, process).Drain(ref signal);
        // Not as PT_DETACH's own signal: issignal drops a stop signal that a debugger hands back. This one is taken on the way out.
        if (error == Errno.None && staysStopped && !process.Ended) error = _system.Kill(process.Pid, SIGSTOP);
        // Kernels without PT_LWPINFO may lose what PT_DETACH gives (issignal of 2003, lwpsignal of DragonFly): there it is sent before.
        if (error == Errno.None && signal != 0 && !process.Ended && _system.LwpInfo(process.Pid, out _) == Errno.EINVAL)
            (error, signal) = (_system.Kill(process.Pid, signal), 0);
        return error == Errno.None && !process.Ended ? _system.Ptrace(PT_DETACH, process.Pid, SamePc, signal) : error;
    }

    private Errno Welcome(Tracee process, StopKind kind, int status)
    {
        Adopt(process);
        process.Stopped(WSTOPSIG(status));
        // The stop of PT_ATTACH is no signal of the program's.
        var signal = process.Attached && WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
        var stop = Report(new StopEvent(kind, process.Pid, process.Threads.Count > 0 ? process.Threads[0].Lwp : process.Pid) { Signal = signal });
        NonStop.Rest(process, stop);
        return Errno.None;
    }

    /// <summary>Reads what wait6 has collected; false when it is not for report. Then the process goes on already.</summary>
    internal bool TryRead(int pid, int status, out StopEvent stop)
    {
        stop = default;
        if (FindProcess(pid) is { } reporter) return _reader.TryRead(reporter, status, out stop);
        if (WIFSTOPPED(status)) _reader.NewbornStopped(pid);
        return false;
    }

    private StopEvent Report(StopEvent stop)
    {
        if (Note(stop) is { } process) Current = process.FindThread(stop.Lwp) ?? (process.Threads.Count > 0 ? process.Threads[0] : null);
        if (CurrentToResume is { } chosen && chosen.Process.FindThread(chosen.Lwp) != chosen) CurrentToResume = null;
        return stop;
    }

    /// <summary>Takes notice of an event; the process that it is about, if that still is.</summary>
    internal Tracee? Note(StopEvent stop)
    {
        LastStop = stop;
        if (stop.Kind == StopKind.Interrupt) _interruptWanted = false;
        var process = FindProcess(stop.Pid);
        if (process is null) return null;
        if (stop.IsEnd)
        {
            Remove(process);
            return null;
        }
        _reader.FindUnreportedBreakpoints(process, stop.Lwp);
        return process;
    }

    private void Remove(Tracee process)
    {
        _processes.Remove(process);
        foreach (var other in _processes)
            if (other.VforkParent?.Process == process) other.ReturnMemory();
        process.ReturnMemory();
        if (Current?.Process == process) Current = null;
        if (CurrentToResume?.Process == process) CurrentToResume = null;
        if (LastStop.Pid == process.Pid && !LastStop.IsEnd) LastStop = default;
        _interruptWanted &= HasProcesses;
    }

    private void StopOthers()
    {
        // By index: a fork read here adds its child, stopped, at the end.
        for (var index = 0; index < _processes.Count; index++)
        {
            var process = _processes[index];
            process.AwaitsVforkChild = false;
            if (!process.Running) continue;
            process.RequestStop();
            while (process.Running)
            {
                var error = _system.Wait6(P_PID, process.Pid, WEXITED | WTRAPPED, out _, out var status, out _);
                if (error != Errno.None) break;
                if (_reader.TryRead(process, status, out var stop) && stop.Kind != StopKind.Interrupt) process.Stops.AddRead(stop);
            }
        }
    }

    private static bool IsCovered(Tracee process, ReadOnlySpan<ResumeAction> actions)
    {
        foreach (ref readonly var action in actions)
            if (action.Kind != ResumeKind.Stay && action.Covers(process.Pid)) return true;
        return false;
    }
}
