using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Wait;

namespace GdbStub.Tracing;

/// <summary>
/// A core file of the guest's, where the client fetches it: PT_COREDUMP's, or gathered where the kernel has no such request.
/// </summary>
internal static class CoreSaver
{
    /// <summary>The file's permissions: 0600.</summary>
    private const int Mode = 0x180;

    /// <summary>Where a core goes that nobody has named a place for.</summary>
    public static string DefaultPath(int pid) => $"/tmp/gdbstub-{pid}.core";

    /// <summary>Dumps a stopped process where the client would like it, or else where there is place for it.</summary>
    /// <param name="thread">The one that is shown first.</param>
    /// <param name="hint">A path that the client would like; it is taken if a file can be made there.</param>
    /// <param name="path">Where the core is.</param>
    /// <returns>PT_COREDUMP's error, or open(2)'s; then there is no file.</returns>
    public static Errno Save(SystemCalls system, RegisterLayout layout, TracedThread thread, string hint, out string path)
    {
        path = hint;
        if (hint.Length > 0 && system.Open(hint, O_WRONLY | O_CREAT | O_EXCL, Mode, out var descriptor) == Errno.None)
            return Write(system, layout, thread, path, descriptor);
        path = DefaultPath(thread.Process.Pid);
        return SaveAs(system, layout, thread, path);
    }

    /// <summary>Dumps a stopped process to <paramref name="path"/> and nowhere else; a file that is there is written over.</summary>
    /// <param name="thread">The one that is shown first.</param>
    /// <returns>PT_COREDUMP's error, or open(2)'s; then there is no file.</returns>
    public static Errno SaveAs(SystemCalls system, RegisterLayout layout, TracedThread thread, string path)
    {
        var error = system.Open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, Mode, out var descriptor);
        return error == Errno.None ? Write(system, layout, thread, path, descriptor) : error;
    }

    private static Errno Write(SystemCalls system, RegisterLayout layout, TracedThread thread, string path, int descriptor)
    {
        var pid = thread.Process.Pid;
        // The core has the program's own bytes, as a debugger shows them.
        var breakpoints = thread.Process.Breakpoints;
        var lifts = breakpoints.Count > 0 && !breakpoints.Lifted;
        if (lifts) breakpoints.Lift(pid);
        var wanted = new ptrace_coredump(descriptor, 0, 0);
        var error = system.Ptrace(PT_COREDUMP, pid, MemoryMarshal.AsBytes(new Span<ptrace_coredump>(ref wanted)), ptrace_coredump.Bytes);
        // The kernel has no such request, or does not know it at all.
        if (error == Errno.EINVAL) error = new GatheredCore(system, layout, thread).Write(descriptor);
        else system.TakeRepeatedStop(pid);
        if (lifts) breakpoints.PutBack(pid);
        _ = system.Close(descriptor);
        if (error != Errno.None) _ = system.Unlink(path);
        return error;
    }

    /// <summary>
    /// A thread has worked for its debugger, and its stop has been reported again; without that, nothing is taken (ptrace(2), PT_COREDUMP).
    /// </summary>
    public static void TakeRepeatedStop(this SystemCalls system, int pid) =>
        _ = system.Wait6(P_PID, pid, WTRAPPED | WNOHANG, out _, out _, out _);
}
