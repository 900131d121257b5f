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
    // A client that reconnects at once may be faster than its old connection's end.
    private static readonly TimeSpan ReturnTime = TimeSpan.FromMilliseconds(500);

    private readonly Queue<Debuggee> _held = new();
    private readonly List<SystemCalls> _observers = [];
    private readonly List<Engagement> _promises = [];
    private int _taken;
    private bool _isOver;

    /// <summary>The CPU of the programs.</summary>
    public IDebugTarget Target => kernel.Target;

    /// <summary>The C prototype of a system call; null: the kernel has no such call.</summary>
    public string? SystemCallPrototype(int number) => kernel.SystemCallPrototype(number);

    /// <summary>How many instructions the guests of a debugger's machine have retired.</summary>
    public long Instructions(SystemCalls system) => kernel.Instructions(system);

    /// <summary>Starts the program of the command line, so that it stands before its first instruction.</summary>
    /// <returns>The error that execve(2) gave.</returns>
    public Errno Start()
    {
        if (offer != Offer.Program) return Errno.None;
        var debuggee = Create();
        var error = Launch(debuggee);
        if (error == Errno.None) _held.Enqueue(debuggee);
        else kernel.End(debuggee.System);
        return error;
    }

    /// <summary>What the next connection debugs.</summary>
    public Debuggee Take()
    {
        Debuggee? debuggee = null;
        bool isPromised;
        lock (_held)
        {
            isPromised = _promises.Count > 0;
            if (isPromised) _promises.RemoveAt(0);
            else if (_held.Count == 0 && _taken > 0 && offer != Offer.Demo) Monitor.Wait(_held, ReturnTime);
            if (!isPromised) _held.TryDequeue(out debuggee);
            _taken++;
        }
        debuggee ??= isPromised ? Create() : CreateFor();
        debuggee.Console.IsWatched = true;
        return debuggee;
    }

    /// <summary>The next <see cref="Take"/> gets a debugger that debugs nothing yet: lldb's platform has promised it to its client.</summary>
    public void PromiseEmpty(Engagement platform)
    {
        lock (_held) _promises.Add(platform);
    }

    /// <summary>What <paramref name="platform"/> has promised is no longer wanted.</summary>
    public void Withdraw(Engagement platform)
    {
        lock (_held) _promises.RemoveAll(promise => promise == platform);
    }

    /// <summary>A debugger that debugs nothing yet.</summary>
    public Debuggee CreateEmpty()
    {
        var debuggee = Create();
        debuggee.Console.IsWatched = true;
        lock (_held) _taken++;
        return debuggee;
    }

    /// <summary>The debugger that holds process <paramref name="pid"/> for the next client; null when none does.</summary>
    public Debuggee? TryTake(int pid)
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
            _taken++;
            return found;
        }
    }

    /// <summary>A host process that debugs nothing and never will. What is debugged while it is there is in its machine.</summary>
    public SystemCalls CreateObserver()
    {
        var observer = CreateProcess();
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
    public void Return(Debuggee debuggee, bool isSound)
    {
        debuggee.Console.IsWatched = false;
        var mayBeHeld = isSound && !options.Once && offer != Offer.Demo;
        if (mayBeHeld) debuggee.Tracer.Hold(debuggee.Tracer.Settings.OnLostClient);
        debuggee.Tracer.Settings.OnLostClient = LostClient.Hold;
        lock (_held) _taken--;
        if (!mayBeHeld || !TryHold(debuggee)) kernel.End(debuggee.System);
    }

    /// <summary>Keeps it for the next client, if that is any use.</summary>
    private bool TryHold(Debuggee debuggee)
    {
        lock (_held)
        {
            // The program's debugger is kept even when its program has ended: it knows what "run" means.
            var isUseful = debuggee.Tracer.HasProcesses || (offer == Offer.Program && debuggee.Explanation is null);
            if (_isOver || !isUseful) return false;
            _held.Enqueue(debuggee);
            Monitor.Pulse(_held);
            return true;
        }
    }

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
        if (offer == Offer.Program)
            return debuggee with { Explanation = $"another client debugs {program.Path}, or a fault of this server has ended it" };
        if (offer == Offer.Demo && Launch(debuggee) is var error && error != Errno.None)
        {
            log.Error("the demo cannot be started: {Error}", error);
            return debuggee with { Explanation = $"the demo cannot be started: {error}" };
        }
        return debuggee;
    }

    private Debuggee Create()
    {
        var system = CreateProcess();
        var calls = new RecordedCalls(system);
        return new Debuggee(system, new Tracer(calls, kernel.Target), new GuestConsole()) { Calls = calls };
    }

    private SystemCalls CreateProcess()
    {
        SystemCalls? observer;
        lock (_held) observer = _observers.Count > 0 ? _observers[^1] : null;
        return observer is not null ? kernel.CreateBeside(observer) : kernel.CreateProcess(isolated: offer == Offer.Demo);
    }

    private Errno Launch(Debuggee debuggee) => debuggee.Tracer.Launch(new SpawnRequest(program.Path, program.Arguments, options.Environment)
    {
        WorkingDirectory = options.WorkingDirectory,
        Terminal = debuggee.Console.Terminal,
    });
}
