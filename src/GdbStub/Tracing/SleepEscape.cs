using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace GdbStub.Tracing;

/// <summary>
/// A client that moves the pc of a thread which sleeps in a system call, to call a function for example, means the thread to run there now.
/// The kernel would let it sleep on, and would write the call's result over the new registers (cpu_set_syscall_retval). So the sleep is ended
/// first, as attaching ends it: by SIGSTOP (kern_sig.c, tdsigwakeup). The thread then stands at the user boundary, where its registers make the
/// call again or return EINTR from it, and where new registers hold.
/// </summary>
internal sealed class SleepEscape(SystemCalls system, RegisterLayout layout, Tracee process)
{
    /// <summary>
    /// Acts on a pc that the client has moved since the stop. When it was moved away from a sleep, the sleep is ended. When it was moved back to a
    /// sleep that was ended, each word of the image that equals the sleep's is replaced by the word of the user boundary.
    /// </summary>
    public void Settle(TracedThread thread)
    {
        var registers = thread.Registers;
        if (registers.Original is not { } original || registers.Fetch(RegisterImage.General, out var image) != Errno.None) return;
        if (Pc(original) == Pc(image)) return;
        if (thread.EndedSleeps.Count > 0 || IsAsleep(thread)) Settle(thread, original.ToArray(), image.ToArray());
    }

    private void Settle(TracedThread thread, byte[] original, byte[] wanted)
    {
        if (IsAsleep(thread))
        {
            if (system.Ptrace(PT_SETREGS, thread.Lwp, original) == Errno.None && End(thread, original)) Put(thread, wanted);
            return;
        }
        var index = thread.EndedSleeps.FindLastIndex(
            sleep => Pc(sleep.Asleep) == Pc(wanted) && Word(sleep.Asleep, layout.Target.SpNumber) == Word(wanted, layout.Target.SpNumber));
        if (index < 0) return;
        var (asleep, awake) = thread.EndedSleeps[index];
        thread.EndedSleeps.RemoveRange(index, thread.EndedSleeps.Count - index);
        Merge(MemoryMarshal.Cast<byte, ulong>(wanted.AsSpan()), MemoryMarshal.Cast<byte, ulong>(asleep.AsSpan()), MemoryMarshal.Cast<byte, ulong>(awake.AsSpan()));
        Put(thread, wanted);
    }

    /// <summary>Ends the sleep of a thread that the client has left alone.</summary>
    /// <returns>False when the process has ended instead, which is in store to be reported.</returns>
    public bool End(TracedThread thread) =>
        thread.Registers.Fetch(RegisterImage.General, out var image) == Errno.None && End(thread, image.ToArray());

    private bool End(TracedThread thread, byte[] asleep)
    {
        var run = new LoneRun(system, process, thread);
        var error = run.Until(() => Errno.None, () => Stop(thread), (signal, _) => signal == SIGSTOP);
        if (error != Errno.None) return false;
        run.Return();
        var awake = new byte[asleep.Length];
        if (system.Ptrace(PT_GETREGS, thread.Lwp, awake) != Errno.None) return false;
        thread.Remember(asleep, awake);
        return true;
    }

    // Where threads have no ids, the process is the thread.
    private Errno Stop(TracedThread thread) =>
        thread.Lwp == process.Pid ? system.Kill(process.Pid, SIGSTOP) : system.ThreadKill(process.Pid, thread.Lwp, SIGSTOP);

    /// <summary>Whether a thread sleeps in the kernel where a signal ends its sleep. The parent of a vfork child hears no signal.</summary>
    private bool IsAsleep(TracedThread thread)
    {
        if (thread.VforkChild is not null) return false;
        // The thread that has reported stands in its stop.
        if (system.LwpInfo(process.Pid, out var reporter) == Errno.None && reporter.pl_lwpid == thread.Lwp) return false;
        foreach (var info in system.ReadThreads(process.Pid))
            if (info.ki_tid == thread.Lwp) return info.IsAsleep;
        return false;
    }

    private static void Merge(Span<ulong> wanted, ReadOnlySpan<ulong> asleep, ReadOnlySpan<ulong> awake)
    {
        for (var word = 0; word < wanted.Length; word++)
            if (wanted[word] == asleep[word]) wanted[word] = awake[word];
    }

    private void Put(TracedThread thread, byte[] image)
    {
        _ = system.Ptrace(PT_SETREGS, thread.Lwp, image);
        thread.Registers.Invalidate();
    }

    private ulong Pc(ReadOnlySpan<byte> image) => Word(image, layout.Target.PcNumber);

    private ulong Word(ReadOnlySpan<byte> image, int number)
    {
        Span<byte> wire = stackalloc byte[sizeof(ulong)];
        layout.Target.ToWire(number, image, wire);
        return MemoryMarshal.Read<ulong>(wire);
    }
}
