using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Signals;
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
    public static Errno Fork(SystemCall call) => Fork(call, ForkRequest.Fork);

    [Syscall(66, "pid_t vfork(void)")]
    public static Errno VFork(SystemCall call) => Fork(call, ForkRequest.VFork);

    [Syscall(251, "pid_t rfork(int flags)")]
    public static ValueTask<Errno> RFork(SystemCall call)
    {
        var request = new ForkRequest(call.Int(0));
        if (request.Flags == Forks.RFSPAWN) return new(Fork(call, ForkRequest.VFork with { DropsHandlers = true }));
        if (request.Has(Forks.RFKERNELONLY | Forks.RFSPAWN) || !request.IsValid) return new(Errno.EINVAL);
        return request.Has(Forks.RFPROC) ? new(Fork(call, request)) : Forking.Divorce(call.Lwp, request);
    }

    private static Errno Fork(SystemCall call, in ForkRequest request)
    {
        var error = Forking.Fork(call.Lwp, request, out var pid);
        // The parent's second return value is 0 (PTRACE.md 0.2, 27).
        call.SecondValue = 0;
        return error == Errno.None ? call.Return(pid) : error;
    }

    [Syscall(518, "pid_t pdfork(int *fdp, int flags)")]
    public static Errno PdFork(SystemCall call)
    {
        var flags = call.Int(1);
        if ((flags & ~Forks.PD_ALLOWED_AT_FORK) != 0) return Errno.EINVAL;
        var (process, held) = (call.Process, new ProcessDescriptor((flags & Forks.PD_DAEMON) != 0));
        var file = new OpenFile(held, Fcntl.O_RDWR);
        var error = process.Files.Add(file, out var descriptor, (flags & Forks.PD_CLOEXEC) != 0, limit: process.Limits.Descriptors);
        if (error != Errno.None) return error;
        error = Fork(call, ForkRequest.Fork with { Descriptor = held });
        if (error == Errno.None) return call.CopyOut(call[0], descriptor);
        process.Files.Close(descriptor);
        return error;
    }

    [Syscall(519, "int pdkill(int fd, int signum)")]
    public static Errno PdKill(SystemCall call)
    {
        if ((uint)call.Int(1) > Abi.Signals.MaximumSignal) return Errno.EINVAL;
        if (Held(call, cap_rights_t.CAP_PDKILL, out var held) is not Errno.None and var error) return error;
        if (held.Process is not { } process) return Errno.ESRCH;
        // sys_pdkill: the descriptor is the right, also in capability mode.
        error = Ptrace.Permission.CanSignal(call.Process, process, call.Int(1));
        return error == Errno.None && call.Int(1) != 0
            ? Posting.Send(process, null, new siginfo { si_signo = call.Int(1), si_code = Abi.Signals.SI_KERNEL }) : error;
    }

    [Syscall(520, "int pdgetpid(int fd, pid_t *pidp)")]
    public static Errno PdGetPid(SystemCall call) =>
        Held(call, cap_rights_t.CAP_PDGETPID, out var held) is not Errno.None and var error ? error : call.CopyOut(call[1], held.Pid);

    private static Errno Held(SystemCall call, in cap_rights_t needed, out ProcessDescriptor held)
    {
        var error = call.Process.Files.Get(call.Int(0), needed, out var file);
        held = (error == Errno.None ? file.Target as ProcessDescriptor : null)!;
        return error != Errno.None ? error : held is null ? Errno.EBADF : Errno.None;
    }

    [Syscall(59, "int execve(const char *path, char *const argv[], char *const envp[])")]
    public static async ValueTask<Errno> Execve(SystemCall call)
    {
        // exec_copyin_args
        if (call[1] == 0) return Errno.EFAULT;
        if (call.Memory.CopyInString(call[0], 1024, out var path) is var error and not Errno.None) return error;
        if ((error = CopyInStrings(call, call[1], out var arguments)) != Errno.None) return error;
        if ((error = CopyInStrings(call, call[2], out var environment)) != Errno.None) return error;
        // kern_execve, since 13.1: a program has at least one argument.
        if (arguments.Count == 0) return Errno.EINVAL;
        return await Executing.Execute(call.Lwp, path, arguments, environment);
    }

    [Syscall(492, "int fexecve(int fd, char *const argv[], char *const envp[])")]
    public static async ValueTask<Errno> FExecve(SystemCall call)
    {
        if (call[1] == 0) return Errno.EFAULT;
        if (CopyInStrings(call, call[1], out var arguments) is var error and not Errno.None) return error;
        if ((error = CopyInStrings(call, call[2], out var environment)) != Errno.None) return error;
        if (arguments.Count == 0) return Errno.EINVAL;
        if ((error = call.Process.Files.Get(call.Int(0), cap_rights_t.CAP_FEXECVE, out var file)) != Errno.None) return error;
        // fgetvp_exec: opened for reading or executing.
        if (file.Target is not Files.RegularVnode program || (file.Flags & Fcntl.O_ACCMODE) == Fcntl.O_WRONLY) return file.Target is Files.Vnode ? Errno.EACCES : Errno.EINVAL;
        if ((error = Executing.CheckPermissions(call.Process, program)) != Errno.None) return error;
        return await Executing.Execute(call.Lwp, new ExecRequest("", arguments, environment) { File = program, Descriptor = call.Int(0) });
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
        var (idType, id) = Waiting.OfWait4(call.Int(0));
        var (error, result) = await Wait(call, new WaitRequest(idType, id, call.Int(2) | WEXITED | WTRAPPED));
        if (error != Errno.None) return error;
        if (call[1] != 0 && result.Pid != 0 && (error = call.CopyOut(call[1], result.Status)) != Errno.None) return error;
        if (call[3] != 0 && result.Pid != 0 && (error = call.CopyOut(call[3], ResourceUsage.Of(result.Child))) != Errno.None) return error;
        return call.Return(result.Pid);
    }

    [Syscall(532, "pid_t wait6(idtype_t idtype, id_t id, int *status, int options, struct __wrusage *wrusage, siginfo_t *info)")]
    public static async ValueTask<Errno> Wait6(SystemCall call)
    {
        var (error, result) = await Wait(call, new WaitRequest(call.Int(0), call.Long(1), call.Int(3)));
        if (error != Errno.None) return error;
        if (call[2] != 0 && result.Pid != 0 && (error = call.CopyOut(call[2], result.Status)) != Errno.None) return error;
        if (call[4] != 0 && result.Pid != 0)
        {
            // struct __wrusage: the child's, then its own children's.
            if ((error = call.CopyOut(call[4], ResourceUsage.Of(result.Child))) != Errno.None) return error;
            if ((error = call.CopyOut(call[4] + rusage.Bytes, ResourceUsage.OfChildren(result.Child))) != Errno.None) return error;
        }
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
    public static Errno GetParentPid(SystemCall call) => call.Return(Family.ShownParentPid(call.Process));

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
        var error = call.Kernel.Jobs.SetSession(call.Process);
        return error == Errno.None ? call.Return(call.Process.Pid) : error;
    }

    [Syscall(82, "int setpgid(pid_t pid, pid_t pgrp)")]
    public static Errno SetProcessGroup(SystemCall call) => call.Kernel.Jobs.SetGroup(call.Process, call.Int(0), call.Int(1));

    [Syscall(26, "int ptrace(int request, pid_t pid, caddr_t addr, int data)")]
    public static ValueTask<Errno> PtraceCall(SystemCall call) => Ptrace.PtraceSyscall.Run(call);
}
