using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace GdbStub.Tests.Tracing;

/// <summary>The system calls of a kernel small enough to read: freebsd-13's ptrace and wait6 over <see cref="FakeProcess"/>.</summary>
internal sealed class FakeKernel : SystemCalls
{
    private int _nextPid = 100, _nextLwp = 100100;

    public List<FakeProcess> Processes { get; } = [];

    /// <summary>The requests made so far, for tests that count.</summary>
    public List<int> Requests { get; } = [];

    /// <summary>Requests that this kernel does not know.</summary>
    public HashSet<int> Missing { get; init; } = [];

    /// <summary>What execve loads, and what Spawn starts.</summary>
    public byte[] ExecutedProgram { get; set; } = [FakeProcess.Nop, FakeProcess.Exit];

    /// <summary>Where further threads of a spawned process stand.</summary>
    public ulong[] MoreThreads { get; set; } = [];

    public SpawnRequest? Spawned { get; private set; }

    /// <summary>Errors to be given by the next Spawn.</summary>
    public Errno SpawnError { get; set; }

    /// <summary>Whether a forked child reports before its parent.</summary>
    public bool ChildFirst { get; set; }

    /// <summary>The auxiliary vector of every process.</summary>
    public byte[] Auxv { get; set; } = FirstAuxv();

    public Dictionary<string, byte[]> Files { get; } = [];

    public override int Pid => 10;

    public FakeProcess Add(params ReadOnlySpan<byte> code)
    {
        var process = new FakeProcess(_nextPid++, Memory(code));
        process.Threads.Add(NewThread(FakeProcess.Base));
        Processes.Add(process);
        return process;
    }

    public static byte[] Memory(ReadOnlySpan<byte> code)
    {
        var memory = new byte[0x2000];
        memory.AsSpan().Fill(FakeProcess.Nop);
        code.CopyTo(memory);
        return memory;
    }

    public void ForkFrom(FakeProcess parent, FakeThread thread, bool isVfork)
    {
        var child = new FakeProcess(_nextPid++, isVfork ? parent.Memory : [.. parent.Memory])
        {
            Traced = parent.Traced && (parent.EventMask & PTRACE_FORK) != 0,
            VforkParent = isVfork ? parent : null,
        };
        var first = new FakeThread(_nextLwp++) { General = [.. thread.General], DebugRegisters = [.. thread.DebugRegisters] };
        first.Trap = false;
        if (isVfork) parent.WaitsForVfork = thread;
        child.Threads.Add(first);
        if (ChildFirst) Processes.Insert(0, child);
        else Processes.Add(child);
        if (!child.Traced) return;
        first.Stop = new FakeStop(SIGSTOP, PL_FLAG_CHILD | PL_FLAG_SCX);
        child.Report();
        thread.Stop = new FakeStop(SIGTRAP, PL_FLAG_FORKED | PL_FLAG_SCX | (isVfork ? PL_FLAG_VFORKED : 0), Child: child.Pid);
    }

    public void SpawnThread(FakeProcess process, FakeThread creator)
    {
        var thread = new FakeThread(_nextLwp++) { DebugRegisters = [.. creator.DebugRegisters], Pc = creator.Rdi };
        process.Threads.Add(thread);
        if ((process.EventMask & PTRACE_LWP) != 0) thread.Stop = new FakeStop(SIGTRAP, PL_FLAG_BORN | PL_FLAG_SCX);
    }

    public override Errno Spawn(SpawnRequest program, out int pid)
    {
        (Spawned, pid) = (program, 0);
        if (SpawnError != Errno.None) return SpawnError;
        var process = Add(ExecutedProgram);
        process.Traced = true;
        foreach (var pc in MoreThreads) process.Threads.Add(NewThread(pc));
        process.Main.Stop = new FakeStop(SIGTRAP, PL_FLAG_EXEC | PL_FLAG_SCX);
        process.Report();
        pid = process.Pid;
        return Errno.None;
    }

