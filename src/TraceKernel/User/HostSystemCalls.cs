using Stopwatch = System.Diagnostics.Stopwatch;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.User;

/// <summary>The calls of one host process, each under the kernel's monitor.</summary>
internal sealed partial class HostSystemCalls(Kernel kernel, Process process) : SystemCalls
{
    /// <summary>How long guest threads run before the waiting debugger is asked for news.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMicroseconds(100);

    /// <summary>Instructions that take about as long.</summary>
    private const long SliceInstructions = 100_000;

    /// <summary>Longest idle wait: other sessions may have woken a guest meanwhile.</summary>
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMilliseconds(20);

    private string? _spawnRefusal;

    public override int Pid => process.Pid;

    public override Errno Ptrace(int request, int pid, ulong address, int data, Span<byte> image, Span<byte> buffer, out long result)
    {
        var call = new PtraceCall
        {
            Request = request, Pid = pid, Address = address, Data = data, Image = image, Buffer = buffer, Caller = process,
        };
        using var visit = kernel.Entrance.Enter();
        // A host process has no thread that could be traced.
        var error = request == Abi.Ptrace.PT_TRACE_ME ? Errno.EINVAL : PtraceTable.CheckCall(kernel, request, data, image);
        if (error == Errno.None) error = PtraceTable.Run(ref call);
        for (; error == Errno.ERESTART; error = PtraceTable.Run(ref call)) Pause(LongestIdle, interrupted: null);
        result = call.Result;
        if (error == Errno.None && call.Remote is { } remote)
        {
            RunUntilDone(remote);
            error = remote.Finish(image);
        }
        // Nobody may ever wait for it again.
        if (request == Abi.Ptrace.PT_DETACH && error == Errno.None) kernel.Runner.Start();
        return visit.Finish(error);
    }

    /// <summary>
    /// The target's thread sleeps in what it does for this process, whose thread is the CPU meanwhile. Inside the monitor.
    /// </summary>
    private void RunUntilDone(RemoteRequest remote)
    {
        if (remote.IsDone) return;
        kernel.Runner.WaiterCame();
        while (!remote.IsDone)
            if (!kernel.Scheduler.RunTurn()) Pause(IdleTime(), interrupted: null);
        kernel.Runner.WaiterLeft();
    }

    public override Errno Wait6(
        int idType, long id, int options, out int pid, out int status, out siginfo info, Func<TimeSpan, bool>? interrupted = null)
    {
        var request = new WaitRequest(idType, id, options);
        using var visit = kernel.Entrance.Enter();
        kernel.Runner.WaiterCame();
        try
        {
            while (true)
            {
                var error = Scan(request, out pid, out status, out info);
                if (error != Errno.EWOULDBLOCK) return visit.Finish(error);
                if (request.Wants(WNOHANG)) return visit.Finish(Errno.None);
                if (RunSlice(request, out pid, out status, out info, out error)) return visit.Finish(error);
                if (Pause(IdleTime(), interrupted)) return visit.Finish(Errno.EINTR);
            }
        }
        finally
        {
            kernel.Runner.WaiterLeft();
        }
    }

    private Errno Scan(in WaitRequest request, out int pid, out int status, out siginfo info)
    {
        var error = Waiting.Scan(process, request, out var result);
        (pid, status, info) = (result.Pid, result.Status, result.Info);
        return error;
    }

    /// <summary>Lets guest threads run for a slice; true as soon as a child has something to report.</summary>
    private bool RunSlice(in WaitRequest request, out int pid, out int status, out siginfo info, out Errno error)
    {
        (pid, status, info, error) = (0, 0, default, Errno.None);
        var enough = kernel.Scheduler.Retired + SliceInstructions;
        long started = 0;
        while (kernel.Scheduler.RunTurn(Scheduler.LongestRun))
        {
            error = Scan(request, out pid, out status, out info);
            if (error != Errno.EWOULDBLOCK) return true;
            if (kernel.Scheduler.Retired > enough || kernel.Scheduler.Retired >= kernel.AskAt?.Instructions) return false;
            // Many a slice of a debugger's ends with an event in its first turn, before anybody looks at the clock.
            if (started == 0) started = Stopwatch.GetTimestamp();
            else if (Stopwatch.GetElapsedTime(started) > Slice) return false;
        }
        return false;
    }

    /// <summary>How long nobody can run; zero while someone can. With skipped idle time the clock moves at once.</summary>
    private TimeSpan IdleTime()
    {
        if (!kernel.Scheduler.IsIdle) return TimeSpan.Zero;
        var next = kernel.Scheduler.UntilNextTimer();
        if (next is null || kernel.Options.Time != TimeSource.Fast || kernel.AskAt == kernel.Now) return next is { } time && time < LongestIdle ? time : LongestIdle;
        kernel.Scheduler.SkipToNextTimer();
        return TimeSpan.Zero;
    }

