using TraceKernel.Processes;

namespace TraceKernel.User;

/// <summary>
/// A process whose program is C#: a debugging session, or the shell of <c>gdbstub run</c>. It has a pid, may be a parent and a
/// debugger, and reaches the kernel through <see cref="Calls"/> only.
/// </summary>
public sealed class HostProcess : IDisposable
{
    private readonly Kernel _kernel;
    private readonly Process _process;

    private HostProcess(Kernel kernel, Process process)
    {
        _kernel = kernel;
        _process = process;
        Calls = new HostSystemCalls(kernel, process);
    }

    /// <summary>A new host process, child of init; null when the process table is full.</summary>
    /// <param name="user">For whom it acts: root may debug everyone.</param>
    /// <param name="isIlp32">It is a 32-bit program, for all that ptrace(2) can tell.</param>
    /// <param name="groups">Of which groups that user is, the effective one first; empty: of the one with the user's number.</param>
    public static HostProcess? TryCreate(Kernel kernel, string name, uint user = 0, IReadOnlyList<uint>? groups = null, bool isIlp32 = false)
    {
        using var visit = kernel.Entrance.EnterToLook();
        var process = kernel.TryCreate(kernel.Init, name, isHost: true);
        if (process is null) return null;
        process.IsIlp32 = isIlp32;
        process.Credentials = Credentials.Of(user, groups is [var first, ..] ? first : user);
        if (groups is [_, ..]) process.Credentials = process.Credentials with { Groups = groups };
        return new HostProcess(kernel, process);
    }

    public int Pid => _process.Pid;

    public SystemCalls Calls { get; }

    /// <summary>exit(2): tracees that were not detached are killed, as on FreeBSD.</summary>
    public void Dispose()
    {
        lock (_kernel.Gate)
        {
            if (_process.IsZombie || _kernel.HasPanicked) return;
            Exiting.ExitHost(_process);
            // Its tracees have been killed, and die when they run; other children run on.
            if (_kernel.ProcessCount > 1) _kernel.Runner.Start();
        }
    }
}
