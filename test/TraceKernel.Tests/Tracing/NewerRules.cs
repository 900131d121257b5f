using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Tests.Tracing.DebuggerMemory;

namespace TraceKernel.Tests.Tracing;

/// <summary>What came after freebsd-13: register sets, core dumps and system calls on a debugger's behalf (section 12).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class NewerRules
{
    private const int NoSuchPid = 4711;

    private const int NT_PRSTATUS = 1, NT_FPREGSET = 2, NT_THRMISC = 7, NT_PTLWPINFO = 17, NT_X86_SEGBASES = 0x200,
        NT_X86_XSTATE = 0x202, NT_ARM_TLS = 0x401, NT_ARM_ADDR_MASK = 0x406;

    [Rule("12 COREDUMP of a wrong size", ESRCH, ESRCH, ESRCH, ESRCH, EINVAL, PT_COREDUMP, 15, Bad)]
    [Rule("12 COREDUMP copies in first", ESRCH, ESRCH, ESRCH, ESRCH, EFAULT, PT_COREDUMP, 16, Bad)]
    [CommonRule("12 COREDUMP of no process", ESRCH, PT_COREDUMP, 16, Good)]
    [Rule("12 SC_REMOTE of a wrong size", ESRCH, ESRCH, ESRCH, ESRCH, EINVAL, PT_SC_REMOTE, 41, Bad)]
    [Rule("12 SC_REMOTE copies in first", ESRCH, ESRCH, ESRCH, ESRCH, EFAULT, PT_SC_REMOTE, 40, Bad)]
    [CommonRule("12 SC_REMOTE of no process", ESRCH, PT_SC_REMOTE, 40, Good)]
    [Rule("12 GETREGSET copies in first", ESRCH, ESRCH, ESRCH, ESRCH, EFAULT, PT_GETREGSET, NT_PRSTATUS, Bad)]
    [Rule("12 SETREGSET copies in first", ESRCH, ESRCH, ESRCH, ESRCH, EFAULT, PT_SETREGSET, NT_PRSTATUS, Bad)]
    public object When_there_is_no_such_process(string kernel, int request, int data, ulong address)
    {
        using var machine = new TestMachine(kernel: kernel);
        return new GuestDebugger(machine).Ptrace(request, NoSuchPid, address, data);
    }

    [Rule("12 SC_REMOTE with nine arguments", ESRCH, ESRCH, ESRCH, ESRCH, EINVAL, 9, Good)]
    [Rule("12 SC_REMOTE whose arguments cannot be read", ESRCH, ESRCH, ESRCH, ESRCH, EFAULT, 2, Bad)]
    [CommonRule("12 SC_REMOTE with eight arguments", ESRCH, 8, Good)]
    public object Arguments_are_read_before_the_target_is_looked_for(string kernel, int count, ulong arguments)
    {
        using var machine = new TestMachine(kernel: kernel);
        var debugger = new GuestDebugger(machine);
        debugger.Memory.Set(Good, new ptrace_sc_remote { pscr_syscall = 20, pscr_nargs = (uint)count, pscr_args = arguments });
        return debugger.Ptrace(PT_SC_REMOTE, NoSuchPid, Good, 40);
    }

    [Rule("12 GETREGSET tells the size of NT_PRSTATUS", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "None 224", NT_PRSTATUS)]
    [Rule("12 GETREGSET tells the size of NT_FPREGSET", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "None 512", NT_FPREGSET)]
    [Rule("12 GETREGSET tells the size of NT_THRMISC", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "None 24", NT_THRMISC)]
    [Rule("12 GETREGSET tells the size of NT_PTLWPINFO", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "None 164", NT_PTLWPINFO)]
    [Rule("12 GETREGSET tells the size of NT_X86_SEGBASES", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "None 16", NT_X86_SEGBASES)]
    [CommonRule("12 GETREGSET of another CPU's set", "EINVAL", NT_ARM_TLS)]
    [CommonRule("12 GETREGSET of an unknown set", "EINVAL", 3)]
    public object Size(string kernel, int note)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var vector = new iovec(0, 77);
        var error = tracee.Request(PT_GETREGSET, ref vector, note);
        return error == None ? $"None {vector.iov_len}" : error.ToString();
    }

    // The whole area, as PT_GETXSTATE_INFO tells it.
    [Rule("12 GETREGSET tells the size of NT_X86_XSTATE", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "the area's")]
    public object Size_of_extended_state(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var vector = new iovec(0, 77);
        var error = tracee.Request(PT_GETREGSET, ref vector, NT_X86_XSTATE);
        if (error != None) return error.ToString();
        var information = new byte[16];
        Assert.That(tracee.Calls.Ptrace(PT_GETXSTATE_INFO, tracee.Pid, information, information.Length), Is.EqualTo(None));
        return vector.iov_len == BitConverter.ToUInt32(information, 8) ? "the area's" : $"{vector.iov_len}";
    }

    [Rule("12 arm64: GETREGSET tells the size of NT_ARM_TLS", null, null, "EINVAL", "EINVAL", "None 8", NT_ARM_TLS)]
    [Rule("12 arm64: GETREGSET tells the size of NT_ARM_ADDR_MASK", null, null, "EINVAL", "EINVAL", "None 16", NT_ARM_ADDR_MASK)]
    [LaterRule("12 arm64: GETREGSET of another CPU's set", "EINVAL", NT_X86_SEGBASES)]
    public object Size_on_arm64(string kernel, int note)
    {
        using var tracee = Tracee.In(new TestMachine(kernel: kernel, cpu: "arm64"), "target.O2", "spin");
        var vector = new iovec(0, 77);
        var error = tracee.Request(PT_GETREGSET, ref vector, note);
        return error == None ? $"None {vector.iov_len}" : error.ToString();
    }

    [Rule("12 allow_ptrace=0 comes before the copy-in", EFAULT, EFAULT, EFAULT, EFAULT, ENOSYS, false)]
    [CommonRule("12 allow_ptrace=1 leaves the copy-in first", EFAULT, true)]
    public object Switched_off(string kernel, bool isAllowed)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        machine.Kernel.Security.AllowPtrace = isAllowed;
        return guest.Ptrace(PT_SETREGS, 4711, DebuggerMemory.Bad);
    }

    [Rule("12 SC_REMOTE at a fork child's first stop", null, null, "EINVAL", "EINVAL", "None")]
    public object Boundary_of_a_child(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "fork");
        Assert.That(tracee.Request(PT_FOLLOW_FORK, 0, 1), Is.EqualTo(None));
        tracee.Continue();
        var child = 0;
        while (child == 0)
        {
            Assert.That(tracee.Calls.Wait6(Abi.Wait.P_ALL, 0, Abi.Wait.WTRAPPED | Abi.Wait.WEXITED, out var found, out _, out _), Is.EqualTo(None));
            if (found != tracee.Pid) child = found;
        }
        var image = new byte[ptrace_sc_remote.Bytes];
        BitConverter.TryWriteBytes(image.AsSpan(ptrace_sc_ret.Bytes), 20);
        return tracee.Calls.Ptrace(PT_SC_REMOTE, child, image, image.Length).ToString();
    }

    [Rule("12 GETREGSET", EINVAL, EINVAL, EINVAL, EINVAL, None, PT_GETREGSET, NT_PRSTATUS, 224, 1)]
    [CommonRule("12 GETREGSET of another size", EINVAL, PT_GETREGSET, NT_PRSTATUS, 223, 1)]
    [CommonRule("12 GETREGSET of a larger size", EINVAL, PT_GETREGSET, NT_FPREGSET, 513, 1)]
    [Rule("12 SETREGSET", EINVAL, EINVAL, EINVAL, EINVAL, None, PT_SETREGSET, NT_FPREGSET, 512, 1)]
    [CommonRule("12 SETREGSET of another size", EINVAL, PT_SETREGSET, NT_FPREGSET, 511, 1)]
    [CommonRule("12 SETREGSET of what can only be read", EINVAL, PT_SETREGSET, NT_THRMISC, 24, 1)]
    [Rule("12 SETREGSET without a buffer", EINVAL, EINVAL, EINVAL, EINVAL, EFAULT, PT_SETREGSET, NT_FPREGSET, 512, 0)]
    [CommonRule("12 SETREGSET looks at the length before the buffer", EINVAL, PT_SETREGSET, NT_FPREGSET, 5, 0)]
    public object Registers_by_note(string kernel, int request, int note, int length, int buffer)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var vector = new iovec((ulong)buffer, (ulong)length);
        return tracee.Calls.Ptrace(
            request, tracee.Pid, 0, note, MemoryMarshal.AsBytes(new Span<iovec>(ref vector)), new byte[buffer == 0 ? 0 : length], out _);
    }

    [Rule("12 SETREGSET does not count as writing the thread's state", null, null, null, null, false)]
    public object No_user_write(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        var vector = new iovec(1, 512);
        var image = MemoryMarshal.AsBytes(new Span<iovec>(ref vector));
        Assert.That(tracee.Calls.Ptrace(PT_SETREGSET, tracee.Pid, 0, NT_FPREGSET, image, new byte[512], out _), Is.EqualTo(None));
        return tracee.Process.FirstThread.Has(DebugFlags.UserWrite);
    }

    [Rule("12 COREDUMP with unknown flags", EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, 4u, "/tmp/core", Fcntl.O_WRONLY)]
    [Rule("12 COREDUMP to a descriptor that is not open", EINVAL, EINVAL, EINVAL, EINVAL, EBADF, 0u, "", 0)]
    [Rule("12 COREDUMP to a file that can only be read", EINVAL, EINVAL, EINVAL, EINVAL, EBADF, 0u, "/tmp/core", Fcntl.O_RDONLY)]
    [Rule("12 COREDUMP to a device", EINVAL, EINVAL, EINVAL, EINVAL, EPIPE, 0u, "/dev/null", Fcntl.O_WRONLY)]
    [Rule("12 COREDUMP to a file", EINVAL, EINVAL, EINVAL, EINVAL, None, 0u, "/tmp/core", Fcntl.O_WRONLY)]
    [Rule("12 COREDUMP of everything to a file", EINVAL, EINVAL, EINVAL, EINVAL, None, 2u, "/tmp/core", Fcntl.O_WRONLY)]
    [Rule("12 COREDUMP looks at the flags before the descriptor", EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, 8u, "", 0)]
    public object Core(string kernel, uint flags, string path, int mode)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        var descriptor = 99;
        if (path.Length > 0) Assert.That(tracee.Calls.Open(path, mode | (path == "/tmp/core" ? Fcntl.O_CREAT : 0), 0x180, out descriptor), Is.EqualTo(None));
        var wanted = new ptrace_coredump(descriptor, flags, 0);
        return tracee.Request(PT_COREDUMP, ref wanted, 16);
    }

    [Rule("12 the process stays stopped after COREDUMP, and reports again", null, null, null, null, "None, EBUSY, SIGSTOP, exit 0")]
    public object After_a_core(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        Assert.That(tracee.Calls.Open("/tmp/core", Fcntl.O_WRONLY | Fcntl.O_CREAT, 0x180, out var descriptor), Is.EqualTo(None));
        var wanted = new ptrace_coredump(descriptor, 0, 0);
        var error = tracee.Request(PT_COREDUMP, ref wanted, 16);
        var refused = tracee.Request(PT_CONTINUE, SamePc);
        var again = tracee.Next();
        tracee.Continue();
        return $"{error}, {refused}, {again}, {tracee.Next()}";
    }

    // At the end of a system call a thread is at the user boundary, on its way in or at a signal's stop before sleeping it is not.
    [Rule("12 SC_REMOTE at the entry of a call", EINVAL, EINVAL, EINVAL, EINVAL, EBUSY, PT_TO_SCE)]
    [Rule("12 SC_REMOTE at the end of a call", EINVAL, EINVAL, EINVAL, EINVAL, None, PT_TO_SCX)]
    public object Boundary(string kernel, int resume)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        if (Personality.Named(kernel)!.Requests.Contains(resume))
        {
            Assert.That(tracee.Request(resume, SamePc), Is.EqualTo(None));
            Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        }
        return Remote(tracee, 20, [], out _);
    }

    [Rule("12 SC_REMOTE at the exec stop: getpid", null, null, null, null, "error 0, pid", 20u, 0UL)]
    [Rule("12 SC_REMOTE of an unknown number", null, null, null, null, "error 78, 0", 9999u, 0UL)]
    [Rule("12 SC_REMOTE of syscall(2)", null, null, null, null, "error 0, pid", 0u, 20UL)]
    [Rule("12 SC_REMOTE of __syscall(2)", null, null, null, null, "error 0, pid", 198u, 20UL)]
    [Rule("12 SC_REMOTE of syscall(2) with an unknown number", null, null, null, null, "error 78, 0", 0u, 9999UL)]
    [Rule("12 SC_REMOTE of a call that fails", null, null, null, null, "error 9, 0", 6u, 99UL)]
    public object Call(string kernel, uint number, ulong argument)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "exit", "4");
        Assert.That(Remote(tracee, number, [argument], out var result), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_GETNUMLWPS), Is.EqualTo(EBUSY), "the stop is to be waited for again");
        Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        tracee.Continue();
        Assert.That(tracee.Next(), Is.EqualTo("exit 4"));
        return $"error {result.sr_error}, {(result.sr_retval0 == (ulong)tracee.Pid ? "pid" : "0")}";
    }

    private static Errno Remote(Tracee tracee, uint number, ulong[] arguments, out ptrace_sc_ret result)
    {
        var call = new ptrace_sc_remote { pscr_syscall = number, pscr_nargs = (uint)arguments.Length };
        var error = tracee.Calls.Ptrace(
            PT_SC_REMOTE, tracee.Pid, 0, ptrace_sc_remote.Bytes, MemoryMarshal.AsBytes(new Span<ptrace_sc_remote>(ref call)),
            MemoryMarshal.AsBytes(arguments.AsSpan()), out _);
        result = call.pscr_ret;
        return error;
    }

    /// <summary>The hour after its first time has begun when the process stands still, or is over when it goes on.</summary>
    [Rule("12 an interval timer that expires in a stopped process is paused until it goes on", null, null, null, "1 hour", "2 hours")]
    public object Timer(string kernel)
    {
        const long hour = 3_600_000_000_000;
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        tracee.Process.Timers.Set(0, nanoseconds: 1, interval: hour);
        // Time passes while another program runs, and is looked at when the next begins.
        for (var times = 0; times < 2; times++)
            Assert.That(tracee.Machine.Wait(tracee.Machine.Start("target.O2", traced: false, "exit", "4")), Is.EqualTo(4 << 8));
        tracee.Continue();
        Assert.That(tracee.Next(), Is.EqualTo("SIGALRM"));
        return tracee.Process.Timers.Get(0).Left > hour ? "2 hours" : "1 hour";
    }

    /// <summary>9: the stops, as well as the end, of a child that is held by a descriptor are for those who ask for it by number.</summary>
    [Rule("12 a child with a descriptor shows its stops to a debugger that waits for anybody", null, null, null, ECHILD, None)]
    public object Held(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        tracee.Continue();
        tracee.Kill(Abi.Signals.SIGUSR1);
        tracee.Process.Descriptor = new TraceKernel.Files.ProcessDescriptor(isDaemon: false);
        return tracee.Calls.Wait6(Abi.Wait.P_ALL, 0, Abi.Wait.WEXITED | Abi.Wait.WTRAPPED, out _, out _, out _);
    }

    // FreeBSD 14 forgets that a thread is new when its debugger leaves.
    [Rule("12 DETACH forgets a thread's birth", null, null, null, "BORN", "")]
    public object Birth(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var lwp = tracee.Process.FirstThread;
        lwp.Debug |= DebugFlags.Born;
        Assert.That(tracee.Request(PT_DETACH, SamePc), Is.EqualTo(None));
        return lwp.Has(DebugFlags.Born) ? "BORN" : "";
    }
}
