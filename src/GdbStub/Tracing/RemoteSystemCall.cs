using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace GdbStub.Tracing;

/// <summary>
/// A system call that a stopped process makes for its debugger and knows nothing of: PT_SC_REMOTE. FreeBSD 13 has none, and 14 has it for
/// threads at the user boundary only: there one thread steps over the system call instruction of the signal trampoline, with every other
/// thread held; then its registers are put back.
/// </summary>
internal sealed class RemoteSystemCall(SystemCalls system, IDebugTarget target, Tracee process)
{
    private const int SYS_munmap = 73, SYS_mmap = 477;

    /// <summary>Maps private memory of no file.</summary>
    /// <param name="protection">PROT_READ and so on.</param>
    public Errno Map(ulong bytes, int protection, out ulong address) =>
        Run(SYS_mmap, [0, bytes, (ulong)protection, Mman.MAP_PRIVATE | Mman.MAP_ANON, ulong.MaxValue, 0], out address);

    public Errno Unmap(ulong address, ulong bytes) => Run(SYS_munmap, [address, bytes], out _);

    /// <summary>Makes the call.</summary>
    /// <returns>The call's error; EBUSY when every thread is inside a system call of its own, which has to end first.</returns>
    private Errno Run(int number, ReadOnlySpan<ulong> arguments, out ulong result)
    {
        var call = new ptrace_sc_remote { pscr_syscall = (uint)number, pscr_nargs = (uint)arguments.Length };
        Span<ulong> copied = stackalloc ulong[ptrace_sc_remote.MaximumArguments];
        arguments.CopyTo(copied);
        var error = system.Ptrace(
            PT_SC_REMOTE, process.Pid, 0, ptrace_sc_remote.Bytes, MemoryMarshal.AsBytes(new Span<ptrace_sc_remote>(ref call)),
            MemoryMarshal.AsBytes(copied[..arguments.Length]), out _);
        if (error != Errno.None) return Inject(number, arguments, out result);
        system.TakeRepeatedStop(process.Pid);
        result = call.pscr_ret.sr_retval0;
        return (Errno)call.pscr_ret.sr_error;
    }

    private Errno Inject(int number, ReadOnlySpan<ulong> arguments, out ulong result)
    {
        result = 0;
        if (FindInstruction() is not { } instruction) return Errno.EFAULT;
        if ((FindThread() ?? Wake()) is not { } thread) return Errno.EBUSY;
        Span<byte> saved = new byte[target.RegBytes], registers = new byte[target.RegBytes];
        var error = system.Ptrace(PT_GETREGS, thread.Lwp, saved);
        if (error != Errno.None) return error;
        saved.CopyTo(registers);
        target.SetSystemCall(registers, instruction, number, arguments);
        error = system.Ptrace(PT_SETREGS, thread.Lwp, registers);
        if (error != Errno.None) return error;
        var run = new LoneRun(system, process, thread);
        error = run.Until(
            () => system.Ptrace(PT_SETSTEP, thread.Lwp, 0, 0), () => Errno.None,
            (signal, info) => signal == SIGTRAP && info.pl_siginfo.si_code == TRAP_TRACE);
        if (error == Errno.None) error = system.Ptrace(PT_GETREGS, thread.Lwp, registers);
        if (error == Errno.None) error = target.SystemCallResult(registers, out result);
        if (process.Ended) return Errno.ESRCH;
        var restored = system.Ptrace(PT_SETREGS, thread.Lwp, saved);
        run.Return();
        return error != Errno.None ? error : restored;
    }

    /// <summary>The first system call instruction of the code that calls signal handlers: there is one in every process.</summary>
    private ulong? FindInstruction()
    {
        if (system.ReadSignalTrampoline(process.Pid, out var start, out var end) != Errno.None || end <= start) return null;
        var code = new byte[Math.Min(end - start, 256)];
        if (process.Memory.Read(start, code, out var count) != Errno.None) return null;
        var index = code.AsSpan(0, count).IndexOf(target.SystemCallInstruction);
        return index < 0 ? null : start + (ulong)index;
    }

    /// <summary>
    /// A thread that stands in its program. One that sleeps in the kernel goes on sleeping when it is continued, whatever its registers
    /// say.
    /// </summary>
    private TracedThread? FindThread()
    {
        foreach (var info in system.ReadThreads(process.Pid))
            if (!info.IsAsleep && process.FindThread(info.ki_tid) is { UnreportedBreakpoint: null } thread)
                return thread;
        return null;
    }

    /// <summary>Where all threads sleep, the sleep of one is ended.</summary>
    private TracedThread? Wake() =>
        process.ThreadList.Find(thread => thread is { UnreportedBreakpoint: null, VforkChild: null }) is { } thread && process.Sleeps.End(thread)
            ? thread : null;
}
