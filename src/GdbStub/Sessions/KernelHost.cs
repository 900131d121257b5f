using System.Diagnostics.CodeAnalysis;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>The kernel as the server needs it: the composition root supplies it, so that nothing here names a kernel or a CPU.</summary>
public abstract class KernelHost : IDisposable
{
    /// <summary>The CPU that programs run on.</summary>
    public abstract IDebugTarget Target { get; }

    /// <summary>Path, in the guest's name space, of the built-in demo.</summary>
    public abstract string DemoProgram { get; }

    /// <summary>What the machines have done so far. May be asked from any thread, while they run.</summary>
    public abstract MachineWork Work { get; }

    /// <summary>Whether the machine that all share lets another host process in within <paramref name="limit"/>.</summary>
    public abstract bool IsAnswering(TimeSpan limit);

    /// <summary>Whether the personality has ptrace request <paramref name="request"/>.</summary>
    public abstract bool HasRequest(int request);

    /// <summary>Checks that the host's file is a program that this kernel can run, and lets the guest see it, read-only.</summary>
    /// <param name="guestPath">Its path in the guest's name space.</param>
    /// <param name="reason">Why not, in one line that names the file.</param>
    /// <returns>What execve(2) would return.</returns>
    public abstract Errno Admit(string hostPath, out string guestPath, out string reason);

    /// <summary>Starts in every machine what <paramref name="table"/> says; in the one that all share, now.</summary>
    /// <param name="reason">Why that cannot be done.</param>
    public abstract bool TryBoot(BootTable table, [NotNullWhen(false)] out string? reason);

    /// <summary>A new host process, from which programs can be started and debugged.</summary>
    /// <param name="isolated">In a machine of its own, which ends with it; else in the one that all share.</param>
    public abstract SystemCalls CreateProcess(bool isolated);

    /// <summary>A new host process in the machine of <paramref name="other"/>; in one of its own when that has just ended.</summary>
    public abstract SystemCalls CreateBeside(SystemCalls other);

    /// <summary>The machine in which a host process is.</summary>
    public abstract Machine MachineOf(SystemCalls process);

    /// <summary>A bug has ended the machine of <paramref name="process"/>: every call throws.</summary>
    public abstract bool HasEnded(SystemCalls process);

    /// <summary>How many instructions all programs of the machine of <paramref name="process"/> have retired.</summary>
    public abstract long Instructions(SystemCalls process);

    /// <summary>
    /// The C prototype of a system call, "ssize_t write(int fd, const void *buf, size_t nbyte)"; null: the kernel has no such call.
    /// </summary>
    public abstract string? SystemCallPrototype(int number);

    /// <summary>Ends a host process as exit(2) would: the programs it traces are killed.</summary>
    public abstract void End(SystemCalls process);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
