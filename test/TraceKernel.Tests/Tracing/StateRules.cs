using NUnit.Framework;
using TraceKernel.Processes;
using TraceKernel.Signals;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Tracing;

/// <summary>What a stopped tracee shows of itself: PT_LWPINFO, the list of threads (section 8), registers (sections 9 and 17).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class StateRules
{
    [LaterRule("8 LWPINFO of size 0", EINVAL, 0)]
    [LaterRule("8 LWPINFO of a negative size", EINVAL, -1)]
    [LaterRule("8 LWPINFO of 4 bytes", None, 4)]
    [LaterRule("8 LWPINFO of 127 bytes", None, 127)]
    [LaterRule("8 LWPINFO of 152 bytes", None, 152)]
    [Rule("8 LWPINFO of 153 bytes", null, null, EINVAL, None, None, 153)]
    [Rule("8 LWPINFO of 160 bytes", EINVAL, EINVAL, EINVAL, None, None, 160)]
    [LaterRule("8 LWPINFO of 161 bytes", EINVAL, 161)]
    public object Size(string kernel, int size)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        return tracee.Calls.Ptrace(PT_LWPINFO, tracee.Pid, new byte[200], size);
    }

    [LaterRule("8 LWPINFO of a signal stop has siginfo where there is room", PL_FLAG_SI, 128)]
    [LaterRule("8 LWPINFO of a signal stop has no siginfo where there is none", 0, 127)]
    public object Room_for_siginfo(string kernel, int size)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        var image = new byte[200];
        Assert.That(tracee.Calls.Ptrace(PT_LWPINFO, tracee.Pid, image, size), Is.EqualTo(None));
        return BitConverter.ToInt32(image, 8);
    }

    [LaterRule("8 LWPINFO of a signal stop", "event 1, SI, signal 17 code 0, target.O2, child 0")]
    public object Signal_stop(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        var info = tracee.Info();
        Assert.That(info.pl_lwpid, Is.EqualTo(tracee.Process.FirstThread.Tid));
        return $"event {info.pl_event}, {Observation.Flags(info.pl_flags)}, signal {info.pl_siginfo.si_signo} code {info.pl_siginfo.si_code}, "
            + $"{info.pl_tdname}, child {info.pl_child_pid}";
    }

    // The old siginfo is shown again where it is not cleared after its stop.
    [Rule("8 LWPINFO of a system call stop after a signal stop", null, null, "SCE|SI", "SCE", "SCE")]
    public object Stale_siginfo(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        Assert.That(tracee.Request(PT_SYSCALL, SamePc), Is.EqualTo(None));
        Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        return Observation.Flags(tracee.Info().pl_flags);
    }

    [LaterRule("8 LWPINFO has an event in every stop", 1, PT_TO_SCE)]
    [LaterRule("8 LWPINFO has an event in a stop at the end of a call", 1, PT_TO_SCX)]
    public object Event(string kernel, int resume)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        Assert.That(tracee.Request(resume, SamePc), Is.EqualTo(None));
        Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        return tracee.Info().pl_event;
    }

    [RecentRule("8 LWPINFO of a call's entry", "37 of 2", PT_TO_SCE, 2)]
    [RecentRule("8 LWPINFO of a call's end", "37 of 2", PT_TO_SCX, 2)]
    [RecentRule("8 LWPINFO of a signal stop has no call", "0 of 0", 0, 0)]
    public object System_call(string kernel, int resume, int times)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        for (var i = 0; i < times; i++)
        {
            Assert.That(tracee.Request(resume, SamePc), Is.EqualTo(None));
            Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        }
        return $"{tracee.Info().pl_syscall_code} of {tracee.Info().pl_syscall_narg}";
    }

    [LaterRule("8 LWPINFO: a thread that has not stopped for the debugger", "event 0", 1)]
    [LaterRule("8 LWPINFO by pid is of the reporting thread", "event 1", -1)]
    public object Other_threads(string kernel, int thread)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "threads");
        var pid = thread < 0 ? tracee.Pid : tracee.Process.Threads[thread].Tid;
        var image = new byte[200];
        Assert.That(tracee.Calls.Ptrace(PT_LWPINFO, pid, image, 128), Is.EqualTo(None));
        if (thread >= 0) Assert.That(BitConverter.ToInt32(image), Is.EqualTo(pid));
        return $"event {BitConverter.ToInt32(image, 4)}";
    }

    [LaterRule("8 pl_sigmask and pl_siglist are the thread's", "mask 30, pending 31")]
    public object Sets(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "handle", $"{SIGUSR1}");
        tracee.Kill(SIGUSR1);
        tracee.Process.FirstThread.PostSignal(SIGUSR2);
        var info = tracee.Info();
        return $"mask {info.pl_sigmask.ToSet().First}, pending {info.pl_siglist.ToSet().First}";
    }

    [LaterRule("8 GETLWPLIST of room 0", "EINVAL", 0)]
    [LaterRule("8 GETLWPLIST of negative room", "EINVAL", -4)]
    [LaterRule("8 GETLWPLIST of room 1", "None 1", 1)]
    [LaterRule("8 GETLWPLIST of room 2", "None 2", 2)]
    [LaterRule("8 GETLWPLIST of more room than threads", "None 3", 50)]
    public object Threads(string kernel, int room)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "threads");
        var image = new byte[Math.Max(0, room) * 4];
        var error = tracee.Calls.Ptrace(PT_GETLWPLIST, tracee.Pid, 0, room, image, default, out var count);
        if (error != None) return error.ToString();
        for (var i = 0; i < count; i++) Assert.That(BitConverter.ToInt32(image, i * 4), Is.EqualTo(tracee.Process.Threads[i].Tid), "oldest first");
        Assert.That(tracee.Calls.Ptrace(PT_GETNUMLWPS, tracee.Pid, 0, 0, default, default, out var all), Is.EqualTo(None));
        Assert.That(all, Is.EqualTo(3));
        return $"None {count}";
    }

    [Rule("9 registers by pid are of", "the first thread", "the first thread", "the reporter", "the reporter", "the reporter", -1)]
    [LaterRule("9 registers by thread id are of", "the one named", 2)]
    public object Which_thread(string kernel, int named)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "threads");
        tracee.Continue();
        tracee.Machine.Run(10_000);
        tracee.Process.Threads[1].PostSignal(SIGUSR2);
        Assert.That(tracee.Next(), Is.EqualTo("SIGUSR2"));
        var registers = default(Registers);
        var image = System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<Registers>(ref registers));
        Assert.That(tracee.Calls.Ptrace(PT_GETREGS, named < 0 ? tracee.Pid : tracee.Process.Threads[named].Tid, image), Is.EqualTo(None));
        var stack = registers[Registers.Rsp];
        var owner = tracee.Process.Threads.Single(lwp => tracee.Machine.Kernel.Architecture.StackPointer(lwp.Cpu) == stack);
        return owner == tracee.Process.FirstThread ? "the first thread" : owner == tracee.Process.Threads[1] ? "the reporter" : "the one named";
    }

    [LaterRule("9 SETREGS counts as writing the thread's state", "None True", PT_SETREGS, 0x202UL)]
    [LaterRule("9 SETREGS counts even when it fails", "EINVAL True", PT_SETREGS, 0x3202UL)]
    [LaterRule("9 GETREGS does not", "None False", PT_GETREGS, 0x202UL)]
    public object User_write(string kernel, int request, ulong flags)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        var registers = tracee.GetRegs();
        registers[Registers.Rflags] = flags;
        var error = tracee.Request(request, ref registers);
        return $"{error} {tracee.Process.FirstThread.Has(DebugFlags.UserWrite)}";
    }

    [LaterRule("9 SETFPREGS counts as writing the thread's state", "True", PT_GETFPREGS, PT_SETFPREGS)]
    [LaterRule("9 SETDBREGS counts as writing the thread's state", "True", PT_GETDBREGS, PT_SETDBREGS)]
    public object User_write_of_others(string kernel, int get, int set)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        var image = new byte[512];
        Assert.That(tracee.Calls.Ptrace(get, tracee.Pid, image), Is.EqualTo(None));
        Assert.That(tracee.Calls.Ptrace(set, tracee.Pid, image), Is.EqualTo(None));
        return tracee.Process.FirstThread.Has(DebugFlags.UserWrite).ToString();
    }

    [CommonRule("17.2 flags that a program may change", "None set", Registers.Rflags, 0x254fd7UL)]
    [CommonRule("17.2 the interrupt flag must stay", "EINVAL", Registers.Rflags, 0x002UL)]
    [CommonRule("17.2 the I/O privilege level must stay", "EINVAL", Registers.Rflags, 0x3202UL)]
    [CommonRule("17.2 the virtual-8086 flag must stay", "EINVAL", Registers.Rflags, 0x20202UL)]
    [CommonRule("17.2 the high half of the flags is ignored", "None set", Registers.Rflags, 0x1_0000_0202UL)]
    [CommonRule("17.2 a code selector of the kernel's level", "EINVAL", Registers.Cs, 0x40UL)]
    [CommonRule("17.2 any code selector of the user's level", "None set", Registers.Cs, 0x33UL)]
    [CommonRule("17.2 any program counter", "None set", Registers.Rip, 0xdead_0000_0000_0000UL)]
    [CommonRule("17.2 any stack pointer", "None set", Registers.Rsp, 1UL)]
    public object General_registers(string kernel, int register, ulong value)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var before = tracee.GetRegs();
        var registers = before;
        registers[register] = value;
        registers[Registers.Rax] = 77;
        var error = tracee.Request(PT_SETREGS, ref registers);
        var set = tracee.GetRegs()[Registers.Rax] == 77;
        Assert.That(set, Is.EqualTo(error == None), "all or nothing");
        return error == None ? "None set" : error.ToString();
    }

    [CommonRule("17.3 an execution breakpoint", None, 7, 1UL)]
    [CommonRule("17.3 an I/O breakpoint", EINVAL, 7, 0x2_0000UL)]
    [CommonRule("17.3 the high half of dr7", EINVAL, 7, 1UL << 32)]
    [CommonRule("17.3 the high half of dr6", EINVAL, 6, 1UL << 40)]
    [CommonRule("17.3 dr4 is ignored", None, 4, 1UL << 40)]
    [CommonRule("17.3 dr15 is ignored", None, 15, ulong.MaxValue)]
    [CommonRule("17.3 an address of the kernel in a slot that is off", None, 2, 0x8000_0000_0000UL)]
    public object Debug_registers(string kernel, int register, ulong value)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var image = new byte[128];
        BitConverter.TryWriteBytes(image.AsSpan(register * 8), value);
        var error = tracee.Calls.Ptrace(PT_SETDBREGS, tracee.Pid, image);
        var read = new byte[128];
        Assert.That(tracee.Calls.Ptrace(PT_GETDBREGS, tracee.Pid, read), Is.EqualTo(None));
        Assert.That((BitConverter.ToUInt64(read, 32), BitConverter.ToUInt64(read, 40), BitConverter.ToUInt64(read, 120)), Is.EqualTo((0UL, 0UL, 0UL)));
        return error;
    }

    [CommonRule("17.3 an address of the kernel in a slot that is on", EINVAL)]
    public object Watched_kernel_address(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var image = new byte[128];
        BitConverter.TryWriteBytes(image, 0x8000_0000_0000UL);
        BitConverter.TryWriteBytes(image.AsSpan(56), 1UL);
        return tracee.Calls.Ptrace(PT_SETDBREGS, tracee.Pid, image);
    }

    [LaterRule("17.4 SETFSBASE of a user address", None, PT_SETFSBASE, 0x1234_0000UL)]
    [LaterRule("17.4 SETFSBASE of a kernel address", EINVAL, PT_SETFSBASE, 0x8000_0000_0000UL)]
    [LaterRule("17.4 SETGSBASE of a kernel address", EINVAL, PT_SETGSBASE, ulong.MaxValue)]
    [LaterRule("17.4 GETFSBASE", None, PT_GETFSBASE, 0UL)]
    [LaterRule("17.4 an unknown machine request", EINVAL, 75, 0UL)]
    [Rule("4 machine requests", EINVAL, EINVAL, None, None, None, PT_GETGSBASE, 0UL)]
    public object Machine(string kernel, int request, ulong value)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        return tracee.Calls.Ptrace(request, tracee.Pid, BitConverter.GetBytes(value));
    }

    [LaterRule("8 LWPINFO tells the thread's name", "target.O2")]
    public object Name(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        return tracee.Info().pl_tdname.ToString();
    }
}
