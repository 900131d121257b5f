using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tracing;

/// <summary>One thread (LWP) of a traced process.</summary>
public sealed class TracedThread
{
    /// <summary>A client that never puts registers back must not fill the memory.</summary>
    private const int MostEndedSleeps = 16;

    private readonly SystemCalls _system;
    private bool _held;
    private bool _heldForStep;
    private bool _stepByRequest;
    private (Errno Error, siginfo Info)? _keptSiginfo;
    private siginfo? _sentSiginfo;

    internal TracedThread(SystemCalls system, RegisterLayout layout, Tracee process, int lwp)
    {
        _system = system;
        Process = process;
        Lwp = lwp;
        Registers = new RegisterCache(system, layout, lwp);
    }

    public Tracee Process { get; }

    /// <summary>The kernel's thread id, unique in the system.</summary>
    public int Lwp { get; }

    public RegisterCache Registers { get; }

    /// <summary>The name that the program gave it, or the command's.</summary>
    public string Name => _system.LwpInfo(Lwp, out var info) switch
    {
        Errno.None => info.pl_tdname.ToString(),
        Errno.EBUSY => Array.Find(_system.ReadThreads(Process.Pid), thread => thread.ki_tid == Lwp).ki_tdname.ToString(),
        _ => "",
    };

    /// <summary>In non-stop mode: the client has it stopped, whatever its process does.</summary>
    public bool Rests { get; private set; }

    /// <summary>Why it <see cref="Rests"/>.</summary>
    internal StopEvent LastStop { get; private set; }

    /// <summary>What of it the client wants to hear, beyond what it hears of all threads.</summary>
    public ThreadOptions Options { get; set; }

    /// <summary>What it was last told to do; its range belongs to <see cref="ResumeKind.StepRange"/>.</summary>
    internal ResumeAction Action { get; private set; }

    /// <summary>Was last told to step.</summary>
    internal bool IsToStep => Action.Kind is ResumeKind.Step or ResumeKind.StepRange;

    /// <summary>A step has been asked of the kernel and has not been reported.</summary>
    internal bool StepArmed { get; private set; }

    /// <summary>Is making a step that the client has asked for.</summary>
    internal bool IsStepping => StepArmed && IsToStep;

    /// <summary>A signal of <see cref="Send"/> that the kernel has yet to show to the debugger; 0: none.</summary>
    internal int SentSignal { get; private set; }

    /// <summary>Has hit this breakpoint, its pc has been put back there, and the kernel has not reported it yet.</summary>
    internal ulong? UnreportedBreakpoint { get; set; }

    /// <summary>Stands at this breakpoint, whose condition does not hold, and is still to get past it.</summary>
    internal Obstacle? Obstacle { get; set; }

    /// <summary>It has been let run since it was born: only such a thread can have made another.</summary>
    internal bool HasBegun { get; set; }

    /// <summary>
    /// The process that uses the memory of this one after vfork. In the kernel the thread would sleep, deaf to signals, until that has done with it
    /// (fork1, PPWAIT): it is held where it is, and the other threads run.
    /// </summary>
    internal Tracee? VforkChild { get; set; }

    /// <summary>
    /// Sleeps that the tracer has ended (<see cref="SleepEscape"/>), oldest first: PT_GETREGS's images in the sleep, which the client knows, and at
    /// the user boundary after it.
    /// </summary>
    internal List<(byte[] Asleep, byte[] Awake)> EndedSleeps { get; } = [];

    /// <summary>Runs when its process does.</summary>
    internal bool Runs => !_held;

    /// <summary>Held for itself, not only while another is stepped over a breakpoint.</summary>
    internal bool IsHeld => _held && !_heldForStep;

    /// <summary>siginfo_t of the signal that stopped the thread; ENOENT if no signal did.</summary>
    public Errno ReadSiginfo(out siginfo info)
    {
        if (_keptSiginfo is { } kept)
        {
            info = kept.Info;
            return kept.Error;
        }
        var error = _system.LwpInfo(Lwp, out var lwp);
        info = lwp.pl_siginfo;
        return error != Errno.None ? error : (lwp.pl_flags & PL_FLAG_SI) == 0 ? Errno.ENOENT : Errno.None;
    }

    /// <summary>
    /// Changes what <see cref="ReadSiginfo"/> tells, and what the program is told if the thread goes on with that signal; EINVAL if the
    /// kernel does not have it so.
    /// </summary>
    public Errno WriteSiginfo(siginfo info)
    {
        // While its process runs the kernel shows no signal of it: then it goes with the signal that the thread is sent.
        if (!Rests && _system.SetSiginfo(Lwp, info) is var error and not Errno.None) return error;
        if (_keptSiginfo is not null) _keptSiginfo = (Errno.None, info);
        return Errno.None;
    }

