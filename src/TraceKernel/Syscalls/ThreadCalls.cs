using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>System calls on threads: kern_thr.c.</summary>
internal static class ThreadCalls
{
    /// <summary>Most threads of a process (kern.threads.max_threads_per_proc).</summary>
    private const int MaximumThreads = 1500;

    [StructLayout(LayoutKind.Explicit, Size = 104)]
    private struct ThreadParameters
    {
        [FieldOffset(0)] public ulong Start;
        [FieldOffset(8)] public ulong Argument;
        [FieldOffset(16)] public ulong StackBase;
        [FieldOffset(24)] public ulong StackSize;
        [FieldOffset(32)] public ulong TlsBase;
        [FieldOffset(48)] public ulong ChildTid;
        [FieldOffset(56)] public ulong ParentTid;
        [FieldOffset(72)] public ulong Priority;
    }

    [Syscall(432, "int thr_self(long *id)")]
    public static Errno ThreadSelf(SystemCall call) => call.CopyOut(call[0], (long)call.Lwp.Tid);

    [Syscall(455, "int thr_new(struct thr_param *param, int param_size)")]
    public static Errno ThreadNew(SystemCall call)
    {
        var size = call.Int(1);
        if (size is < 0 or > 104) return Errno.EINVAL;
        var image = new byte[104];
        if (call.Memory.CopyIn(call[0], image.AsSpan(0, size)) is var error and not Errno.None) return error;
        var parameters = MemoryMarshal.Read<ThreadParameters>(image);
        if (NewPriority(call, parameters.Priority, out var priority) is var refused and not Errno.None) return refused;
        var process = call.Process;
        if (process.Threads.Count >= MaximumThreads) return Errno.EPROCLIM;
        if (!call.Kernel.HasRoomForThread(process)) return Errno.ENOMEM;
        var created = call.Kernel.CreateLwp(process);
        error = Prepare(call, created, parameters);
        if (error != Errno.None)
        {
            process.Threads.Remove(created);
            return error;
        }
        created.Priority = priority;
        Start(created);
        return Errno.None;
    }

    /// <summary>sys_thr_create: the thread begins with the registers of a context; the flags are not looked at.</summary>
    [Syscall(430, "int thr_create(ucontext_t *ctx, long *id, int flags)")]
    public static Errno ThreadCreate(SystemCall call)
    {
        var process = call.Process;
        if (process.Threads.Count >= MaximumThreads) return Errno.EPROCLIM;
        if (!call.Kernel.HasRoomForThread(process)) return Errno.ENOMEM;
        var created = call.Kernel.CreateLwp(process);
        var architecture = call.Kernel.Architecture;
        architecture.ForkChild(call.Lwp.Cpu, created.Cpu);
        var error = call[1] == 0 || call.CopyOut(call[1], (long)created.Tid) == Errno.None ? Errno.None : Errno.EFAULT;
        // set_mcontext: the mask of the context is not the thread's.
        if (error == Errno.None) error = architecture.SetContext(created.Cpu, call.Memory, call[0], out _);
        if (error is not (Errno.None or Errno.EJUSTRETURN))
        {
            process.Threads.Remove(created);
            return error;
        }
        Inherit(call, created);
        Start(created);
        return Errno.None;
    }

    private static void Start(Lwp created)
    {
        UserLoop.Start(created, self =>
        {
            Watching.Tell(self, User.ProgramEventKind.Thread);
            return Forking.ForkReturn(self);
        });
        created.Process.Kernel.Scheduler.MakeReady(created);
    }