    /// <summary>Leaves the monitor to others, asks for news, and waits as long as nobody can run. True: interrupted.</summary>
    private bool Pause(TimeSpan mayBlock, Func<TimeSpan, bool>? interrupted)
    {
        var started = Stopwatch.GetTimestamp();
        if (interrupted is null && mayBlock > TimeSpan.Zero) kernel.Turns.Rest(mayBlock);
        else if (Ask(interrupted, mayBlock)) return true;
        if (kernel.Panic is { } panic) throw new KernelPanicException(panic);
        if (mayBlock > TimeSpan.Zero) kernel.Scheduler.PassTimeSince(started);
        return false;
    }

    private bool Ask(Func<TimeSpan, bool>? interrupted, TimeSpan mayBlock)
    {
        var isSound = false;
        kernel.Turns.Leave();
        try
        {
            var isInterrupted = interrupted is not null && interrupted(mayBlock);
            isSound = true;
            return isInterrupted;
        }
        finally
        {
            kernel.Turns.Enter();
            // An exception of the client's is none of the kernel's.
            if (!isSound) kernel.Entrance.Excuse();
        }
    }

    public override Errno ProcessMemory(int pid, ulong address, Span<byte> bytes, bool isWrite)
    {
        using var visit = kernel.Entrance.Enter();
        if (kernel.Find(pid) is not { } target) return visit.Finish(Errno.ESRCH);
        var error = Permission.CanDebug(process, target);
        if (error == Errno.None) error = target.Vm.ReadWrite(address, bytes, isWrite, out _, kernel.Personality.Memory.Writes);
        return visit.Finish(error);
    }

    public override Errno Kill(int pid, int signal)
    {
        using var visit = kernel.Entrance.Enter();
        return visit.Finish(SignalCalls.Kill(kernel, process, pid, signal));
    }

    public override Errno ThreadKill(int pid, int lwp, int signal)
    {
        using var visit = kernel.Entrance.Enter();
        return visit.Finish(kernel.Find(pid) is { } target ? SignalCalls.ThreadKill(process, target, null, lwp, signal) : Errno.ESRCH);
    }

    public override string? SpawnRefusal => _spawnRefusal;

    public override Errno Spawn(SpawnRequest program, out int pid)
    {
        pid = 0;
        _spawnRefusal = null;
        using var visit = kernel.Entrance.Enter();
        var child = kernel.TryCreate(process, Path.GetFileName(program.Path));
        if (child is null) return visit.Finish(Errno.EAGAIN);
        // Root lets programs run as somebody, as su(1) does; others have nobody but themselves.
        child.Credentials = process.Credentials.IsSuperUser ? kernel.Options.ProgramCredentials : process.Credentials;
        TerminalDevice.Attach(child, program.Terminal);
        child.Directory = process.Directory.Copy();
        var lwp = kernel.CreateLwp(child);
        var error = Errno.None;
        UserLoop.Start(lwp, async self =>
        {
            error = await BecomeProgram(self, program);
            if (error == Errno.EJUSTRETURN) await UserLoop.Return(self).ConfigureAwait(false);
            else await Exiting.Exit(self, 127, 0);
        });
        kernel.Scheduler.RunKernelCode(lwp);
        if (error == Errno.EJUSTRETURN)
        {
            pid = child.Pid;
            return visit.Finish(Errno.None);
        }
        _spawnRefusal = child.ExecRefusal;
        Waiting.Scan(process, new WaitRequest(P_PID, child.Pid, WEXITED), out _);
        return visit.Finish(error);
    }

    /// <summary>What the forked child does before it is the program.</summary>
    private async ValueTask<Errno> BecomeProgram(Lwp lwp, SpawnRequest program)
    {
        var child = lwp.Process;
        if (program.Traced)
        {
            var traceMe = new PtraceCall { Request = Abi.Ptrace.PT_TRACE_ME, Caller = child, CallerLwp = lwp };
            if (PtraceTable.Run(ref traceMe) is var refused and not Errno.None) return refused;
        }
        if (program.WorkingDirectory is { } directory && ChangeDirectory(child, directory) is var lost and not Errno.None) return lost;
        if (Redirect(child, program) is var failed and not Errno.None) return failed;
        // The stop that follows is the return from execve.
        lwp.Call.Code = 59;
        lwp.Call.ArgumentCount = 3;
        lwp.Call.Error = Errno.EJUSTRETURN;
        var error = await Executing.Execute(lwp, program.Path, program.Arguments, program.Environment);
        if (error != Errno.EJUSTRETURN) return error;
        child.Watcher = program.Watcher;
        Watching.Exec(lwp);
        return error;
    }

    public override Errno Sysctl(ReadOnlySpan<int> name, Span<byte> value, out int length)
    {
        using var visit = kernel.Entrance.EnterToLook();
        return Syscalls.Sysctl.Read(kernel, process, name, value, out length);
    }

    public override Errno SysctlByName(string name, Span<byte> value, out int length)
    {
        length = 0;
        return SysctlTree.TryFind(name, out var numbers) ? Sysctl(numbers, value, out length) : Errno.ENOENT;
    }
}
