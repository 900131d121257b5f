using System.Buffers.Binary;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace GdbStub.Tests.Tracing;

/// <summary>A stop that a thread has come to and the kernel may yet have to report.</summary>
/// <param name="Info">What the debugger has put in the place of the kernel's siginfo.</param>
internal sealed record FakeStop(int Signal, int Flags, int Code = 0, int Child = 0, siginfo? Info = null);

/// <summary>A thread of a scripted process: FreeBSD's register images and what ptrace knows of it.</summary>
internal sealed class FakeThread(int lwp)
{
    public int Lwp { get; } = lwp;
    public byte[] General { get; init; } = new byte[176];
    public byte[] FloatingPoint { get; } = new byte[512];
    public byte[] FsBase { get; } = new byte[8];
    public byte[] DebugRegisters { get; init; } = new byte[128];
    public bool Suspended { get; set; }
    public bool Exiting { get; set; }
    public FakeStop? Stop { get; set; }

    public ulong Pc { get => Get(136); set => Set(136, value); }
    public ulong Rdi { get => Get(64); set => Set(64, value); }
    public bool Trap { get => (Get(152) & 0x100) != 0; set => Set(152, value ? Get(152) | 0x100 : Get(152) & ~0x100UL); }

    private ulong Get(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(General.AsSpan(offset));
    private void Set(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(General.AsSpan(offset), value);
}

/// <summary>A process of one-byte instructions whose traps, signals and forks follow freebsd-13's rules.</summary>
internal sealed class FakeProcess(int pid, byte[] memory)
{
    public const ulong Base = 0x1000;
    public const byte Nop = 0x90, Int3 = 0xcc, Loop = 0xeb, Exit = 0xe0, Store = 0xa0, Fork = 0xf0, Vfork = 0xf1, Exec = 0xf2,
        Raise = 0xf3, Spawn = 0xf5, ThreadExit = 0xf6, Abort = 0xf7;

    public int Pid { get; } = pid;
    public byte[] Memory { get; set; } = memory;
    public List<FakeThread> Threads { get; } = [];
    /// <summary>From here on the memory can only be read, by debuggers too.</summary>
    public ulong Unwritable { get; set; } = ulong.MaxValue;
    public bool Traced { get; set; }
    public bool Stopped { get; set; }
    public bool Waited { get; set; }
    public FakeThread? Reporter { get; set; }
    public int StopSignal { get; set; }
    public int? End { get; set; }
    public int EventMask { get; set; } = PTRACE_EXEC;
    public SortedSet<int> Pending { get; } = [];
    public List<int> Delivered { get; } = [];
    public FakeProcess? VforkParent { get; set; }
    public FakeThread? WaitsForVfork { get; set; }

    public FakeThread Main => Threads[0];

    public bool Contains(ulong address, ulong length) => length <= (ulong)Memory.Length && address - Base <= (ulong)Memory.Length - length;

    /// <summary>One round: signals, then an instruction of every thread that may run; the first thread with a stop reports.</summary>
    public void Round(FakeKernel kernel)
    {
        if (Stopped || End is not null) return;
        foreach (var thread in Threads.ToArray())
        {
            if (thread.Suspended || thread.Stop is not null || thread == WaitsForVfork) continue;
            if (thread.Exiting)
            {
                Threads.Remove(thread);
                continue;
            }
            if (Pending.Count > 0) TakeSignal(thread);
            else Execute(kernel, thread);
            if (End is not null) return;
        }
        Report();
    }

    /// <summary>ptracestop: one thread becomes the reporter, the others keep their stops.</summary>
    public void Report()
    {
        if (!Traced || Stopped || End is not null) return;
        var reporter = Threads.Find(thread => thread is { Stop: not null, Suspended: false });
        if (reporter is null) return;
        (Stopped, Waited, Reporter, StopSignal) = (true, false, reporter, reporter.Stop!.Signal);
    }

    /// <summary>PT_CONTINUE.</summary>
    public void Resume(int signal)
    {
        if (Reporter is { } reporter)
        {
            reporter.Stop = null;
            if (signal != 0) Deliver(signal);
        }
        (Stopped, Reporter) = (false, null);
        Report();
    }

    private void TakeSignal(FakeThread thread)
    {
        var signal = Pending.Min;
        Pending.Remove(signal);
        if (Traced) thread.Stop = new FakeStop(signal, signal == SIGSTOP ? 0 : PL_FLAG_SI, SI_USER);
        else if (signal == SIGSTOP) Stopped = true;
        else Deliver(signal);
    }

    private void Deliver(int signal)
    {
        Delivered.Add(signal);
        // All that the tests use but SIGUSR1 ends the process; SIGSTOP passed back is swallowed.
        if (signal is not (SIGUSR1 or SIGUSR2 or SIGSTOP)) Finish(Wait.SignalStatus(signal, core: false));
    }

    private void Finish(int status)
    {
        End = status;
        EndVfork();
    }

    private void EndVfork()
    {
        if (VforkParent is not { WaitsForVfork: { } waiting } parent) return;
        VforkParent = null;
        parent.WaitsForVfork = null;
        if ((parent.EventMask & PTRACE_VFORK) != 0) waiting.Stop = new FakeStop(SIGTRAP, PL_FLAG_VFORK_DONE);
    }

    private void Execute(FakeKernel kernel, FakeThread thread)
    {
        var at = thread.Pc;
        if (Hits(thread, 1, at))
        {
            Trap(thread, SIGTRAP, TRAP_TRACE);
            return;
        }
        thread.Pc++;
        var watched = false;
        switch (Contains(at, 1) ? Memory[at - Base] : Abort)
        {
            case Int3: Trap(thread, SIGTRAP, TRAP_BRKPT); return;
            case Loop: thread.Pc = at; break;
            case Exit: Finish(Wait.ExitStatus((int)thread.Rdi)); return;
            case Store:
                Memory[thread.Rdi - Base] ^= 0xff;
                watched = Hits(thread, 2, thread.Rdi) || Hits(thread, 4, thread.Rdi);
                break;
            case Fork: kernel.ForkFrom(this, thread, isVfork: false); break;
            case Vfork: kernel.ForkFrom(this, thread, isVfork: true); break;
            case Exec:
                Memory = kernel.ExecutedProgram;
                thread.Pc = Base;
                thread.DebugRegisters.AsSpan().Clear();
                EndVfork();
                if (Traced) thread.Stop = new FakeStop(SIGTRAP, PL_FLAG_EXEC | PL_FLAG_SCX);
                break;
            case Raise: Pending.Add(SIGUSR1); break;
            case Spawn: kernel.SpawnThread(this, thread); break;
            case ThreadExit:
                thread.Exiting = true;
                if ((EventMask & PTRACE_LWP) != 0) thread.Stop = new FakeStop(SIGTRAP, PL_FLAG_EXITED | PL_FLAG_SCE);
                return;
            case Abort: Trap(thread, SIGSEGV, SEGV_MAPERR); return;
        }
        if (thread.Stop is null && (thread.Trap || watched))
        {
            thread.Trap = false;
            Trap(thread, SIGTRAP, TRAP_TRACE);
        }
    }

    private void Trap(FakeThread thread, int signal, int code)
    {
        if (Traced) thread.Stop = new FakeStop(signal, PL_FLAG_SI, code);
        else Deliver(signal);
    }

    private static bool Hits(FakeThread thread, int kind, ulong address)
    {
        var image = thread.DebugRegisters;
        for (var slot = 0; slot < FakeTarget.Slots; slot++)
        {
            var start = BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(8 * slot));
            if (image[FakeTarget.KindAt + slot] != kind || address - start >= image[FakeTarget.LengthAt + slot]) continue;
            image[FakeTarget.HitsAt] |= (byte)(1 << slot);
            return true;
        }
        return false;
    }
}
