using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using TraceKernel.Syscalls;
using TraceKernel.Tests.Kernels;
using TraceKernel.Tests.Syscalls;
using TraceKernel.Vm;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Tests.Tracing;

/// <summary>A guest that calls ptrace(2), with memory that the test sees.</summary>
internal sealed class GuestDebugger
{
    private readonly TestMachine _machine;

    public GuestDebugger(TestMachine machine)
        : this(machine, machine.Start("target.O2", traced: false, "sleep")) => machine.Run(100_000);

    /// <summary>A process that is there already makes the calls.</summary>
    public GuestDebugger(TestMachine machine, int pid)
    {
        (_machine, Pid) = (machine, pid);
        Process = machine.Kernel.Find(pid)!;
    }

    public int Pid { get; }
    public Process Process { get; }
    public DebuggerMemory Memory { get; } = new();

    /// <summary>What the last call returned.</summary>
    public int Value { get; private set; }

    public Errno Ptrace(int request, int pid, ulong address = 0, int data = 0)
    {
        var call = new SystemCall(Process.FirstThread, Memory);
        (call.Arguments[0], call.Arguments[1], call.Arguments[2], call.Arguments[3]) = ((ulong)request, (ulong)pid, address, (ulong)data);
        // Only requests for work of the target's own thread make their caller wait, and none of them is made here.
        var run = PtraceSyscall.Run(call).AsTask();
        Assert.That(run.IsCompleted);
        var error = run.GetAwaiter().GetResult();
        Value = (int)call.Value;
        return error;
    }

    /// <summary>A program that it has attached to, at its first stop.</summary>
    public int Attach(string program, params string[] arguments)
    {
        var pid = _machine.Start(program, traced: false, arguments);
        _machine.Run(100_000);
        Assert.That(Ptrace(Abi.Ptrace.PT_ATTACH, pid), Is.EqualTo(Errno.None));
        Assert.That(Next(pid), Is.EqualTo("SIGSTOP"));
        return pid;
    }

    /// <summary>What that child reports next.</summary>
    public string Next(int pid, int options = 0)
    {
        var end = _machine.Kernel.Scheduler.Retired + 300_000;
        do
        {
            var error = Waiting.Scan(Process, new WaitRequest(P_PID, pid, WEXITED | WTRAPPED | WUNTRACED | options), out var result);
            if (error == Errno.None) return Observation.Describe(result.Status);
            if (error != Errno.EWOULDBLOCK) return error.ToString();
        }
        while (_machine.Kernel.Scheduler.Retired < end && _machine.Kernel.Scheduler.RunTurn());
        return "nothing";
    }
}

/// <summary>A debugger's memory: some that it may write, some that it may only read, and none elsewhere.</summary>
internal sealed class DebuggerMemory : IUserMemory
{
    /// <summary>Readable and writable.</summary>
    public const ulong Good = TestMemory.Base;

    /// <summary>Readable.</summary>
    public const ulong ReadOnly = Good + 0x80000;

    /// <summary>Not mapped.</summary>
    public const ulong Bad = TestMemory.Nowhere;

    private readonly TestMemory _memory = new();

    public Span<byte> this[ulong address, int length] => _memory[address, length];

    public T Get<T>(ulong address) where T : unmanaged => _memory.Get<T>(address);

    public void Set<T>(ulong address, T value) where T : unmanaged => _memory.Set(address, value);

    public Errno CopyIn(ulong address, Span<byte> destination) => _memory.CopyIn(address, destination);

    public Errno CopyOut(ulong address, ReadOnlySpan<byte> source) =>
        address is >= ReadOnly and < Bad && !source.IsEmpty ? Errno.EFAULT : _memory.CopyOut(address, source);

    public Errno CopyInString(ulong address, int maximum, out string text) => _memory.CopyInString(address, maximum, out text);
}
