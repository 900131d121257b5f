using TraceKernel.Abi;
using TraceKernel.Loading;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Processes;

/// <summary>execve(2): kern_exec.c.</summary>
internal static class Executing
{
    /// <summary>do_execve. EJUSTRETURN on success: the registers are those of the new program's first instruction.</summary>
    public static async ValueTask<Errno> Execute(
        Lwp lwp, string path, Vm.IBackingFile file, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        var process = lwp.Process;
        var kernel = process.Kernel;
        var stepping = kernel.Architecture.IsSingleStepping(lwp.Cpu);
        var error = ImageActivator.TryLoad(kernel, file, path, arguments, environment, out var image);
        if (error != Errno.None) return error;
        if (await Exiting.SingleThread(lwp, ProcessFlags.None))
        {
            image!.Vm.Dispose();
            return Errno.EINTR;
        }
        // From here on there is no way back.
        process.Vm?.Dispose();
        process.Vm = image!.Vm;
        process.Auxv = image.Auxv;
        process.OsRelease = image.OsRelease;
        process.ExecutablePath = path;
        process.Arguments = arguments;
        process.Environment = environment;
        process.Name = Path.GetFileName(path) is { Length: > 19 } longName ? longName[..19] : Path.GetFileName(path);
        lwp.Name = process.Name;
        process.Signals.Exec();
        (lwp.AltStackEnabled, lwp.AltStackBase, lwp.AltStackSize) = (false, 0, 0);
        process.Files.CloseOnExec();
        kernel.Architecture.InstructionSet.Reset(lwp.Cpu);
        kernel.Architecture.ExecSetRegisters(lwp.Cpu, image.Entry, image.Stack);
        if (stepping) kernel.Architecture.SingleStep(lwp.Cpu);
        Forking.ReleaseVForkParent(process);
        if (process.IsTraced && (process.TraceEvents & PTRACE_EXEC) != 0) lwp.Debug |= DebugFlags.Exec;
        return Errno.EJUSTRETURN;
    }
}
