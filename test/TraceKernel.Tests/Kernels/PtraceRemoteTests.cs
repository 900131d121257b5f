using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.CoreNotes;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// What ptrace(2) got in FreeBSD 14, asked by a host process: who may be asked, register sets, calls and dumps by the target's own thread.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtraceRemoteTests
{
    private static readonly int[] s_new = [PT_COREDUMP, PT_GETREGSET, PT_SETREGSET, PT_SC_REMOTE];

    private static TestMachine Machine(string personality = "freebsd-14") => new(kernel: personality);

    private static int StartStopped(TestMachine machine, params string[] arguments)
    {
        var pid = machine.Start("target.O2", traced: true, arguments);
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.StopStatus(Abi.Signals.SIGTRAP)));
        return pid;
    }

    /// <summary>Each request with arguments that a stopped tracee answers with no error but <paramref name="request"/>'s own.</summary>
    private static Errno Ask(TestMachine machine, int request, int pid, int? size = null)
    {
        var call = new ptrace_sc_remote { pscr_syscall = 20 };
        var dump = new ptrace_coredump(99, 0, 0);
        var set = new iovec(1, 224);
        var buffer = new byte[224];
        return request switch
        {
            PT_SC_REMOTE => machine.Calls.Ptrace(request, pid, MemoryMarshal.AsBytes(new Span<ptrace_sc_remote>(ref call)), size ?? 40),
            PT_COREDUMP => machine.Calls.Ptrace(request, pid, MemoryMarshal.AsBytes(new Span<ptrace_coredump>(ref dump)), size ?? 16),
            PT_GETREGSET => machine.Calls.Ptrace(request, pid, 0, NT_PRSTATUS, MemoryMarshal.AsBytes(new Span<iovec>(ref set)), buffer, out _),
            _ => SetRegisters(machine, pid),
        };
    }

    private static Errno SetRegisters(TestMachine machine, int pid)
    {
        var set = new iovec(1, 224);
        var image = MemoryMarshal.AsBytes(new Span<iovec>(ref set));
        var buffer = new byte[224];
        machine.Calls.Ptrace(PT_GETREGSET, pid, 0, NT_PRSTATUS, image, buffer, out _);
        return machine.Calls.Ptrace(PT_SETREGSET, pid, 0, NT_PRSTATUS, image, buffer, out _);
    }

    [Test]
    public void In_freebsd_13_they_do_not_exist([ValueSource(nameof(s_new))] int request, [Values(0, 16, 40)] int size)
    {
        using var machine = Machine("freebsd-13");
        var pid = StartStopped(machine, "exit");
        Assert.That(Ask(machine, request, pid, size), Is.EqualTo(EINVAL));
        Assert.That(Ask(machine, request, 4711, size), Is.EqualTo(ESRCH), "and their arguments are not looked at");
    }

    [TestCase("nobody", ESRCH)]
    [TestCase("untraced", EPERM)]
    [TestCase("running", EBUSY)]
    [TestCase("not waited for", EBUSY)]
    [TestCase("stopped", None)]
    public void Who_may_be_asked(string state, Errno expected)
    {
        foreach (var request in s_new)
        {
            using var machine = Machine();
            var pid = state switch
            {
                "nobody" => 4711,
                "untraced" => machine.Start("target.O2", traced: false, "spin"),
                "not waited for" => machine.Start("target.O2", traced: true, "spin"),
                _ => StartStopped(machine, "spin"),
            };
            if (state == "running") machine.Calls.Ptrace(PT_CONTINUE, pid, SamePc, 0);
            // A dump is refused for the descriptor when all else is well.
            Assert.That(Ask(machine, request, pid), Is.EqualTo(expected == None && request == PT_COREDUMP ? EBADF : expected), $"request {request}");
        }
    }

    [TestCase(PT_SC_REMOTE, 39)]
    [TestCase(PT_SC_REMOTE, 0)]
    [TestCase(PT_COREDUMP, 15)]
    [TestCase(PT_COREDUMP, 24)]
    public void A_wrong_size_is_refused_before_the_target_is_looked_for(int request, int size)
    {
        using var machine = Machine();
        Assert.That(Ask(machine, request, 4711, size), Is.EqualTo(EINVAL));
    }

    [Test]
    public void The_exec_stop_is_at_the_boundary_and_is_reported_again()
    {
        using var machine = Machine();
        var pid = StartStopped(machine, "exit", "6");
        var call = new ptrace_sc_remote { pscr_syscall = 20 };
        Assert.That(machine.Calls.Ptrace(PT_SC_REMOTE, pid, MemoryMarshal.AsBytes(new Span<ptrace_sc_remote>(ref call)), 40), Is.EqualTo(None));
        Assert.That((call.pscr_ret.sr_retval0, call.pscr_ret.sr_error), Is.EqualTo(((ulong)pid, 0)));
        Assert.That(machine.Calls.Ptrace(PT_CONTINUE, pid, SamePc, 0), Is.EqualTo(EBUSY), "not waited for");
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.StopStatus(Abi.Signals.SIGTRAP)));
        var info = default(ptrace_lwpinfo);
        Assert.That(machine.Calls.Ptrace(PT_LWPINFO, pid, MemoryMarshal.AsBytes(new Span<ptrace_lwpinfo>(ref info)), 160), Is.EqualTo(None));
        Assert.That((info.pl_flags, info.pl_syscall_code), Is.EqualTo((PL_FLAG_EXEC | PL_FLAG_SCX, 59u)), "the call of the stop, not the debugger's");
        Assert.That(machine.Calls.Ptrace(PT_CONTINUE, pid, SamePc, 0), Is.EqualTo(None));
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.ExitStatus(6)));
    }

    [Test]
    public void Nobody_else_runs_and_no_instruction_is_executed_meanwhile()
    {
        using var machine = Machine();
        var spinning = machine.Start("target.O2", traced: false, "spin");
        var pid = StartStopped(machine, "exit");
        var before = (machine.Kernel.Scheduler.Retired, machine.Kernel.Find(spinning)!.FirstThread.Cpu.Retired);
        Assert.That(Ask(machine, PT_SC_REMOTE, pid), Is.EqualTo(None));
        Assert.That((machine.Kernel.Scheduler.Retired, machine.Kernel.Find(spinning)!.FirstThread.Cpu.Retired), Is.EqualTo(before));
    }

    [Test]
    public void A_second_request_sleeps_until_the_first_has_ended()
    {
        using var machine = Machine();
        var debugger = machine.Start("target.O2", traced: false, "debug");
        machine.Run(200_000);
        var process = machine.Kernel.Processes.Single(process => process.Pid != debugger && process.IsTraced);
        var thread = machine.Kernel.Find(debugger)!.FirstThread;
        Assert.That(thread.IsSleeping, Is.False, "its requests are answered");

        var first = new RemoteRequest(process.FirstThread, "test", (_, _) => new(None));
        process.RemoteRequest = first;
        machine.Run(200_000);
        Assert.That((thread.IsSleeping, thread.WaitMessage, thread.Interruptible), Is.EqualTo((true, "pptrace", true)));
        var retired = thread.Cpu.Retired;
        first.Finish([]);
        machine.Run(200_000);
        Assert.That(process.RemoteRequest, Is.Null);
        Assert.That(thread.IsSleeping, Is.False);
        Assert.That(thread.Cpu.Retired, Is.GreaterThan(retired));
    }

    [TestCase("freebsd-13", true)]
    [TestCase("freebsd-14", false)]
    public void Whether_a_thread_that_was_left_at_its_birth_stays_newborn(string personality, bool stays)
    {
        using var machine = Machine(personality);
        var pid = StartStopped(machine, "spin");
        var lwp = machine.Kernel.Find(pid)!.FirstThread;
        lwp.Debug |= TraceKernel.Processes.DebugFlags.Born;
        Assert.That(machine.Calls.Ptrace(PT_DETACH, pid, SamePc, 0), Is.EqualTo(None));
        Assert.That(lwp.Has(TraceKernel.Processes.DebugFlags.Born), Is.EqualTo(stays));
    }

    [TestCase("freebsd-13", None)]
    [TestCase("freebsd-14", ENOSYS)]
    public void It_can_be_switched_off(string personality, Errno expected)
    {
        using var machine = Machine(personality);
        var pid = StartStopped(machine, "exit");
        machine.Kernel.Security.AllowPtrace = false;
        Assert.That(machine.Calls.Ptrace(PT_GETNUMLWPS, pid, 0, 0), Is.EqualTo(expected));
        Assert.That(machine.Calls.Ptrace(PT_SET_EVENT_MASK, 4711, 0, 3), Is.EqualTo(expected == None ? EINVAL : expected), "before anything else");
    }

    [TestCase("freebsd-13", 1300139, "13.0-RELEASE")]
    [TestCase("freebsd-14", 1400097, "14.0-RELEASE")]
    public void Release(string personality, int date, string name)
    {
        using var machine = Machine(personality);
        var value = new byte[64];
        Assert.That(machine.Calls.Sysctl([Mib.CTL_KERN, Mib.KERN_OSRELDATE], value, out _), Is.EqualTo(None));
        Assert.That(BitConverter.ToInt32(value), Is.EqualTo(date));
        Assert.That(machine.Calls.Sysctl([Mib.CTL_KERN, Mib.KERN_OSRELEASE], value, out var length), Is.EqualTo(None));
        Assert.That(System.Text.Encoding.ASCII.GetString(value, 0, length - 1), Is.EqualTo(name));
    }
}
