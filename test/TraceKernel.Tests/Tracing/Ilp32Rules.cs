using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Tests.Kernels;
using TraceKernel.User;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Tests.Tracing;

/// <summary>
/// A 32-bit debugger of a 64-bit process, and of one that counts as 32-bit ("safe"): sections 2, 3 row 8, 5.6, 8, 9 and 17.4.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.Children)]
public sealed class Ilp32Rules : IDisposable
{
    private const int GetXmmRegs = 64, SetXmmRegs = 65;

    private TestMachine _machine = null!;
    private HostProcess _debugger = null!;
    private int _pid;

    private Lwp Thread => _machine.Kernel.Find(_pid)!.FirstThread;

    /// <summary>Attaches a 32-bit debugger to a program that spins, or that stands in a system call.</summary>
    private void Attach(string kernel, bool isSafe, bool inSystemCall = false)
    {
        _machine = new TestMachine(kernel: kernel);
        _debugger = HostProcess.TryCreate(_machine.Kernel, "debugger", isIlp32: true)!;
        _pid = _machine.Start("target.O2", traced: false, inSystemCall ? "yield" : "spin");
        _machine.Run(100_000);
        _machine.Kernel.Find(_pid)!.IsIlp32 = isSafe;
        Assert.That(_debugger.Calls.Ptrace(PT_ATTACH, _pid, 0, 0), Is.EqualTo(None));
        Assert.That(Observation.Next(_machine, _debugger.Calls, _pid), Is.EqualTo("SIGSTOP"));
        if (!inSystemCall) return;
        Assert.That(_debugger.Calls.Ptrace(PT_TO_SCX, _pid, SamePc, 0), Is.EqualTo(None));
        Assert.That(Observation.Next(_machine, _debugger.Calls, _pid), Is.EqualTo("SIGTRAP"));
    }

    private Errno Ask(int request, byte[] image, int data = 0) => _debugger.Calls.Ptrace(request, _pid, image, data);

    /// <summary>The answer, and how many bytes of the structure it has written.</summary>
    private string Written(int request, int data)
    {
        var image = new byte[1024];
        Array.Fill(image, (byte)0xee);
        var error = Ask(request, image, data);
        return $"{error} {image.AsSpan().TrimEnd((byte)0xee).Length}";
    }

    public void Dispose()
    {
        _debugger?.Dispose();
        _machine?.Dispose();
    }

    [LaterRule("9 32-bit tracer: GETREGS of a 64-bit target", "None 76", PT_GETREGS, false)]
    [LaterRule("9 32-bit tracer: GETREGS of a 32-bit target", "None 76", PT_GETREGS, true)]
    [LaterRule("9 32-bit tracer: GETFPREGS of a 64-bit target", "None 176", PT_GETFPREGS, false)]
    [LaterRule("9 32-bit tracer: GETFPREGS of a 32-bit target", "None 176", PT_GETFPREGS, true)]
    [LaterRule("9 32-bit tracer: GETDBREGS of a 64-bit target", "None 32", PT_GETDBREGS, false)]
    [LaterRule("9 32-bit tracer: GETDBREGS of a 32-bit target", "None 32", PT_GETDBREGS, true)]
    public object Reads(string kernel, int request, bool isSafe)
    {
        Attach(kernel, isSafe);
        return Written(request, 0);
    }

    [LaterRule("9 32-bit tracer: SETREGS of a 64-bit target", "EINVAL marked", PT_SETREGS, PT_GETREGS, false)]
    [LaterRule("9 32-bit tracer: SETREGS of a 32-bit target", "None marked", PT_SETREGS, PT_GETREGS, true)]
    [LaterRule("9 32-bit tracer: SETFPREGS of a 64-bit target", "EINVAL marked", PT_SETFPREGS, PT_GETFPREGS, false)]
    [LaterRule("9 32-bit tracer: SETFPREGS of a 32-bit target", "None marked", PT_SETFPREGS, PT_GETFPREGS, true)]
    [LaterRule("9 32-bit tracer: SETDBREGS of a 64-bit target", "EINVAL marked", PT_SETDBREGS, PT_GETDBREGS, false)]
    [LaterRule("9 32-bit tracer: SETDBREGS of a 32-bit target", "None marked", PT_SETDBREGS, PT_GETDBREGS, true)]
    public object Writes(string kernel, int set, int get, bool isSafe)
    {
        Attach(kernel, isSafe);
        var image = new byte[512];
        Assert.That(Ask(get, image), Is.EqualTo(None));
        Thread.Debug &= ~DebugFlags.UserWrite;
        var error = Ask(set, image);
        // Even a refused one is a reason to fetch a system call again.
        return $"{error} {(Thread.Has(DebugFlags.UserWrite) ? "marked" : "")}";
    }

