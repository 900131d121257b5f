using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;

namespace TraceKernel.Signals;

/// <summary>What the kernel does to a process that has gone too far, and tells about it (killproc of kern_sig.c).</summary>
internal static class Killing
{
    /// <summary>killproc: SIGKILL, whoever debugs it.</summary>
    public static void Kill(Process process, string why)
    {
        Tell(process, $"was killed: {why}");
        process.Flags |= ProcessFlags.Killed;
        Posting.Send(process, Abi.Signals.SIGKILL);
    }

    /// <summary>log(9), and uprintf(9) where the process still has its terminal as standard error.</summary>
    public static void Tell(Process process, string what)
    {
        var text = $"pid {process.Pid} ({process.Name}), jid {process.Jail}, uid {process.UserId}, {what}";
        process.Kernel.Print(text);
        if (process.Files.Get(2, out var file) == Errno.None && file.Target is TerminalDevice or TerminalVnode)
            file.Target.Write(file, 0, Encoding.Latin1.GetBytes(text + "\n"), out _);
    }
}
