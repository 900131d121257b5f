using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Syscalls;

/// <summary>System calls on processes: making, ending, waiting, naming them.</summary>
internal static class ProcessCalls
{
    private const int MaximumArgumentBytes = 512 * 1024;

    [Syscall(1, "void exit(int status)")]
    public static async ValueTask<Errno> Exit(SystemCall call)
    {
        await Exiting.Exit(call.Lwp, call.Int(0) & 0xff, 0);
        return Errno.None;
    }

    [Syscall(2, "pid_t fork(void)")]
    public static Errno Fork(SystemCall call) => Fork(call, isVFork: false);

    [Syscall(66, "pid_t vfork(void)")]
    public static Errno VFork(SystemCall call) => Fork(call, isVFork: true);

    private static Errno Fork(SystemCall call, bool isVFork)
    {
        var error = Forking.Fork(call.Lwp, isVFork, out var pid);
        // The parent's second return value is 0 (PTRACE.md 0.2, 27).
        call.SecondValue = 0;
        return error == Errno.None ? call.Return(pid) : error;
    }

    [Syscall(59, "int execve(const char *path, char *const argv[], char *const envp[])")]
    public static async ValueTask<Errno> Execve(SystemCall call)
    {
        if (call.Memory.CopyInString(call[0], 1024, out var path) is var error and not Errno.None) return error;
        if ((error = CopyInStrings(call, call[1], out var arguments)) != Errno.None) return error;
        if ((error = CopyInStrings(call, call[2], out var environment)) != Errno.None) return error;
        return await Executing.Execute(call.Lwp, path, arguments, environment);
    }

    private static Errno CopyInStrings(SystemCall call, ulong vector, out List<string> strings)
    {
        strings = [];
        var total = 0;
        for (; vector != 0; vector += 8)
        {
            if (call.CopyIn(vector, out ulong pointer) != Errno.None) return Errno.EFAULT;
            if (pointer == 0) break;
            if (call.Memory.CopyInString(pointer, MaximumArgumentBytes, out var text) is var error and not Errno.None)
                return error == Errno.ENAMETOOLONG ? Errno.E2BIG : error;
            strings.Add(text);
            if ((total += text.Length + 9) > MaximumArgumentBytes) return Errno.E2BIG;
        }
        return Errno.None;
    }

    [Syscall(7, "pid_t wait4(pid_t pid, int *status, int options, struct rusage *rusage)")]
    public static async ValueTask<Errno> Wait4(SystemCall call)
    {
        var (idType, id) = Waiting.OfWait4(call.Process, call.Int(0));
        var (error, result) = await Wait(call, new WaitRequest(idType, id, call.Int(2) | WEXITED | WTRAPPED));
        if (error != Errno.None) return error;
        if (call[1] != 0 && result.Pid != 0 && (error = call.CopyOut(call[1], result.Status)) != Errno.None) return error;
        if (call[3] != 0 && result.Pid != 0 && (error = call.Memory.CopyOut(call[3], new byte[144])) != Errno.None) return error;
        return call.Return(result.Pid);
    }

    [Syscall(532, "pid_t wait6(idtype_t idtype, id_t id, int *status, int options, struct __wrusage *wrusage, siginfo_t *info)")]
    public static async ValueTask<Errno> Wait6(SystemCall call)
    {
        var (error, result) = await Wait(call, new WaitRequest(call.Int(0), call.Long(1), call.Int(3)));
        if (error != Errno.None) return error;
        if (call[2] != 0 && result.Pid != 0 && (error = call.CopyOut(call[2], result.Status)) != Errno.None) return error;
        if (call[4] != 0 && result.Pid != 0 && (error = call.Memory.CopyOut(call[4], new byte[288])) != Errno.None) return error;
        if (call[5] != 0 && (error = call.CopyOut(call[5], result.Info)) != Errno.None) return error;
        return call.Return(result.Pid);
    }

    private static async ValueTask<(Errno Error, WaitResult Result)> Wait(SystemCall call, WaitRequest request)
    {
        while (true)
        {
            var error = Waiting.Scan(call.Process, request, out var result);
            if (error != Errno.EWOULDBLOCK) return (error, result);
            if (request.Wants(WNOHANG)) return (Errno.None, default);
            error = await call.Lwp.Sleep(call.Process, "wait");
            if (error != Errno.None) return (error, default);
        }
    }

    [Syscall(20, "pid_t getpid(void)")]
    public static Errno GetPid(SystemCall call) => call.Return(call.Process.Pid);

    [Syscall(39, "pid_t getppid(void)")]
    public static Errno GetParentPid(SystemCall call) => call.Return(call.Process.OriginalParentPid);

    [Syscall(81, "pid_t getpgrp(void)")]
    public static Errno GetProcessGroup(SystemCall call) => call.Return(call.Process.Group);

    [Syscall(207, "pid_t getpgid(pid_t pid)")]
    public static Errno GetProcessGroupOf(SystemCall call) =>
        Target(call) is { } process ? call.Return(process.Group) : Errno.ESRCH;

    [Syscall(310, "pid_t getsid(pid_t pid)")]
    public static Errno GetSession(SystemCall call) =>
        Target(call) is { } process ? call.Return(process.Session) : Errno.ESRCH;

    private static Process? Target(SystemCall call) => call.Int(0) == 0 ? call.Process : call.Kernel.Find(call.Int(0));

    [Syscall(147, "pid_t setsid(void)")]
    public static Errno SetSession(SystemCall call)
    {
        if (call.Process.Group == call.Process.Pid) return Errno.EPERM;
        call.Process.Group = call.Process.Session = call.Process.Pid;
        return call.Return(call.Process.Pid);
    }

    [Syscall(82, "int setpgid(pid_t pid, pid_t pgrp)")]
    public static Errno SetProcessGroup(SystemCall call)
    {
        if (call.Int(1) < 0) return Errno.EINVAL;
        var target = Target(call);
        if (target is null || (target != call.Process && target.Parent != call.Process)) return Errno.ESRCH;
        if (target.Session == target.Pid || target.Session != call.Process.Session) return Errno.EPERM;
        target.Group = call.Int(1) == 0 ? target.Pid : call.Int(1);
        return Errno.None;
    }

    [Syscall(26, "int ptrace(int request, pid_t pid, caddr_t addr, int data)")]
    public static ValueTask<Errno> PtraceCall(SystemCall call) => Ptrace.PtraceSyscall.Run(call);
}
