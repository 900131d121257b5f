using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>Is told of each system call by which a debugger does its work, when it is done.</summary>
public interface ICallLog
{
    /// <summary>ptrace(2); <paramref name="image"/> is the structure as the call left it.</summary>
    void Ptrace(int request, int pid, ulong address, int data, ReadOnlySpan<byte> image, Errno error, long result);

    /// <summary>wait6(2).</summary>
    void Wait6(int idType, long id, int options, Errno error, int pid, int status);

    void Kill(int pid, int signal, Errno error);

    /// <summary>thr_kill2(2).</summary>
    void ThreadKill(int pid, int lwp, int signal, Errno error);

    /// <summary>fork(2) and execve(2).</summary>
    void Spawn(SpawnRequest program, Errno error, int pid);
}

/// <summary>A host process's system calls, of which those that debug can be listened to.</summary>
public sealed class RecordedCalls(SystemCalls calls) : SystemCalls
{
    /// <summary>Who listens; null: nobody.</summary>
    public ICallLog? Log { get; set; }

    public override int Pid => calls.Pid;

    public override Errno Ptrace(int request, int pid, ulong address, int data, Span<byte> image, Span<byte> buffer, out long result)
    {
        var error = calls.Ptrace(request, pid, address, data, image, buffer, out result);
        Log?.Ptrace(request, pid, address, data, image, error, result);
        return error;
    }

    public override Errno Wait6(
        int idType, long id, int options, out int pid, out int status, out siginfo info, Func<TimeSpan, bool>? interrupted = null)
    {
        var error = calls.Wait6(idType, id, options, out pid, out status, out info, interrupted);
        Log?.Wait6(idType, id, options, error, pid, status);
        return error;
    }

    public override Errno ProcessMemory(int pid, ulong address, Span<byte> bytes, bool isWrite) => calls.ProcessMemory(pid, address, bytes, isWrite);

    public override Errno Kill(int pid, int signal)
    {
        var error = calls.Kill(pid, signal);
        Log?.Kill(pid, signal, error);
        return error;
    }

    public override Errno ThreadKill(int pid, int lwp, int signal)
    {
        var error = calls.ThreadKill(pid, lwp, signal);
        Log?.ThreadKill(pid, lwp, signal, error);
        return error;
    }

    public override Errno Spawn(SpawnRequest program, out int pid)
    {
        var error = calls.Spawn(program, out pid);
        Log?.Spawn(program, error, pid);
        return error;
    }

    public override Errno Open(string path, int flags, int mode, out int descriptor) => calls.Open(path, flags, mode, out descriptor);

    public override Errno Pread(int descriptor, Span<byte> buffer, long offset, out int count) =>
        calls.Pread(descriptor, buffer, offset, out count);

    public override Errno Pwrite(int descriptor, ReadOnlySpan<byte> buffer, long offset, out int count) =>
        calls.Pwrite(descriptor, buffer, offset, out count);

    public override Errno Close(int descriptor) => calls.Close(descriptor);

    public override Errno Fstat(int descriptor, Span<byte> stat) => calls.Fstat(descriptor, stat);

    public override Errno Stat(string path, bool follow, Span<byte> stat) => calls.Stat(path, follow, stat);

    public override Errno Unlink(string path) => calls.Unlink(path);

    public override Errno Readlink(string path, out string target) => calls.Readlink(path, out target);

    public override Errno Symlink(string target, string path) => calls.Symlink(target, path);

    public override Errno Mkdir(string path, int mode) => calls.Mkdir(path, mode);

    public override Errno Scandir(string path, out IReadOnlyList<string> names) => calls.Scandir(path, out names);

    public override Errno Chmod(string path, int mode) => calls.Chmod(path, mode);

    public override Errno Sysctl(ReadOnlySpan<int> name, Span<byte> value, out int length) => calls.Sysctl(name, value, out length);

    public override Errno SysctlByName(string name, Span<byte> value, out int length) => calls.SysctlByName(name, value, out length);
}
