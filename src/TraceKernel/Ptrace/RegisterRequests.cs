using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>Register images (PTRACE.md 9), whose layout is the architecture's.</summary>
internal static class RegisterRequests
{
    [Ptrace(PT_GETREGS, Target.StoppedLwp)]
    public static Errno GetRegs(ref PtraceCall call)
    {
        var architecture = call.Process.Kernel.Architecture;
        if (call.Image.Length < architecture.RegBytes) return Errno.EFAULT;
        architecture.FillRegs(call.Lwp.Cpu, call.Image[..architecture.RegBytes]);
        return Errno.None;
    }

    [Ptrace(PT_SETREGS, Target.StoppedLwp)]
    public static Errno SetRegs(ref PtraceCall call)
    {
        var architecture = call.Process.Kernel.Architecture;
        if (call.Image.Length < architecture.RegBytes) return Errno.EFAULT;
        call.Lwp.Debug |= DebugFlags.UserWrite;
        return architecture.SetRegs(call.Lwp.Cpu, call.Image[..architecture.RegBytes]);
    }

    [Ptrace(PT_GETFPREGS, Target.StoppedLwp)]
    public static Errno GetFpRegs(ref PtraceCall call)
    {
        var architecture = call.Process.Kernel.Architecture;
        if (call.Image.Length < architecture.FpRegBytes) return Errno.EFAULT;
        architecture.FillFpRegs(call.Lwp.Cpu, call.Image[..architecture.FpRegBytes]);
        return Errno.None;
    }

    [Ptrace(PT_SETFPREGS, Target.StoppedLwp)]
    public static Errno SetFpRegs(ref PtraceCall call)
    {
        var architecture = call.Process.Kernel.Architecture;
        if (call.Image.Length < architecture.FpRegBytes) return Errno.EFAULT;
        call.Lwp.Debug |= DebugFlags.UserWrite;
        return architecture.SetFpRegs(call.Lwp.Cpu, call.Image[..architecture.FpRegBytes]);
    }

    [Ptrace(PT_GETDBREGS, Target.StoppedLwp)]
    public static Errno GetDbRegs(ref PtraceCall call)
    {
        var architecture = call.Process.Kernel.Architecture;
        if (call.Image.Length < architecture.DbRegBytes) return Errno.EFAULT;
        architecture.FillDbRegs(call.Lwp.Cpu, call.Image[..architecture.DbRegBytes]);
        return Errno.None;
    }

    [Ptrace(PT_SETDBREGS, Target.StoppedLwp)]
    public static Errno SetDbRegs(ref PtraceCall call)
    {
        var architecture = call.Process.Kernel.Architecture;
        if (call.Image.Length < architecture.DbRegBytes) return Errno.EFAULT;
        call.Lwp.Debug |= DebugFlags.UserWrite;
        return architecture.SetDbRegs(call.Lwp.Cpu, call.Image[..architecture.DbRegBytes]);
    }

    /// <summary>cpu_ptrace: everything from PT_FIRSTMACH on.</summary>
    [Ptrace(PT_FIRSTMACH, Target.StoppedLwp)]
    public static Errno Machine(ref PtraceCall call)
    {
        var architecture = call.Process.Kernel.Architecture;
        var (input, output) = architecture.MachineRequestBytes(call.Request, call.Data);
        if (call.Image.Length < Math.Max(input, output)) return Errno.EFAULT;
        return architecture.MachineRequest(call.Lwp.Cpu, call.Request, call.Image, call.Data);
    }
}
