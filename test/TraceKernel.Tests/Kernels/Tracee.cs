using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Tests.Kernels;

/// <summary>A guest, "target" unless told, debugged by the test's host process; it begins at its exec stop.</summary>
internal sealed class Tracee : IDisposable
{
    public Tracee(params string[] arguments)
        : this(new TestMachine(), "target.O2", arguments)
    {
    }

    private Tracee(TestMachine machine, string program, string[] arguments)
    {
        Machine = machine;
        Pid = Machine.Start(program, traced: true, arguments);
        Assert.That(WaitStop(), Is.EqualTo(Abi.Signals.SIGTRAP));
    }

    public TestMachine Machine { get; }
    public SystemCalls Calls => Machine.Calls;
    public int Pid { get; }
    public Process Process => Machine.Kernel.Find(Pid)!;

    /// <summary>A program on the kernel of that name.</summary>
    public static Tracee On(string kernel, string program, params string[] arguments) => new(new TestMachine(kernel: kernel), program, arguments);

    /// <summary>A program in a machine that is there already.</summary>
    public static Tracee In(TestMachine machine, string program, params string[] arguments) => new(machine, program, arguments);

    /// <summary>The same, gone on to the SIGSTOP that it raises.</summary>
    public static Tracee ReadyOn(string kernel, string program, params string[] arguments)
    {
        var tracee = On(kernel, program, arguments);
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(Abi.Signals.SIGSTOP));
        return tracee;
    }

    /// <summary>A tracee that has gone on to the SIGSTOP that it raises once it is ready.</summary>
    public static Tracee AtReady(params string[] arguments)
    {
        var tracee = new Tracee(arguments);
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(Abi.Signals.SIGSTOP));
        return tracee;
    }

    public Errno Request(int request, ulong address = 0, int data = 0) => Calls.Ptrace(request, Pid, address, data);

    /// <summary>A request whose addr is a structure.</summary>
    public Errno Request<T>(int request, ref T image, int data = 0) where T : unmanaged =>
        Calls.Ptrace(request, Pid, MemoryMarshal.AsBytes(new Span<T>(ref image)), data);

    public void Continue(int signal = 0) => Assert.That(Request(PT_CONTINUE, SamePc, signal), Is.EqualTo(Errno.None));

    public void Kill(int signal) => Assert.That(Calls.Kill(Pid, signal), Is.EqualTo(Errno.None));

    /// <summary>The next status word.</summary>
    public int Wait() => Machine.Wait(Pid);

    /// <summary>The signal of the next stop.</summary>
    public int WaitStop()
    {
        var status = Wait();
        Assert.That(Abi.Wait.WIFSTOPPED(status), Is.True, $"status {status:x}");
        return Abi.Wait.WSTOPSIG(status);
    }

    public ptrace_lwpinfo Info()
    {
        var info = default(ptrace_lwpinfo);
        Assert.That(Request(PT_LWPINFO, ref info, Machine.Kernel.Personality.LwpInfoBytes), Is.EqualTo(Errno.None));
        return info;
    }

    /// <summary>struct reg of amd64: 22 words; r15 is the first, rip the 18th, rflags the 20th.</summary>
    public Registers GetRegs()
    {
        var registers = default(Registers);
        Assert.That(Request(PT_GETREGS, ref registers), Is.EqualTo(Errno.None));
        return registers;
    }

    public int Events
    {
        get
        {
            var events = 0;
            Assert.That(Request(PT_GET_EVENT_MASK, ref events, sizeof(int)), Is.EqualTo(Errno.None));
            return events;
        }
        set => Assert.That(Request(PT_SET_EVENT_MASK, ref value, sizeof(int)), Is.EqualTo(Errno.None));
    }

    /// <summary>PT_IO with a buffer of the host's.</summary>
    public Errno Io(int operation, ulong address, Span<byte> buffer, out ulong transferred)
    {
        var descriptor = new ptrace_io_desc { piod_op = operation, piod_offs = address, piod_len = (ulong)buffer.Length };
        var error = Calls.Ptrace(PT_IO, Pid, 0, 0, MemoryMarshal.AsBytes(new Span<ptrace_io_desc>(ref descriptor)), buffer, out _);
        transferred = descriptor.piod_len;
        return error;
    }

    public void Dispose() => Machine.Dispose();
}

/// <summary>struct reg of amd64, as 64-bit words.</summary>
[InlineArray(22)]
internal struct Registers
{
    public const int Rax = 14, Rip = 17, Cs = 18, Rflags = 19, Rsp = 20;

    private ulong _word;
}
