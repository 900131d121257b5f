using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Cores;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>
/// Requests that the target's own thread carries out: PT_COREDUMP and PT_SC_REMOTE. The stop is reported again afterwards.
/// </summary>
internal static class RemoteRequests
{
    /// <summary>Checks in this order: flags, descriptor, kind of file, a thread that stands in a debugger's stop.</summary>
    [Ptrace(PT_COREDUMP, Target.StoppedLwp)]
    public static Errno CoreDump(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<ptrace_coredump>(call.Image, out var wanted)) return Errno.EFAULT;
        if ((wanted.pc_flags & ~(PC_COMPRESS | PC_ALL)) != 0) return Errno.EINVAL;
        if (call.Caller.Files.Get(wanted.pc_fd, out var file) is not Errno.None and var error) return error;
        if (!file.CanWrite) return Errno.EBADF;
        if (file.Target is not RegularVnode) return Errno.EPIPE;
        if (Dumper(call.Process) is not { } lwp) return Errno.EBUSY;
        var limit = wanted.pc_limit == 0 ? long.MaxValue : wanted.pc_limit;
        var contents = (wanted.pc_flags & PC_ALL) != 0 ? CoreContents.All : CoreContents.Usual;
        var compress = (wanted.pc_flags & PC_COMPRESS) != 0;
        Post(ref call, lwp, "crdmp", (dumper, _) => new(Cores.CoreDump.Write(dumper, file, limit, contents, compress)));
        return Errno.None;
    }

    /// <summary>ptrace_sel_coredump_thread.</summary>
    private static Lwp? Dumper(Process process)
    {
        foreach (var lwp in process.Threads)
            if (lwp.Has(DebugFlags.Switched)) return lwp;
        return null;
    }

    /// <summary>EBUSY for a thread that stopped elsewhere than on its way to user mode.</summary>
    [Ptrace(PT_SC_REMOTE, Target.StoppedLwp)]
    public static Errno SystemCall(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<ptrace_sc_remote>(call.Image, out var wanted) || (ulong)call.Buffer.Length < wanted.pscr_nargs * sizeof(ulong))
            return Errno.EFAULT;
        if (!call.Lwp.Has(DebugFlags.Boundary)) return Errno.EBUSY;
        var made = new SystemCall(call.Lwp) { Code = wanted.pscr_syscall, ArgumentCount = (int)wanted.pscr_nargs };
        MemoryMarshal.Cast<byte, ulong>(call.Buffer)[..made.ArgumentCount].CopyTo(made.Arguments);
        Post(ref call, call.Lwp, "pscrx", async (_, request) =>
        {
            request.Result = await Make(made);
            return Errno.None;
        });
        return Errno.None;
    }

    // ptrace_syscallreq
    private static async ValueTask<ptrace_sc_ret> Make(SystemCall call)
    {
        var calls = call.Kernel.SystemCalls;
        if (call.Code > SyscallTable.HighestNumber) return new ptrace_sc_ret { sr_error = (int)Errno.ENOSYS };
        if (call.Code is SyscallTable.Indirect or SyscallTable.Indirect64)
        {
            call.Code = (uint)call[0];
            call.Arguments[1..].CopyTo(call.Arguments);
            if (call.Code > SyscallTable.HighestNumber) return new ptrace_sc_ret { sr_error = (int)Errno.ENOSYS };
        }
        var error = await calls.Run(call);
        return new ptrace_sc_ret { sr_error = (int)error, sr_retval0 = call.Value, sr_retval1 = call.SecondValue };
    }

    private static void Post(ref PtraceCall call, Lwp lwp, string waitMessage, Func<Lwp, RemoteRequest, ValueTask<Errno>> work)
    {
        call.Remote = new RemoteRequest(lwp, waitMessage, work);
        call.Remote.Start();
    }
}
