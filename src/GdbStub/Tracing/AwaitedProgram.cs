using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>A program that a debugger wants to attach to as soon as it runs.</summary>
/// <param name="name">Its path, or the last part of it.</param>
public sealed class AwaitedProgram(string name, SystemCalls system)
{
    private readonly HashSet<int> _passedOver = [];

    public string Name => name;

    /// <summary>The processes that are there now are not meant.</summary>
    public void PassOverPresent()
    {
        foreach (var process in system.ReadProcesses()) _passedOver.Add(process.ki_pid);
    }

    /// <summary>The newest process of that name; 0: there is none yet.</summary>
    /// <param name="traced">Whether one that has a debugger counts: it may be given up to the one who asks.</param>
    public int Find(bool traced)
    {
        var found = 0;
        foreach (var process in system.ReadProcesses())
        {
            if (_passedOver.Contains(process.ki_pid) || process.ki_stat == kinfo_proc.SZOMB || process.ki_tracer != 0 && !traced) continue;
            if (system.ReadPathname(process.ki_pid, out var path) != Errno.None || path.Length == 0) continue;
            if (path == name || path.EndsWith("/" + name, StringComparison.Ordinal)) found = process.ki_pid;
        }
        return found;
    }
}
