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
    private int _taken;
    private bool _isOver;

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
        Debuggee? debuggee;
        lock (_held)
        {
            if (_held.Count == 0 && _taken > 0 && offer != Offer.Demo) Monitor.Wait(_held, ReturnTime);
            _held.TryDequeue(out debuggee);
            _taken++;
        }
        debuggee ??= CreateFor();
        debuggee.Console.IsWatched = true;
        return debuggee;
    }

    /// <summary>Takes back what a connection debugged.</summary>
    /// <param name="isSound">False after a bug: then it is not to be trusted any more, and ends.</param>
    public void Return(Debuggee debuggee, bool isSound)
    {
        debuggee.Console.IsWatched = false;
        var mayBeHeld = isSound && !options.Once && offer != Offer.Demo;
        if (mayBeHeld) debuggee.Tracer.Hold();
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
        var system = kernel.CreateProcess(isolated: offer == Offer.Demo);
        return new Debuggee(system, new Tracer(system, kernel.Target), new GuestConsole());
    }

    private Errno Launch(Debuggee debuggee) => debuggee.Tracer.Launch(new SpawnRequest(program.Path, program.Arguments, options.Environment)
    {
        WorkingDirectory = options.WorkingDirectory,
        Terminal = debuggee.Console.Terminal,
    });
}
