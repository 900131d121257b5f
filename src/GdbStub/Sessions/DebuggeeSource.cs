using GdbStub.Tracing;
using Serilog;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>What a new connection finds to debug.</summary>
public enum Offer
{
    /// <summary>A fresh process of the built-in demo, which ends with the connection.</summary>
    Demo,
    /// <summary>The program of the command line, started before the first client comes and held while none is there.</summary>
    Program,
    /// <summary>Nothing: the client runs or attaches.</summary>
    Nothing,
}

/// <summary>Decides what each connection debugs, and what becomes of it when the client goes away (without saying D or k).</summary>
public sealed class DebuggeeSource(KernelHost kernel, Offer offer, GuestProgram program, SessionOptions options, ILogger log) : IDisposable
{
    // How often it is looked whether a client that seems to have left has really, and how long its session may take to give back what it
    // debugs: the program stops at the end of its turn, so only a bug takes longer.
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(30);

    // Each connection finds all fresh, and takes it along when it goes.
    private readonly bool _isFresh = offer == Offer.Demo || options.Machine == MachineSharing.PerConnection;
    private readonly Queue<Debuggee> _held = new();
    private readonly List<SystemCalls> _observers = [];
    private readonly List<(Engagement Platform, SystemCalls System)> _promises = [];
    private readonly List<Engagement> _engaged = [];
    private bool _isOver;

    /// <summary>The CPU of the programs.</summary>
    public IDebugTarget Target => kernel.Target;

    /// <summary>The C prototype of a system call; null: the kernel has no such call.</summary>
    public string? SystemCallPrototype(int number) => kernel.SystemCallPrototype(number);

    /// <summary>How many instructions the guests of a debugger's machine have retired.</summary>
    public long Instructions(SystemCalls system) => kernel.Instructions(system);

    /// <summary>Starts the program of the command line, so that it stands before its first instruction, or sees that it can be.</summary>
    /// <returns>Null when it does; else why not, in one line.</returns>
    public string? Start()
    {
        if (offer != Offer.Program) return null;
        var debuggee = Create();
        var error = Launch(debuggee, out var request);
        var refusal = error == Errno.None ? null : LaunchRefusal.Describe(debuggee.System, request, error);
        if (refusal is null && !_isFresh) _held.Enqueue(debuggee);
        else kernel.End(debuggee.System);
        return refusal;
    }

    /// <summary>What the next connection debugs.</summary>
    public Debuggee Take(Engagement engagement)
    {
        Debuggee? debuggee = null;
        SystemCalls? platform = null;
        lock (_held)
        {
            if (_promises.Count > 0)
            {
                platform = _promises[0].System;
                _promises.RemoveAt(0);
            }
            else
            {
                AwaitReturn();
                // A machine that a bug has ended takes what was held in it along.
                while (_held.TryDequeue(out debuggee) && kernel.HasEnded(debuggee.System)) kernel.End(debuggee.System);
            }
            _engaged.Add(engagement);
        }
        debuggee ??= platform is not null ? Create(platform) : CreateFor();
        debuggee.Console.IsWatched = true;
        return debuggee;
    }

    /// <summary>
    /// The next <see cref="Take"/> gets a debugger that debugs nothing yet: lldb's platform has promised it to its client.
    /// </summary>
    public void PromiseEmpty(Engagement platform)
    {
        var system = platform.System;
        lock (_held) _promises.Add((platform, system));
    }

    /// <summary>What <paramref name="platform"/> has promised is no longer wanted.</summary>
    public void Withdraw(Engagement platform)
    {
        lock (_held) _promises.RemoveAll(promise => promise.Platform == platform);
    }

    /// <summary>A debugger that debugs nothing yet.</summary>
    public Debuggee CreateEmpty(Engagement engagement)
    {
        var debuggee = Create();
        debuggee.Console.IsWatched = true;
        lock (_held) _engaged.Add(engagement);
        return debuggee;
    }

    /// <summary>The debugger that holds process <paramref name="pid"/> for the next client; null when none does.</summary>
    public Debuggee? TryTake(int pid, Engagement engagement)
    {
        lock (_held)
        {
            Debuggee? found = null;
            for (var count = _held.Count; count > 0; count--)
            {
                var debuggee = _held.Dequeue();
                if (found is null && debuggee.Tracer.FindProcess(pid) is not null) found = debuggee;
                else _held.Enqueue(debuggee);
            }
            if (found is null) return null;
            found.Console.IsWatched = true;
            _engaged.Add(engagement);
            return found;
        }
    }

