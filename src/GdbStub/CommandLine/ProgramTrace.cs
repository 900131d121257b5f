using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Wait;

namespace GdbStub.CommandLine;

/// <summary>
/// The debugger of <c>gdbstub run --trace</c>, which only writes down what truss(1) would: the system calls of a program and of its
/// children with arguments and results, signals, threads, ends. Each line has the number of instructions retired until then.
/// </summary>
internal sealed class ProgramTrace(KernelHost kernel, SystemCalls system, TraceFile file)
{
    private const int Events = PTRACE_EXEC | PTRACE_SYSCALL | PTRACE_FORK | PTRACE_VFORK | PTRACE_LWP;
    private const int MostArguments = 8;

    private readonly HashSet<int> _known = [];
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Waits for the end of <paramref name="pid"/>, a traced child.</summary>
    /// <param name="interrupted">Asked between slices; true ends the wait with EINTR.</param>
    public Errno Wait(int pid, Func<TimeSpan, bool> interrupted, out int status)
    {
        while (true)
        {
            var error = system.Wait6(P_ALL, 0, WEXITED | WTRAPPED, out var reporter, out status, out _, interrupted);
            if (error != Errno.None) return error;
            if (WIFSTOPPED(status))
            {
                _ = system.Continue(reporter, Report(reporter, WSTOPSIG(status)));
                continue;
            }
            var end = status;
            if (WIFEXITED(end)) Write(reporter, 0, "exit", json => json.WriteNumber("status", WEXITSTATUS(end)));
            else Write(reporter, 0, "killed", json => json.WriteString("signal", SignalTexts.Name(WTERMSIG(end))));
            if (reporter == pid) return Errno.None;
        }
    }

    /// <returns>The signal to give back to the program; 0: none.</returns>
    private int Report(int pid, int signal)
    {
        var isNew = _known.Add(pid);
        if (isNew) _ = system.SetEventMask(pid, Events);
        if (system.LwpInfo(pid, out var info) != Errno.None) return 0;
        var lwp = info.pl_lwpid;
        if ((info.pl_flags & PL_FLAG_BORN) != 0) Write(pid, lwp, "thread");
        else if ((info.pl_flags & PL_FLAG_EXITED) != 0) Write(pid, lwp, "thread exit");
        else if (isNew && (info.pl_flags & PL_FLAG_CHILD) != 0) Write(pid, lwp, "start");
        else if ((info.pl_flags & PL_FLAG_EXEC) != 0) Write(pid, lwp, "exec", json => json.WriteString("path", PathOf(pid)));
        else if ((info.pl_flags & PL_FLAG_SCE) != 0) WriteCall(pid, info);
        else if ((info.pl_flags & PL_FLAG_SCX) != 0) WriteReturn(pid, info);
        if ((info.pl_flags & PL_FLAG_FORKED) != 0)
            Write(pid, lwp, (info.pl_flags & PL_FLAG_VFORKED) != 0 ? "vfork" : "fork",
                json => json.WriteNumber("child", info.pl_child_pid));
        if ((info.pl_flags & PL_FLAG_SI) == 0 || isNew) return 0;
        Write(pid, lwp, "signal", json => json.WriteString("name", SignalTexts.Name(signal)));
        return signal;
    }

    private void WriteCall(int pid, ptrace_lwpinfo info)
    {
        var arguments = new ulong[Math.Min((int)info.pl_syscall_narg, MostArguments)];
        _ = system.Ptrace(PT_GET_SC_ARGS, info.pl_lwpid, MemoryMarshal.AsBytes(arguments.AsSpan()), arguments.Length * sizeof(ulong));
        Write(pid, info.pl_lwpid, "call", json =>
        {
            json.WriteString("name", NameOf((int)info.pl_syscall_code));
            json.WriteStartArray("arguments");
            foreach (var argument in arguments) json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{argument:x}"));
            json.WriteEndArray();
        });
    }

    private void WriteReturn(int pid, ptrace_lwpinfo info)
    {
        ptrace_sc_ret result = default;
        _ = system.Ptrace(PT_GET_SC_RET, info.pl_lwpid, MemoryMarshal.AsBytes(new Span<ptrace_sc_ret>(ref result)), ptrace_sc_ret.Bytes);
        Write(pid, info.pl_lwpid, "return", json =>
        {
            json.WriteString("name", NameOf((int)info.pl_syscall_code));
            if (result.sr_error != 0) json.WriteString("error", ((Errno)result.sr_error).ToString());
            else json.WriteNumber("value", (long)result.sr_retval0);
        });
    }

    private void Write(int pid, int lwp, string what, Action<Utf8JsonWriter>? more = null)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            json.WriteNumber("instructions", kernel.Instructions(system));
            json.WriteNumber("pid", pid);
            if (lwp != 0) json.WriteNumber("lwp", lwp);
            json.WriteString("event", what);
            more?.Invoke(json);
            json.WriteEndObject();
        }
        file.Write(_line.WrittenSpan);
    }

    private string PathOf(int pid) => system.ReadPathname(pid, out var path) == Errno.None ? path : "";

    /// <summary>write, out of "ssize_t write(int fd, …)"; a number that the kernel does not have is written as it is.</summary>
    private string NameOf(int number) => SystemCallNames.Of(kernel.SystemCallPrototype(number), number);
}
