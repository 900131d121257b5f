using TraceKernel.Abi;
using TraceKernel.User;

namespace TraceKernel.Processes;

/// <summary>
/// The places of kern_ktrace.c: each tells the watcher of a process, if it has one, what the process does. Nothing that a program can ask
/// shows the watcher: it is no debugger, and p_traceflag stays 0.
/// </summary>
internal static class Watching
{
    /// <summary>ktrsyscall.</summary>
    public static void Call(Lwp lwp)
    {
        if (lwp.Process.Watcher is not { } watcher) return;
        var call = lwp.Call;
        watcher(new ProgramEvent(ProgramEventKind.Call, lwp.Process.Pid, lwp.Tid)
        {
            Number = (int)call.Code, Arguments = call.Arguments[..Math.Min(call.ArgumentCount, call.Arguments.Length)].ToArray(),
        });
    }

    /// <summary>ktrsysret; of an execve that succeeded, the program instead. What the call made is told after it.</summary>
    public static void Return(Lwp lwp)
    {
        if (lwp.Process.Watcher is not { } watcher) return;
        const uint SYS_execve = 59, SYS_fexecve = 492;
        var call = lwp.Call;
        if (call.Code is SYS_execve or SYS_fexecve && call.Error is Errno.EJUSTRETURN)
        {
            Exec(lwp);
            return;
        }
        watcher(new ProgramEvent(ProgramEventKind.Return, lwp.Process.Pid, lwp.Tid)
        {
            Number = (int)call.Code, Error = call.Error, Value = call.Error == Errno.None ? (long)call.Value : 0,
        });
        if (lwp.WatchedChild is not { } child) return;
        lwp.WatchedChild = null;
        Tell(lwp, lwp.VForkChild == child ? ProgramEventKind.VFork : ProgramEventKind.Fork, child.Pid);
    }

    public static void Exec(Lwp lwp) => lwp.Process.Watcher?.Invoke(
        new ProgramEvent(ProgramEventKind.Exec, lwp.Process.Pid, lwp.Tid) { Path = lwp.Process.ExecutablePath });

    /// <summary>KTRFAC_INHERIT: the child is watched too.</summary>
    public static void Forked(Lwp lwp, Process child)
    {
        child.Watcher = lwp.Process.Watcher;
        if (child.Watcher is not null) lwp.WatchedChild = child;
    }

    public static void Tell(Lwp lwp, ProgramEventKind kind, int number = 0) =>
        lwp.Process.Watcher?.Invoke(new ProgramEvent(kind, lwp.Process.Pid, lwp.Tid) { Number = number });

    public static void Exited(Process process, int code, int signal) => process.Watcher?.Invoke(signal == 0
        ? new ProgramEvent(ProgramEventKind.Exit, process.Pid, 0) { Number = code }
        : new ProgramEvent(ProgramEventKind.Killed, process.Pid, 0) { Number = signal });
}
