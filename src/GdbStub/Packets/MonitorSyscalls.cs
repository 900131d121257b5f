using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>
/// "monitor syscalls": the system calls that threads have been stopped in ("catch syscall"), as truss(1) would print them.
/// </summary>
internal static class MonitorSyscalls
{
    private const int MostArguments = 8;
    private const int HighestNumber = 1023;

    public static string Show(Session session, string[] words)
    {
        if (words.Length > 1) return Describe(session, words[1]);
        var text = new StringBuilder();
        foreach (var process in session.Tracer.Processes)
            foreach (var thread in process.Threads)
                if (DescribeStop(session, thread) is { } call) text.Append(CultureInfo.InvariantCulture, $"thread {thread.Lwp}: {call}\n");
        return text.Length == 0 ? "No thread is stopped in a system call; \"catch syscall\" stops them there.\n" : text.ToString();
    }

    /// <summary>The prototypes of the calls of that name or number.</summary>
    private static string Describe(Session session, string word)
    {
        var text = new StringBuilder();
        for (var number = 0; number <= HighestNumber; number++)
        {
            if (session.SystemCallPrototype(number) is not { } prototype) continue;
            if (word == SystemCallNames.Of(prototype, number) || word == number.ToString(CultureInfo.InvariantCulture))
                text.Append(CultureInfo.InvariantCulture, $"{number}: {prototype}\n");
        }
        return text.Length == 0 ? $"This kernel has no system call {word}.\n" : text.ToString();
    }

    /// <summary>"write(0x1, 0x200268, 0x5) = 5"; null when the thread is in no system call.</summary>
    private static string? DescribeStop(Session session, TracedThread thread)
    {
        var system = session.Tracer.System;
        if (system.LwpInfo(thread.Lwp, out var info) != Errno.None || (info.pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) == 0) return null;
        Span<ulong> arguments = stackalloc ulong[MostArguments];
        arguments = arguments[..Math.Min((int)info.pl_syscall_narg, MostArguments)];
        if (system.Ptrace(PT_GET_SC_ARGS, thread.Lwp, MemoryMarshal.AsBytes(arguments), arguments.Length * sizeof(ulong)) != Errno.None)
            return null;
        var number = (int)info.pl_syscall_code;
        var text = new StringBuilder(SystemCallNames.Of(session.SystemCallPrototype(number), number)).Append('(');
        for (var index = 0; index < arguments.Length; index++)
            text.Append(CultureInfo.InvariantCulture, $"{(index == 0 ? "" : ", ")}0x{arguments[index]:x}");
        text.Append(')');
        ptrace_sc_ret result = default;
        if ((info.pl_flags & PL_FLAG_SCX) == 0
            || system.Ptrace(PT_GET_SC_RET, thread.Lwp, MemoryMarshal.AsBytes(new Span<ptrace_sc_ret>(ref result)),
            ptrace_sc_ret.Bytes) != Errno.None)
        {
            return text.ToString();
        }
        return text.Append(" = ").Append(
            result.sr_error != 0 ? ((Errno)result.sr_error).ToString() : ((long)result.sr_retval0).ToString(CultureInfo.InvariantCulture))
            .ToString();
    }
}
