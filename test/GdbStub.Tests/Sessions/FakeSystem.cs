using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using GdbStub.Sessions;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tests.Sessions;

/// <summary>One program with one thread, as ptrace and wait show it: it does what <see cref="Run"/> says when it is let run.</summary>
internal sealed class FakeSystem : SystemCalls
{
    public const int Process = 1000;
    public const int Lwp = 100_001;

    private readonly Lock _lock = new();
    private readonly Queue<int> _statuses = new();
    private bool _isRunning;

    /// <summary>Called for each slice of the running program; gives the status of what happens in it, or null: it runs on.</summary>
    public Func<FakeSystem, int?> Run { get; set; } = _ => null;

    public Terminal Terminal { get; private set; } = new();

    /// <summary>Signals that the program was sent, and ptrace requests it saw.</summary>
    public List<int> Signals { get; } = [];
    public List<int> Requests { get; } = [];

    public bool IsAlive { get; private set; }

    public bool IsEnded { get; private set; }

    public override int Pid => 999;

    public override Errno Spawn(SpawnRequest program, out int pid)
    {
        pid = Process;
        if (program.Path == "/missing") return Errno.ENOENT;
        Terminal = program.Terminal;
        IsAlive = true;
        _statuses.Enqueue(StopStatus(SIGTRAP));
        if (!program.Traced)
        {
            _statuses.Clear();
            _isRunning = true;
        }
        return Errno.None;
    }

    public override Errno Wait6(
        int idType, long id, int options, out int pid, out int status, out siginfo info, Func<TimeSpan, bool>? interrupted = null)
    {
        (pid, status, info) = (Process, 0, default);
        while (true)
        {
            lock (_lock)
            {
                if (_statuses.TryDequeue(out status))
                {
                    _isRunning = false;
                    IsAlive = WIFSTOPPED(status);
                    return Errno.None;
                }
            }
            if (!_isRunning) return Errno.ECHILD;
            if (Run(this) is { } happened) _statuses.Enqueue(happened);
            else if (interrupted?.Invoke(TimeSpan.FromMilliseconds(1)) == true) return Errno.EINTR;
        }
    }

    public override Errno Kill(int pid, int signal)
    {
        lock (_lock)
        {
            Signals.Add(signal);
            if (signal == SIGSTOP) _statuses.Enqueue(StopStatus(SIGSTOP));
        }
        return Errno.None;
    }

    public override Errno ProcessMemory(int pid, ulong address, Span<byte> bytes, bool isWrite) => Errno.EFAULT;

    public override Errno ThreadKill(int pid, int lwp, int signal) => Kill(pid, signal);

    public override Errno Ptrace(int request, int pid, ulong address, int data, Span<byte> image, Span<byte> buffer, out long result)
    {
        Requests.Add(request);
        result = 0;
        if (!IsAlive) return Errno.ESRCH;
        switch (request)
        {
            case PT_GETNUMLWPS:
                result = 1;
                break;
            case PT_GETLWPLIST:
                MemoryMarshal.Cast<byte, int>(image)[0] = Lwp;
                result = 1;
                break;
            case PT_LWPINFO:
                MemoryMarshal.Write(image, new ptrace_lwpinfo { pl_lwpid = Lwp });
                break;
            case PT_CONTINUE:
                _isRunning = true;
                break;
            case PT_KILL:
                _statuses.Enqueue(SignalStatus(SIGKILL, core: false));
                break;
            case PT_DETACH:
                IsAlive = false;
                break;
            default:
                image.Clear();
                break;
        }
        return Errno.None;
    }

    public void End() => IsEnded = true;

    public override Errno Open(string path, int flags, int mode, out int descriptor) => Missing(out descriptor);

    public override Errno Pread(int descriptor, Span<byte> buffer, long offset, out int count) => Missing(out count);

    public override Errno Pwrite(int descriptor, ReadOnlySpan<byte> buffer, long offset, out int count) => Missing(out count);

    public override Errno Close(int descriptor) => Errno.EBADF;

    public override Errno Fstat(int descriptor, Span<byte> stat) => Errno.EBADF;

    public override Errno Stat(string path, bool follow, Span<byte> stat) => Errno.ENOENT;

    public override Errno Unlink(string path) => Errno.ENOENT;

    public override Errno Symlink(string target, string path) => Errno.EROFS;

    public override Errno Mkdir(string path, int mode) => Errno.EROFS;

    public override Errno Scandir(string path, out IReadOnlyList<string> names)
    {
        names = [];
        return Errno.ENOSYS;
    }

    public override Errno Chmod(string path, int mode) => Errno.ENOENT;

    public override Errno Readlink(string path, out string target)
    {
        target = "";
        return Errno.ENOENT;
    }

