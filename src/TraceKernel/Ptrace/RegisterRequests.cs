using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>Register images (PTRACE.md 9), whose layout is the architecture's.</summary>
internal static class RegisterRequests
{
    private delegate Errno Filler(IArchitecture architecture, Cpu cpu, Span<byte> image);

    private delegate Errno Setter(IArchitecture architecture, Cpu cpu, ReadOnlySpan<byte> image);

    /// <summary>One of the three structures: its size, and the functions of machdep.c.</summary>
    private sealed record Image(Func<IArchitecture, int> Bytes, Filler Fill, Setter Set);

    private static readonly Image General = new(
        architecture => architecture.RegBytes,
        (architecture, cpu, reg) =>
        {
            architecture.FillRegs(cpu, reg);
            return Errno.None;
        },
        (architecture, cpu, reg) => architecture.SetRegs(cpu, reg));

    private static readonly Image FloatingPoint = new(
        architecture => architecture.FpRegBytes,
        (architecture, cpu, fpreg) =>
        {
            architecture.FillFpRegs(cpu, fpreg);
            return Errno.None;
        },
        (architecture, cpu, fpreg) => architecture.SetFpRegs(cpu, fpreg));

    private static readonly Image Debug = new(
        architecture => architecture.DbRegBytes, (architecture, cpu, dbreg) => architecture.FillDbRegs(cpu, dbreg),
        (architecture, cpu, dbreg) => architecture.SetDbRegs(cpu, dbreg));

    [Ptrace(PT_GETREGS, Target.StoppedLwp)]
    public static Errno GetRegs(ref PtraceCall call) => Get(ref call, General);

    [Ptrace(PT_SETREGS, Target.StoppedLwp)]
    public static Errno SetRegs(ref PtraceCall call) => Set(ref call, General);

    [Ptrace(PT_GETFPREGS, Target.StoppedLwp)]
    public static Errno GetFpRegs(ref PtraceCall call) => Get(ref call, FloatingPoint);

    [Ptrace(PT_SETFPREGS, Target.StoppedLwp)]
    public static Errno SetFpRegs(ref PtraceCall call) => Set(ref call, FloatingPoint);

    [Ptrace(PT_GETDBREGS, Target.StoppedLwp)]
    public static Errno GetDbRegs(ref PtraceCall call) => Get(ref call, Debug);

    [Ptrace(PT_SETDBREGS, Target.StoppedLwp)]
    public static Errno SetDbRegs(ref PtraceCall call) => Set(ref call, Debug);

    private static Errno Get(ref PtraceCall call, Image image)
    {
        var architecture = call.Process.Kernel.Architecture;
        var bytes = image.Bytes(architecture);
        if (call.Image.Length < bytes) return Errno.EFAULT;
        if (Permission.OfProcfs(call) is var error and not Errno.None) return error;
        return image.Fill(architecture, call.Lwp.Cpu, call.Image[..bytes]);
    }

    private static Errno Set(ref PtraceCall call, Image image)
    {
        var architecture = call.Process.Kernel.Architecture;
        var bytes = image.Bytes(architecture);
        if (call.Image.Length < bytes) return Errno.EFAULT;
        if (Permission.OfProcfs(call) is var error and not Errno.None) return error;
        // Even if they are refused: a system call is fetched again.
        call.Lwp.Debug |= DebugFlags.UserWrite;
        return image.Set(architecture, call.Lwp.Cpu, call.Image[..bytes]);
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