    public override Errno Kill(int pid, int signal)
    {
        if (Processes.Find(process => process.Pid == pid && process.End is null) is not { } target) return Errno.ESRCH;
        if (signal != 0) target.Pending.Add(signal);
        return Errno.None;
    }

    public override Errno ProcessMemory(int pid, ulong address, Span<byte> bytes, bool isWrite)
    {
        if (Processes.Find(process => process.Pid == pid) is not { } process) return Errno.ESRCH;
        var request = new ptrace_io_desc { piod_op = isWrite ? PIOD_WRITE_D : PIOD_READ_D, piod_offs = address, piod_len = (ulong)bytes.Length };
        return Io(process, request, bytes);
    }

    /// <summary>
    /// Signals for single threads, as they were sent: they are taken at once, and seen nowhere. SIGSTOP is for any thread that is not held.
    /// </summary>
    public List<(int Lwp, int Signal)> ThreadSignals { get; } = [];

    public override Errno ThreadKill(int pid, int lwp, int signal)
    {
        ThreadSignals.Add((lwp, signal));
        return signal == SIGSTOP ? Kill(pid, signal) : Errno.None;
    }

    public override Errno Wait6(
        int idType, long id, int options, out int pid, out int status, out siginfo info, Func<TimeSpan, bool>? interrupted = null)
    {
        (pid, status, info) = (0, 0, default);
        for (var round = 0; round < 10000; round++)
        {
            var candidates = Processes.FindAll(process => (process.Traced || process.End is not null && process.Waited is false)
                && (idType == Wait.P_ALL || process.Pid == id));
            if (candidates.Count == 0) return Errno.ECHILD;
            foreach (var process in candidates)
            {
                if (process.End is not null)
                {
                    (pid, status) = (process.Pid, process.End.Value);
                    Processes.Remove(process);
                    return Errno.None;
                }
                if (!process.Stopped || process.Waited) continue;
                process.Waited = true;
                (pid, status) = (process.Pid, Wait.StopStatus(process.StopSignal));
                return Errno.None;
            }
            if (interrupted?.Invoke(TimeSpan.Zero) == true) return Errno.EINTR;
            Run(1);
        }
        throw new AssertionException("the debugger waits for something that never comes");
    }

    /// <summary>Lets everything run for some rounds without anybody waiting.</summary>
    public void Run(int rounds)
    {
        for (; rounds > 0; rounds--)
            foreach (var process in Processes.ToArray()) process.Round(this);
    }

    public override Errno Ptrace(int request, int pid, ulong address, int data, Span<byte> image, Span<byte> buffer, out long result)
    {
        result = 0;
        Requests.Add(request);
        if (Find(pid, out var named) is not { End: null } process) return Errno.ESRCH;
        if (request == PT_ATTACH) return Attach(process);
        if (!process.Traced) return Errno.EPERM;
        if (!process.Stopped || !process.Waited) return Errno.EBUSY;
        if (Missing.Contains(request)) return Errno.EINVAL;
        var thread = named ?? process.Reporter ?? process.Main;
        switch (request)
        {
            case PT_CONTINUE: process.Resume(data); break;
            case PT_STEP:
                thread.Trap = true;
                process.Resume(data);
                break;
            case PT_DETACH: Detach(process, data); break;
            case PT_KILL: process.End = Wait.SignalStatus(SIGKILL, core: false); break;
            case PT_LWPINFO: LwpInfo(thread).CopyTo(image); break;
            case PT_GETNUMLWPS: result = process.Threads.Count; break;
            case PT_GETLWPLIST:
                result = Math.Min(data, process.Threads.Count);
                for (var i = 0; i < result; i++) MemoryMarshal.Cast<byte, int>(image)[i] = process.Threads[i].Lwp;
                break;
            case PT_SETSTEP: thread.Trap = true; break;
            case PT_CLEARSTEP: thread.Trap = false; break;
            case PT_SUSPEND: thread.Suspended = true; break;
            case PT_RESUME: thread.Suspended = false; break;
            case PT_SET_EVENT_MASK: process.EventMask = BitConverter.ToInt32(image); break;
            case PT_IO: return Io(process, MemoryMarshal.Read<ptrace_io_desc>(image), buffer);
            case PT_GETREGS: thread.General.CopyTo(image); break;
            case PT_GETFPREGS: thread.FloatingPoint.CopyTo(image); break;
            case PT_GETFSBASE: thread.FsBase.CopyTo(image); break;
            case PT_GETDBREGS: thread.DebugRegisters.CopyTo(image); break;
            case PT_SETREGS: return SetRegisters(thread, image);
            case PT_SETFPREGS: image.CopyTo(thread.FloatingPoint); break;
            case PT_SETFSBASE: image.CopyTo(thread.FsBase); break;
            case PT_SETDBREGS: image.CopyTo(thread.DebugRegisters); break;
            case PT_X_SETSIGINFO when thread.Stop is { } stop && (stop.Flags & PL_FLAG_SI) != 0:
                thread.Stop = stop with { Info = MemoryMarshal.Read<siginfo>(image) };
                break;
            default: return Errno.EINVAL;
        }
        return Errno.None;
    }