    [LaterRule("9 32-bit tracer: registers are cut to 32 bits", true)]
    public object Cut(string kernel)
    {
        Attach(kernel, isSafe: false);
        var (narrow, wide) = (new byte[76], new byte[176]);
        _machine.Kernel.Architecture.FillRegs(Thread.Cpu, wide);
        Assert.That(Ask(PT_GETREGS, narrow), Is.EqualTo(None));
        // edi, esp and eip; struct reg has rdi, rsp and rip.
        return new[] { (12, 64), (64, 160), (52, 136) }.All(pair => BitConverter.ToUInt32(narrow, pair.Item1) == BitConverter.ToUInt32(wide, pair.Item2));
    }

    [LaterRule("17.1 32-bit tracer: what is written is extended with zeros, and r8 stays", "ffffffff 1122334455667788")]
    public object Extended(string kernel)
    {
        Attach(kernel, isSafe: true);
        var (narrow, wide) = (new byte[76], new byte[176]);
        var architecture = _machine.Kernel.Architecture;
        architecture.FillRegs(Thread.Cpu, wide);
        BitConverter.TryWriteBytes(wide.AsSpan(56), 0x1122334455667788);
        Assert.That(architecture.SetRegs(Thread.Cpu, wide), Is.EqualTo(None));
        Assert.That(Ask(PT_GETREGS, narrow), Is.EqualTo(None));
        BitConverter.TryWriteBytes(narrow.AsSpan(40), uint.MaxValue);
        Assert.That(Ask(PT_SETREGS, narrow), Is.EqualTo(None));
        architecture.FillRegs(Thread.Cpu, wide);
        return $"{BitConverter.ToUInt64(wide, 112):x} {BitConverter.ToUInt64(wide, 56):x}";
    }

    [LaterRule("8 32-bit tracer: LWPINFO of 0 bytes", EINVAL, 0)]
    [LaterRule("8 32-bit tracer: LWPINFO of -1 bytes", EINVAL, -1)]
    [LaterRule("8 32-bit tracer: LWPINFO of 4 bytes", None, 4)]
    [LaterRule("8 32-bit tracer: LWPINFO of 132 bytes", None, 132)]
    [Rule("8 32-bit tracer: LWPINFO of 133 bytes", null, null, EINVAL, None, None, 133)]
    [Rule("8 32-bit tracer: LWPINFO of 140 bytes", null, null, EINVAL, None, None, 140)]
    [LaterRule("8 32-bit tracer: LWPINFO of 141 bytes", EINVAL, 141)]
    public object Size(string kernel, int bytes)
    {
        Attach(kernel, isSafe: false);
        return Ask(PT_LWPINFO, new byte[1024], bytes);
    }

    [LaterRule("8 32-bit tracer: siginfo in 108 bytes", "SI 17", 108)]
    [LaterRule("8 32-bit tracer: siginfo in 107 bytes", " 0", 107)]
    public object Signal_information(string kernel, int bytes)
    {
        Attach(kernel, isSafe: false);
        var image = new byte[140];
        Assert.That(Ask(PT_LWPINFO, image, bytes), Is.EqualTo(None));
        return $"{Observation.Flags(BitConverter.ToInt32(image, 8))} {BitConverter.ToInt32(image, 44)}";
    }

    // Its siginfo is another one, and nobody needs it.
    [LaterRule("8 32-bit tracer: a request of ours", EINVAL)]
    public object Extension(string kernel)
    {
        Attach(kernel, isSafe: true);
        return Ask(PT_X_SETSIGINFO, new byte[siginfo.Bytes], siginfo.Bytes);
    }