    public override Errno Sysctl(ReadOnlySpan<int> name, Span<byte> value, out int length) => Missing(out length);

    public override Errno SysctlByName(string name, Span<byte> value, out int length) => Missing(out length);

    private static Errno Missing(out int number)
    {
        number = 0;
        return Errno.ENOENT;
    }
}

/// <summary>A host of <see cref="FakeSystem"/>s.</summary>
internal sealed class FakeKernel : KernelHost
{
    /// <summary>Every system that was created, oldest first.</summary>
    public List<FakeSystem> Systems { get; } = [];

    public Func<FakeSystem, int?> Run { get; init; } = _ => null;

    public override IDebugTarget Target { get; } = new FakeTarget();

    public override string DemoProgram => "/demo";

    public override MachineWork Work => default;

    public override Machine MachineOf(SystemCalls process) => throw new NotSupportedException();

    public override long Instructions(SystemCalls process) => 0;

    public override bool HasEnded(SystemCalls process) => false;

    public override string? SystemCallPrototype(int number) => null;

    /// <summary>Whether the machine lets others in.</summary>
    public bool Answers { get; set; } = true;

    public override bool IsAnswering(TimeSpan limit) => Answers;

    public override bool HasRequest(int request) => true;

    public override Errno Admit(string hostPath, out string guestPath, out string reason)
    {
        guestPath = hostPath;
        reason = hostPath == "text" ? $"{hostPath} is not an ELF file" : "";
        return hostPath == "text" ? Errno.ENOEXEC : Errno.None;
    }

    public override bool TryBoot(BootTable table, [NotNullWhen(false)] out string? reason)
    {
        reason = null;
        return true;
    }

    public override SystemCalls CreateProcess(bool isolated)
    {
        var system = new FakeSystem { Run = Run };
        lock (Systems) Systems.Add(system);
        return system;
    }

    public override SystemCalls CreateBeside(SystemCalls other) => CreateProcess(isolated: false);

    public override void End(SystemCalls process) => ((FakeSystem)process).End();

    protected override void Dispose(bool disposing)
    {
        // Nothing is held.
    }
}

/// <summary>A CPU with a frame pointer, a stack pointer and a program counter.</summary>
internal sealed class FakeTarget : IDebugTarget
{
    public string Name => "amd64";
    public ushort ElfMachine => 62;
    public string GdbArchitecture => "i386:x86-64";
    public string TripleArchitecture => "x86_64";
    public IReadOnlyList<RegisterRow> Registers { get; } =
    [
        new("rbp", 64, "data_ptr", "core", "general", RegisterImage.General, 0, 8),
        new("rsp", 64, "data_ptr", "core", "general", RegisterImage.General, 8, 8),
        new("rip", 64, "code_ptr", "core", "general", RegisterImage.General, 16, 8),
    ];

    public int RegBytes => 24;
    public int FpRegBytes => 0;
    public int DbRegBytes => 8;
    public int FpNumber => 0;
    public int SpNumber => 1;
    public IReadOnlyList<MachineImage> MachineImages => [];
    public int MachineNote => 0;
    public int PcNumber => 2;
    public ReadOnlySpan<byte> BreakpointInstruction => [0xcc];
    public int BreakpointPcOffset => 1;
    public ReadOnlySpan<byte> SystemCallInstruction => [0x0f, 0x05];
    public bool WatchStopsBefore => false;
    public bool WatchesReads => false;
    public int DebugSlots => 0;

    public string FeatureTypes(string feature) => "";

    public void SetSystemCall(Span<byte> reg, ulong address, int number, ReadOnlySpan<ulong> arguments) => reg.Clear();

    public Errno SystemCallResult(ReadOnlySpan<byte> reg, out ulong result)
    {
        result = 0;
        return Errno.ENOSYS;
    }

    public DebugSlotResult TryInsert(Span<byte> dbreg, int kind, ulong address, int length) => DebugSlotResult.Full;

    public bool TryRemove(Span<byte> dbreg, int kind, ulong address, int length) => false;

    public bool TryTakeHit(Span<byte> dbreg, in siginfo info, out int kind, out ulong address)
    {
        (kind, address) = (0, 0);
        return false;
    }

    public string Disassemble(ReadOnlySpan<byte> code, ulong address, out int length)
    {
        length = 0;
        return "";
    }

    public void ToWire(int number, ReadOnlySpan<byte> image, Span<byte> wire) => image.Slice(number * 8, 8).CopyTo(wire);

    public void FromWire(int number, ReadOnlySpan<byte> wire, Span<byte> image) => wire.CopyTo(image.Slice(number * 8, 8));
}