    /// <summary>Remembers the signal until the thread is resumed: a system call made for the debugger replaces it in the kernel.</summary>
    internal void KeepSiginfo() => _keptSiginfo ??= (ReadSiginfo(out var info), info);

    /// <summary>Puts back what a system call made for the debugger has replaced, as far as the kernel can.</summary>
    internal void RestoreSiginfo()
    {
        if (_keptSiginfo is { Error: Errno.None } kept) _ = _system.SetSiginfo(Lwp, kept.Info);
    }

    /// <summary>In non-stop mode: stays stopped, and what the client may ask of it is kept, since the kernel will not tell.</summary>
    internal void Rest(in StopEvent stop)
    {
        (Rests, LastStop) = (true, stop);
        KeepSiginfo();
        Registers.Keep();
    }

    internal void Release()
    {
        Rests = false;
        Registers.Release();
    }

    /// <summary>Tells the kernel what <paramref name="action"/> means for this thread; it takes effect when the process goes on.</summary>
    internal void Prepare(in ResumeAction action)
    {
        Action = action;
        HasBegun |= action.Kind != ResumeKind.Stay;
        if (action.Kind != ResumeKind.Stay) Registers.ForgetOriginal();
        if (action.Signal != 0)
            _sentSiginfo = _keptSiginfo is { Error: Errno.None } kept && kept.Info.si_signo == action.Signal ? kept.Info : null;
        _keptSiginfo = null;
        Registers.Invalidate();
        Hold(action.Kind == ResumeKind.Stay || VforkChild is not null);
        if (action.Kind is ResumeKind.Step or ResumeKind.StepRange) ArmStep();
    }

    /// <summary>Where it stood when a step was asked for on a kernel that has no PT_SETSTEP.</summary>
    internal ulong SteppedFrom { get; private set; }

    /// <summary>
    /// Asks for one more instruction. For the thread that has reported, and where there is no PT_SETSTEP (FreeBSD 5), stepping is a way for
    /// the process to go on.
    /// </summary>
    internal void ArmStep()
    {
        if (Process.Reporter == this)
        {
            StepArmed = _stepByRequest = true;
            return;
        }
        var error = _system.Ptrace(PT_SETSTEP, Lwp, 0, 0);
        StepArmed = error is Errno.None or Errno.EINVAL;
        _stepByRequest = error == Errno.EINVAL;
        if (_stepByRequest) SteppedFrom = Registers.Pc;
    }

    /// <summary>Whether the process has to go on by PT_STEP, this once.</summary>
    internal bool TakeStepRequest()
    {
        var wanted = _stepByRequest;
        _stepByRequest = false;
        return wanted;
    }

    /// <summary>The step was reported: the kernel has put the trap flag away itself.</summary>
    internal void StepDone() => StepArmed = false;

    /// <summary>Something else came first: a step left armed would show in the flags, and strike after another resume.</summary>
    internal void DisarmStep()
    {
        if (!StepArmed) return;
        StepArmed = false;
        if (TakeStepRequest()) return;
        if (_system.Ptrace(PT_CLEARSTEP, Lwp, 0, 0) == Errno.EINVAL) Registers.ClearStep();
        Registers.Invalidate();
    }

    /// <summary>
    /// Gives the running thread a signal that the client wants it to have; the stop that comes of it is not the client's.
    /// </summary>
    internal void Send(int signal)
    {
        // Where threads have no ids, the process is the thread.
        var error = Lwp == Process.Pid ? _system.Kill(Process.Pid, signal) : _system.ThreadKill(Process.Pid, Lwp, signal);
        if (error == Errno.None) SentSignal = signal;
    }

    /// <summary>The kernel shows that signal: what goes on to the program is what the client knows of it, as far as the kernel can.</summary>
    internal void TakeSent()
    {
        SentSignal = 0;
        if (_sentSiginfo is { } info) _ = _system.SetSiginfo(Lwp, info);
        _sentSiginfo = null;
    }

    /// <summary>Stands still while another thread is stepped over a breakpoint; false: then it is as before.</summary>
    internal void HoldForStep(bool hold)
    {
        if (hold ? _held : !_heldForStep) return;
        _heldForStep = hold;
        Hold(hold);
    }

    internal void Remember(byte[] asleep, byte[] awake)
    {
        if (EndedSleeps.Count == MostEndedSleeps) EndedSleeps.RemoveAt(0);
        EndedSleeps.Add((asleep, awake));
    }

    /// <summary>PT_SUSPEND or PT_RESUME, where it changes anything.</summary>
    internal void Hold(bool hold)
    {
        if (_held == hold) return;
        _held = hold;
        _ = _system.Ptrace(hold ? PT_SUSPEND : PT_RESUME, Lwp, 0, 0);
    }
}
