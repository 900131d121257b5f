using TraceKernel.Abi;

namespace TraceKernel.User;

/// <summary>
/// The system calls of a host process: GdbStub's only door to the kernel. Each is what the man page of that name says, with the
/// error returned instead of errno. Calls may come from any host thread; the kernel is a monitor.
/// </summary>
public abstract class SystemCalls
{
    /// <summary>getpid(2) of the host process.</summary>
    public abstract int Pid { get; }

    /// <summary>
    /// ptrace(2). <paramref name="image"/> is the structure that the C <c>addr</c> would point to (struct reg, ptrace_lwpinfo, …):
    /// read by the SET requests, written by the GET requests; <paramref name="address"/> is the C <c>addr</c> where it is an
    /// address in the target (PT_READ_D, PT_CONTINUE). <paramref name="buffer"/> is what the structure itself points to:
    /// piod_addr of PT_IO, pve_path of PT_VM_ENTRY.
    /// </summary>
    /// <param name="result">The call's return value.</param>
    public abstract Errno Ptrace(int request, int pid, ulong address, int data, Span<byte> image, Span<byte> buffer, out long result);

    public Errno Ptrace(int request, int pid, ulong address, int data) => Ptrace(request, pid, address, data, default, default, out _);

    public Errno Ptrace(int request, int pid, Span<byte> image, int data = 0) => Ptrace(request, pid, 0, data, image, default, out _);

    /// <summary>
    /// wait6(2). While no child has anything to report and WNOHANG is not given, the calling thread is the guest's CPU:
    /// it runs guest threads in slices of about 100 µs and calls <paramref name="interrupted"/> between them (with the time it may
    /// block there: zero while guests are runnable, up to the next timer when all sleep). True ends the wait with EINTR.
    /// </summary>
    /// <param name="pid">The child that reported; 0 with WNOHANG and nothing to report.</param>
    public abstract Errno Wait6(
        int idType, long id, int options, out int pid, out int status, out siginfo info, Func<TimeSpan, bool>? interrupted = null);

    /// <summary>
    /// pread(2) and pwrite(2) of procfs's file mem: memory of a process whether it runs or not. EPERM as p_candebug says; EFAULT where it
    /// cannot be.
    /// </summary>
    public abstract Errno ProcessMemory(int pid, ulong address, Span<byte> bytes, bool isWrite);

    /// <summary>kill(2); signal 0 tests for existence.</summary>
    public abstract Errno Kill(int pid, int signal);

    /// <summary>thr_kill2(2): a signal for one thread.</summary>
    public abstract Errno ThreadKill(int pid, int lwp, int signal);

    /// <summary>fork(2), then in the child what <paramref name="program"/> asks for (PT_TRACE_ME, chdir) and execve(2).</summary>
    /// <returns>The error of the first step that failed; then no child is left.</returns>
    public abstract Errno Spawn(SpawnRequest program, out int pid);

    /// <summary>Why the last <see cref="Spawn"/> could not execute its program, in one line; null when something else was wrong.</summary>
    public virtual string? SpawnRefusal => null;

    // Files, as seen by the host process in the guest's name space. Flags and structures are FreeBSD's.
    public abstract Errno Open(string path, int flags, int mode, out int descriptor);
    public abstract Errno Pread(int descriptor, Span<byte> buffer, long offset, out int count);
    public abstract Errno Pwrite(int descriptor, ReadOnlySpan<byte> buffer, long offset, out int count);
    public abstract Errno Close(int descriptor);
    /// <summary>fstat(2): the 224-byte struct stat.</summary>
    public abstract Errno Fstat(int descriptor, Span<byte> stat);
    /// <summary>stat(2) or, with <paramref name="follow"/> false, lstat(2).</summary>
    public abstract Errno Stat(string path, bool follow, Span<byte> stat);
    public abstract Errno Unlink(string path);
    public abstract Errno Readlink(string path, out string target);
    public abstract Errno Symlink(string target, string path);
    public abstract Errno Mkdir(string path, int mode);
    /// <summary>scandir(3): the names in a directory, without "." and "..", sorted. ENOTDIR where it is none.</summary>
    public abstract Errno Scandir(string path, out IReadOnlyList<string> names);
    public abstract Errno Chmod(string path, int mode);