    public override Errno Open(string path, int flags, int mode, out int descriptor)
    {
        descriptor = Files.Keys.Order(StringComparer.Ordinal).ToList().IndexOf(path);
        return descriptor < 0 ? Errno.ENOENT : (flags & 3) != 0 ? Errno.EROFS : Errno.None;
    }

    public override Errno Pread(int descriptor, Span<byte> buffer, long offset, out int count)
    {
        count = 0;
        if (File(descriptor) is not { } file) return Errno.EBADF;
        var rest = file.AsSpan((int)Math.Min(offset, file.Length));
        count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        return Errno.None;
    }

    public override Errno Pwrite(int descriptor, ReadOnlySpan<byte> buffer, long offset, out int count)
    {
        count = 0;
        return Errno.EROFS;
    }

    public override Errno Close(int descriptor) => File(descriptor) is null ? Errno.EBADF : Errno.None;

    public override Errno Fstat(int descriptor, Span<byte> stat)
    {
        if (File(descriptor) is not { } file) return Errno.EBADF;
        BitConverter.TryWriteBytes(stat, 0x11UL);
        BitConverter.TryWriteBytes(stat[8..], 0x22UL);
        BitConverter.TryWriteBytes(stat[16..], 1UL);
        BitConverter.TryWriteBytes(stat[24..], (ushort)0x81a4);
        BitConverter.TryWriteBytes(stat[64..], 0x5f000000L);
        BitConverter.TryWriteBytes(stat[112..], (long)file.Length);
        BitConverter.TryWriteBytes(stat[120..], 8L);
        BitConverter.TryWriteBytes(stat[128..], 4096);
        return Errno.None;
    }

    public override Errno Stat(string path, bool follow, Span<byte> stat)
    {
        var error = Open(path, 0, 0, out var descriptor);
        return error == Errno.None ? Fstat(descriptor, stat) : error;
    }

    public override Errno Unlink(string path) => Errno.EROFS;

    public override Errno Symlink(string target, string path) => Errno.EROFS;

    public override Errno Mkdir(string path, int mode) => Errno.EROFS;

    public override Errno Scandir(string path, out IReadOnlyList<string> names)
    {
        names = [];
        return Errno.ENOSYS;
    }

    public override Errno Chmod(string path, int mode) => Errno.EROFS;

    public override Errno Readlink(string path, out string target)
    {
        target = path == "/link" ? "/target#" : "";
        return target.Length > 0 ? Errno.None : Files.ContainsKey(path) ? Errno.EINVAL : Errno.ENAMETOOLONG;
    }

    public override Errno SysctlByName(string name, Span<byte> value, out int length)
    {
        length = 0;
        return Errno.ENOENT;
    }

