using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>sysctl kern.proc.kstack: struct kinfo_kstack of each thread. Threads of this kernel have coroutines for stacks, so a sleeping one
/// is shown with the functions of FreeBSD's kernel that stand for what it does.</summary>
internal static class KernelStacks
{
    private const int Bytes = 1096, TraceOffset = 8, TraceBytes = 1024;
    private const int KKST_STATE_STACKOK = 0, KKST_STATE_RUNNING = 2;

    public static Errno Put(in SysctlRequest request, Process process)
    {
        var image = new byte[Bytes];
        foreach (var lwp in process.Threads)
        {
            image.AsSpan().Clear();
            MemoryMarshal.Write(image, lwp.Tid);
            MemoryMarshal.Write(image.AsSpan(4), lwp.IsSleeping || lwp.Suspended ? KKST_STATE_STACKOK : KKST_STATE_RUNNING);
            var trace = Trace(lwp);
            Encoding.Latin1.GetBytes(trace.AsSpan(0, Math.Min(trace.Length, TraceBytes - 1)), image.AsSpan(TraceOffset));
            request.Put(image);
        }
        return Errno.None;
    }

    // stack_sbuf_print: "#0 0xADDRESS at FUNCTION+0xOFFSET"
    private static string Trace(Lwp lwp)
    {
        if (!lwp.IsSleeping && !lwp.Suspended) return "";
        string[] functions = lwp.IsSleeping
            ? ["mi_switch", "sleepq_wait", "_sleep", "sys_" + lwp.Process.Kernel.SystemCalls.Name(lwp.Call.Code), "syscall"]
            : ["mi_switch", "thread_suspend_switch", "ptracestop", "ast"];
        var text = new StringBuilder();
        for (var index = 0; index < functions.Length; index++) text.Append($"#{index} 0xffffffff80000000 at {functions[index]}+0x0\n");
        return text.ToString();
    }
}