    /// <summary>
    /// sysctl(3) by number, reading only. ENOMEM with the needed size in <paramref name="length"/> when <paramref name="value"/> is too
    /// small.
    /// </summary>
    public abstract Errno Sysctl(ReadOnlySpan<int> name, Span<byte> value, out int length);

    /// <summary>sysctlbyname(3), reading only: "security.bsd.see_other_uids". ENOENT when there is no such value.</summary>
    public abstract Errno SysctlByName(string name, Span<byte> value, out int length);
}

/// <summary>What to run, and how: the work of a debugger's fork_inferior.</summary>
/// <param name="Path">Path of the program as the guest sees it.</param>
/// <param name="Arguments">argv, argv[0] included.</param>
/// <param name="Environment">envp as NAME=value.</param>
public sealed record SpawnRequest(string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    /// <summary>PT_TRACE_ME before execve: the child's first stop is the exec's SIGTRAP.</summary>
    public bool Traced { get; init; } = true;

    /// <summary>chdir(2) first; null: the host process's own directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Told of all that the program and its children do, while they run, as ktrace(2) records it; they cannot see it.</summary>
    public Action<ProgramEvent>? Watcher { get; init; }

    /// <summary>What descriptors 0, 1 and 2 are.</summary>
    public required Terminal Terminal { get; init; }

    /// <summary>Files that take the terminal's place as descriptors 0, 1 and 2, opened by the child; null: none does.</summary>
    public string? StandardInput { get; init; }
    public string? StandardOutput { get; init; }
    public string? StandardError { get; init; }
}

/// <summary>
/// The outside of a guest's terminal: what it prints comes out of <see cref="Output"/>, what is typed goes in by <see cref="Type"/>.
/// </summary>
public sealed class Terminal
{
    private readonly Queue<byte> _input = new();

    /// <summary>Called with each write of the guest, on the thread that runs it; 1 or 2 says by which descriptor it was opened.</summary>
    public Action<int, ReadOnlyMemory<byte>> Output { get; init; } = (_, _) => { };

    /// <summary>
    /// Called when a guest reads or polls, nothing is typed and the end is not reached: <see cref="Type"/> or <see cref="Close"/> shall
    /// follow, at once or later. Must not block.
    /// </summary>
    public Action? NeedInput { get; init; }

    /// <summary>What isatty(3) says of it.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Of a terminal: descriptor 2 is no terminal, and what is written there comes out as descriptor 2.</summary>
    public bool IsErrorApart { get; init; }

    /// <summary>The window's size in characters.</summary>
    public int Rows { get; private set; } = 24;

    /// <inheritdoc cref="Rows"/>
    public int Columns { get; private set; } = 80;

    /// <summary>Something typed has not been taken yet.</summary>
    public bool HasInput
    {
        get
        {
            lock (_input) return _input.Count > 0;
        }
    }

    /// <summary>True when end-of-file follows what was typed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Set by the kernel: wakes readers.</summary>
    public Action? Changed { get; set; }

    public void Type(ReadOnlySpan<byte> text)
    {
        lock (_input) foreach (var b in text) _input.Enqueue(b);
        Changed?.Invoke();
    }

    /// <summary>The window has another size: the guest's foreground gets SIGWINCH.</summary>
    public void Resize(int rows, int columns)
    {
        (Rows, Columns) = (rows, columns);
        Changed?.Invoke();
    }

    public void Close()
    {
        IsClosed = true;
        Changed?.Invoke();
    }

    /// <summary>Takes what was typed, up to the size of <paramref name="buffer"/>.</summary>
    public int Take(Span<byte> buffer)
    {
        var count = 0;
        lock (_input)
        {
            while (count < buffer.Length && _input.TryDequeue(out var b)) buffer[count++] = b;
        }
        return count;
    }
}