    public override Errno Sysctl(ReadOnlySpan<int> name, Span<byte> value, out int length)
    {
        length = 0;
        if (name is not [1, 14, var what, var pid] || Processes.Find(process => process.Pid == pid) is null) return Errno.ESRCH;
        var content = what == Mib.KERN_PROC_AUXV ? Auxv : Encoding.UTF8.GetBytes($"/bin/program{pid}\0");
        length = content.Length;
        if (value.Length < length) return Errno.ENOMEM;
        content.CopyTo(value);
        return Errno.None;
    }

    private static byte[] FirstAuxv()
    {
        var auxv = new byte[2000];
        auxv[0] = 3;
        return auxv;
    }

    /// <summary>The process of a pid or of a thread id; without garbage, for the tests that count it.</summary>
    private FakeProcess? Find(int id, out FakeThread? thread)
    {
        thread = null;
        foreach (var process in Processes)
        {
            if (process.Pid == id) return process;
            foreach (var candidate in process.Threads)
            {
                if (candidate.Lwp != id) continue;
                thread = candidate;
                return process;
            }
        }
        return null;
    }

    private FakeThread NewThread(ulong pc) => new(_nextLwp++) { Pc = pc };

    private byte[]? File(int descriptor) =>
        descriptor >= 0 && descriptor < Files.Count ? Files[Files.Keys.Order(StringComparer.Ordinal).ElementAt(descriptor)] : null;

    private static Errno Attach(FakeProcess process)
    {
        if (process.Traced) return Errno.EBUSY;
        process.Traced = true;
        process.Main.Stop = new FakeStop(SIGSTOP, 0);
        process.Report();
        return Errno.None;
    }

    /// <summary>Stops that were not reported, and armed steps, outlive the debugger as real SIGTRAPs.</summary>
    private static void Detach(FakeProcess process, int signal)
    {
        var isLeftStopped = process.Threads.Exists(thread => thread.Stop is not null && thread != process.Reporter || thread.Trap);
        process.Traced = false;
        foreach (var thread in process.Threads) thread.Suspended = false;
        process.Resume(signal);
        foreach (var thread in process.Threads) thread.Stop = null;
        if (isLeftStopped) process.End = Wait.SignalStatus(SIGTRAP, core: true);
    }

    private static Errno SetRegisters(FakeThread thread, ReadOnlySpan<byte> image)
    {
        // set_regs: only the flags that a user may change.
        if (((BitConverter.ToUInt32(image[152..]) ^ BitConverter.ToUInt32(thread.General.AsSpan(152))) & ~0x254dd5U) != 0)
            return Errno.EINVAL;
        image.CopyTo(thread.General);
        return Errno.None;
    }

    private static Errno Io(FakeProcess process, ptrace_io_desc request, Span<byte> buffer)
    {
        if (!process.Contains(request.piod_offs, request.piod_len)) return Errno.EFAULT;
        if (request.piod_op != PIOD_READ_D && request.piod_offs + request.piod_len > process.Unwritable) return Errno.EFAULT;
        var memory = process.Memory.AsSpan((int)(request.piod_offs - FakeProcess.Base), (int)request.piod_len);
        if (request.piod_op == PIOD_READ_D) memory.CopyTo(buffer);
        else buffer.CopyTo(memory);
        return Errno.None;
    }

    private static byte[] LwpInfo(FakeThread thread)
    {
        var info = new ptrace_lwpinfo { pl_lwpid = thread.Lwp, pl_tdname = $"worker{thread.Lwp}" };
        if (thread.Stop is { } stop)
        {
            info.pl_event = PL_EVENT_SIGNAL;
            info.pl_flags = stop.Flags;
            info.pl_child_pid = stop.Child;
            info.pl_siginfo = (stop.Flags & PL_FLAG_SI) == 0 ? default
                : stop.Info ?? new siginfo { si_signo = stop.Signal, si_code = stop.Code, si_addr = thread.Pc };
        }
        return MemoryMarshal.AsBytes(new ReadOnlySpan<ptrace_lwpinfo>(in info)).ToArray();
    }
}