    /// <summary>A host process that debugs nothing and never will. What is debugged while it is there is in its machine.</summary>
    public SystemCalls CreateObserver()
    {
        var observer = CreateProcess(LastObserver());
        lock (_held) _observers.Add(observer);
        return observer;
    }

    public void EndObserver(SystemCalls observer)
    {
        lock (_held) _observers.Remove(observer);
        kernel.End(observer);
    }

    /// <summary>Takes back what a connection debugged.</summary>
    /// <param name="isSound">False after a bug: then it is not to be trusted any more, and ends.</param>
    public void Return(Debuggee debuggee, Engagement engagement, bool isSound)
    {
        debuggee.Console.IsWatched = false;
        var mayBeHeld = isSound && !options.Once && !_isFresh;
        if (mayBeHeld) debuggee.Tracer.Hold(debuggee.Tracer.Settings.OnLostClient);
        debuggee.Tracer.Settings.OnLostClient = LostClient.Hold;
        if (!TryReturn(debuggee, engagement, mayBeHeld)) kernel.End(debuggee.System);
    }

    /// <summary>
    /// A client that reconnects at once may be faster than its old session, which has not yet seen that it has gone: what that debugs will
    /// be here soon. Nobody is waited for whose client is there.
    /// </summary>
    private void AwaitReturn()
    {
        var end = Environment.TickCount64 + (long)ReturnTime.TotalMilliseconds;
        while (_held.Count == 0 && !_isFresh && _engaged.Exists(static other => other.MayHaveLeft()) && Environment.TickCount64 < end)
            Monitor.Wait(_held, LookTime);
    }

    /// <summary>Keeps it for the next client, if that is allowed and any use.</summary>
    private bool TryReturn(Debuggee debuggee, Engagement engagement, bool mayBeHeld)
    {
        lock (_held)
        {
            _engaged.Remove(engagement);
            // The program's debugger is kept even when its program has ended: it knows what "run" means.
            var isUseful = debuggee.Tracer.HasProcesses || (offer == Offer.Program && debuggee.Explanation is null);
            if (!mayBeHeld || _isOver || !isUseful) return false;
            _held.Enqueue(debuggee);
            Monitor.Pulse(_held);
            return true;
        }
    }

    /// <inheritdoc cref="KernelHost.IsAnswering"/>
    public bool IsAnswering(TimeSpan limit) => kernel.IsAnswering(limit);

    public void Dispose()
    {
        lock (_held)
        {
            _isOver = true;
            while (_held.TryDequeue(out var debuggee)) kernel.End(debuggee.System);
        }
    }

    private Debuggee CreateFor()
    {
        var debuggee = Create();
        if (offer == Offer.Nothing) return debuggee;
        if (!_isFresh)
            return debuggee with { Explanation = $"another client debugs {program.Path}, or a fault of this server has ended it" };
        var error = Launch(debuggee, out var request);
        if (error == Errno.None) return debuggee;
        var refusal = LaunchRefusal.Describe(debuggee.System, request, error);
        log.Error("{Refusal}", refusal);
        return debuggee with { Explanation = refusal };
    }

    /// <param name="beside">In whose machine; null: in that of the last who looks around, since lldb looks through another
    /// connection.</param>
    private Debuggee Create(SystemCalls? beside = null)
    {
        var system = CreateProcess(beside ?? LastObserver());
        var calls = new RecordedCalls(system);
        return new Debuggee(system, new Tracer(calls, kernel.Target), new GuestConsole(options.MaxOutput)) { Calls = calls };
    }

    private SystemCalls? LastObserver()
    {
        if (options.Machine == MachineSharing.PerConnection) return null;
        lock (_held) return _observers.Count > 0 ? _observers[^1] : null;
    }

    private SystemCalls CreateProcess(SystemCalls? beside) =>
        beside is not null ? kernel.CreateBeside(beside) : kernel.CreateProcess(_isFresh);

    private Errno Launch(Debuggee debuggee, out SpawnRequest request)
    {
        request = new SpawnRequest(program.Path, program.Arguments, options.Environment)
        {
            WorkingDirectory = options.WorkingDirectory,
            Terminal = debuggee.Console.Terminal,
        };
        return debuggee.Tracer.Launch(request);
    }
}
