using GdbStub.Tracing;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>
/// What one session debugs. The first packet that is about a process decides it: a client that only looks around, as lldb's platform does,
/// leaves the program of the command line to the next, and one that begins with a run or an attach gets nothing else.
/// </summary>
public sealed class Engagement
{
    private readonly DebuggeeSource? _source;
    private Debuggee? _debuggee;
    private SystemCalls? _observer;

    public Engagement(DebuggeeSource source) => _source = source;

    /// <summary>One that was decided before.</summary>
    public Engagement(Debuggee debuggee) => _debuggee = debuggee;

    /// <summary>The address that the client has connected to: 127.0.0.1:1234, unix:PATH or stdio.</summary>
    public string Endpoint { get; init; } = "stdio";

    /// <summary>What the server has done; null without one.</summary>
    public ServerStatistics? Statistics { get; init; }

    /// <summary>Whether the client may have left, though its session has not noticed. Other sessions ask.</summary>
    public Func<bool> MayHaveLeft { get; init; } = static () => false;

    /// <summary>Listens to the system calls of the debugger while the session has it; null: nobody does.</summary>
    public ICallLog? CallLog { get; set; }

    public bool IsDecided => _debuggee is not null;

    /// <summary>What the session debugs; asking decides for what the server offers.</summary>
    public Debuggee Debuggee => _debuggee ?? Decide(_source!.Take(this));

    /// <summary>The process that the session is about; 0 when there is none.</summary>
    public int Pid => _debuggee?.Tracer.Current?.Process.Pid ?? 0;

    /// <summary>How many instructions the guests have retired; 0 before something is debugged.</summary>
    public long Instructions => _debuggee is { } debuggee && _source is not null ? _source.Instructions(debuggee.System) : 0;

    /// <summary>System calls for what concerns no debugged process: files, sysctl. Asking decides nothing.</summary>
    public SystemCalls System => _debuggee?.System ?? (_observer ??= _source!.CreateObserver());

    /// <summary>The CPU of the programs.</summary>
    public IDebugTarget Target => _debuggee?.Tracer.Layout.Target ?? _source!.Target;

    /// <summary>The C prototype of a system call; null: the kernel has no such call.</summary>
    public string? SystemCallPrototype(int number) => _source?.SystemCallPrototype(number);

    /// <summary>Decides for a debugger that debugs nothing yet, if nothing has been decided.</summary>
    public Debuggee DecideForNothing() => _debuggee ?? Decide(_source!.CreateEmpty(this));

    /// <summary>The next to decide gets nothing of what the server offers; unless this session ends before.</summary>
    public void PromiseEmptyDebuggee() => _source?.PromiseEmpty(this);

    /// <summary>Decides for the debugger that holds process <paramref name="pid"/> for the next client, if there is one.</summary>
    public bool TryTakeOver(int pid)
    {
        if (_source?.TryTake(pid, this) is not { } held) return false;
        Leave(isSound: true);
        Decide(held);
        return true;
    }

    /// <summary>The session is over.</summary>
    /// <param name="isSound">False after a bug: then the debugger is not to be trusted any more, and ends.</param>
    public void End(bool isSound)
    {
        _source?.Withdraw(this);
        Leave(isSound);
        if (_observer is not null) _source?.EndObserver(_observer);
        _observer = null;
    }

    private Debuggee Decide(Debuggee debuggee)
    {
        if (debuggee.Calls is { } calls) calls.Log = CallLog;
        return _debuggee = debuggee;
    }

    private void Leave(bool isSound)
    {
        if (_debuggee is not { } debuggee) return;
        if (debuggee.Calls is { } calls) calls.Log = null;
        _source?.Return(debuggee, this, isSound);
        _debuggee = null;
    }
}