    [LaterRule("6.2 32-bit tracer: IO has a descriptor of 16 bytes", "None 8")]
    public object Io(string kernel)
    {
        Attach(kernel, isSafe: false);
        var image = new byte[16];
        image[0] = PIOD_READ_D;
        BitConverter.TryWriteBytes(image.AsSpan(4), (uint)Thread.Cpu.Pc);
        image[12] = 8;
        var error = _debugger.Calls.Ptrace(PT_IO, _pid, 0, 0, image, new byte[8], out _);
        return $"{error} {BitConverter.ToUInt32(image, 12)}";
    }

    [LaterRule("7 32-bit tracer: VM_ENTRY has a structure of 40 bytes", "None 1 200000", Recollected = "freebsd-11 freebsd-13 freebsd-14")]
    public object Vm_entry(string kernel)
    {
        Attach(kernel, isSafe: false);
        var image = new byte[40];
        var error = Ask(PT_VM_ENTRY, image);
        return $"{error} {BitConverter.ToInt32(image, 0)} {BitConverter.ToUInt32(image, 8):x}";
    }

    [RecentRule("5.6 32-bit tracer: GET_SC_ARGS of a 64-bit target", "EINVAL 0", PT_GET_SC_ARGS, 64, false)]
    [RecentRule("5.6 32-bit tracer: GET_SC_ARGS of a 32-bit target", "None 32", PT_GET_SC_ARGS, 64, true)]
    [RecentRule("5.6 32-bit tracer: GET_SC_RET of a 64-bit target", "EINVAL 0", PT_GET_SC_RET, 24, false)]
    [RecentRule("5.6 32-bit tracer: GET_SC_RET of a 32-bit target", "None 12", PT_GET_SC_RET, 24, true)]
    public object System_call(string kernel, int request, int bytes, bool isSafe)
    {
        Attach(kernel, isSafe, inSystemCall: true);
        return Written(request, bytes);
    }

    [LaterRule("17.4 32-bit tracer: GETXMMREGS", "None", GetXmmRegs, 0, false)]
    [LaterRule("17.4 32-bit tracer: GETXSTATE_INFO of 12 bytes", "None", PT_GETXSTATE_INFO, 12, false)]
    [LaterRule("17.4 32-bit tracer: GETXSTATE_INFO of 16 bytes", "EINVAL", PT_GETXSTATE_INFO, 16, false)]
    [LaterRule("17.4 32-bit tracer: GETFSBASE of a 64-bit target", "EINVAL", PT_GETFSBASE, 0, false)]
    [LaterRule("17.4 32-bit tracer: GETFSBASE of a 32-bit target", "None", PT_GETFSBASE, 0, true)]
    [LaterRule("17.4 32-bit tracer: GETGSBASE of a 64-bit target", "EINVAL", PT_GETGSBASE, 0, false)]
    [LaterRule("17.4 32-bit tracer: GETGSBASE of a 32-bit target", "None", PT_GETGSBASE, 0, true)]
    [LaterRule("17.4 32-bit tracer: SETFSBASE of a 64-bit target", "EINVAL", PT_SETFSBASE, 0, false)]
    [LaterRule("17.4 32-bit tracer: SETGSBASE of a 64-bit target", "EINVAL", PT_SETGSBASE, 0, false)]
    public object Machine(string kernel, int request, int data, bool isSafe)
    {
        Attach(kernel, isSafe);
        return Ask(request, new byte[4096], data).ToString();
    }

    [LaterRule("17.4 32-bit tracer: SETXMMREGS takes what GETXMMREGS gave", "None None")]
    public object Xmm(string kernel)
    {
        Attach(kernel, isSafe: false);
        var image = new byte[512];
        return $"{Ask(GetXmmRegs, image)} {Ask(SetXmmRegs, image)}";
    }

    // The older kernels have never heard of one.
    [Rule("3 32-bit tracer: there is none", "None 176", "None 176", null, null, null)]
    public object Unknown(string kernel)
    {
        Attach(kernel, isSafe: false);
        return Written(PT_GETREGS, 0);
    }

    [LaterRule("3 32-bit tracer: one that does not own the target", EBUSY, PT_SETREGS)]
    [LaterRule("3 32-bit tracer: nothing is told before that", EBUSY, PT_GETREGS)]
    public object Not_the_owner(string kernel, int request)
    {
        Attach(kernel, isSafe: true);
        using var other = HostProcess.TryCreate(_machine.Kernel, "other", isIlp32: true)!;
        return other.Calls.Ptrace(request, _pid, new byte[512], 0);
    }
}