    /// <summary>thread_create's judgement on a struct rtprio; without one the thread has its maker's. EPERM unless root asks for real time.</summary>
    private static Errno NewPriority(SystemCall call, ulong address, out rtprio priority)
    {
        priority = call.Lwp.Priority;
        if (address == 0) return Errno.None;
        if (call.CopyIn(address, out rtprio wanted) is var error and not Errno.None) return error;
        switch ((int)wanted.type)
        {
            case Scheduling.RTP_PRIO_REALTIME or Scheduling.RTP_PRIO_FIFO:
                if (!call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
                if (wanted.prio > Scheduling.RTP_PRIO_MAX) return Errno.EINVAL;
                priority = wanted;
                return Errno.None;
            case Scheduling.RTP_PRIO_NORMAL:
                if (priority.Base != Scheduling.RTP_PRIO_NORMAL) priority = rtprio.Normal;
                return Errno.None;
            default:
                return Errno.EINVAL;
        }
    }

    private static Errno Prepare(SystemCall call, Lwp created, in ThreadParameters parameters)
    {
        var architecture = call.Kernel.Architecture;
        if (parameters.ChildTid != 0 && call.CopyOut(parameters.ChildTid, (long)created.Tid) != Errno.None) return Errno.EFAULT;
        if (parameters.ParentTid != 0 && call.CopyOut(parameters.ParentTid, (long)created.Tid) != Errno.None) return Errno.EFAULT;
        architecture.SetUpcall(call.Lwp.Cpu, created.Cpu, parameters.Start, parameters.Argument, parameters.StackBase, parameters.StackSize);
        created.IsBornStepping = architecture.IsSingleStepping(created.Cpu);
        if (parameters.TlsBase != 0 && architecture.SetUserTls(created.Cpu, parameters.TlsBase) is var error and not Errno.None) return error;
        Inherit(call, created);
        return Errno.None;
    }

    /// <summary>What thread_create hands on whatever the registers.</summary>
    private static void Inherit(SystemCall call, Lwp created)
    {
        created.Name = call.Process.Name;
        created.SignalMask = call.Lwp.SignalMask;
        created.InheritScheduling(call.Lwp);
        created.Call.Code = call.Code;
        created.Call.ArgumentCount = call.ArgumentCount;
        call.Arguments.CopyTo(created.Call.Arguments);
        if (call.Process.IsTraced && (call.Process.TraceEvents & Abi.Ptrace.PTRACE_LWP) != 0) created.Debug |= DebugFlags.Born;
    }

    [Syscall(431, "void thr_exit(long *state)")]
    public static async ValueTask<Errno> ThreadExit(SystemCall call)
    {
        UmtxRobustLists.CleanUp(call.Lwp);
        if (call[0] != 0)
        {
            // Whoever joins this thread waits for the word to change.
            call.CopyOut(call[0], 1L);
            UmtxCalls.WakeUp(call.Process, call[0], int.MaxValue, UmtxSharing.Automatic);
        }
        // The last thread goes back to user mode: libc then calls exit.
        if (call.Process.Threads.Count > 1) await Exiting.ExitThread(call.Lwp);
        return Errno.None;
    }

    [Syscall(442, "int thr_suspend(const struct timespec *timeout)")]
    public static async ValueTask<Errno> ThreadSuspend(SystemCall call)
    {
        var (lwp, deadline) = (call.Lwp, long.MaxValue);
        if (call[0] != 0)
        {
            if (call.CopyIn<timespec>(call[0], out var time) is var fault and not Errno.None) return fault;
            if (!UmtxTimeout.IsInterval(time)) return Errno.EINVAL;
            deadline = TimeCalls.After(call.Kernel.Uptime, time);
        }
        var error = Errno.None;
        while (!lwp.WakeupPending && error == Errno.None)
            error = deadline <= call.Kernel.Uptime ? Errno.EWOULDBLOCK : await lwp.Sleep(lwp, "lthr", deadline);
        if (lwp.WakeupPending)
        {
            lwp.WakeupPending = false;
            return Errno.None;
        }
        if (error == Errno.EWOULDBLOCK) return Errno.ETIMEDOUT;
        return error == Errno.ERESTART && call[0] != 0 ? Errno.EINTR : error;
    }

    [Syscall(443, "int thr_wake(long id)")]
    public static Errno ThreadWake(SystemCall call)
    {
        foreach (var lwp in call.Process.Threads)
        {
            if (lwp.Tid != call.Long(0)) continue;
            lwp.WakeupPending = true;
            call.Kernel.Wakeup(lwp);
            return Errno.None;
        }
        return Errno.ESRCH;
    }

    [Syscall(464, "int thr_set_name(long id, const char *name)")]
    public static Errno ThreadSetName(SystemCall call)
    {
        var name = "";
        if (call[1] != 0 && call.Memory.CopyInString(call[1], 20, out name) is var error and not (Errno.None or Errno.ENAMETOOLONG)) return error;
        foreach (var lwp in call.Process.Threads)
        {
            if (lwp.Tid != call.Long(0)) continue;
            lwp.Name = name.Length > 19 ? name[..19] : name;
            return Errno.None;
        }
        return Errno.ESRCH;
    }
}
