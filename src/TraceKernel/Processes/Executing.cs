using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Loading;
using TraceKernel.Vm;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Processes;

/// <summary>execve(2): kern_exec.c.</summary>
internal static class Executing
{
    /// <summary>hw.ncpu.</summary>
    private const int Processors = 1;

    /// <summary>do_execve. EJUSTRETURN on success: the registers are those of the new program's first instruction.</summary>
    public static async ValueTask<Errno> Execute(
        Lwp lwp, string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        var process = lwp.Process;
        var kernel = process.Kernel;
        var stepping = kernel.Architecture.IsSingleStepping(lwp.Cpu);
        var error = FindProgram(process, path, out var file);
        if (error != Errno.None) return error;
        if (file!.Path.Length > 0) path = file.Path;
        error = ExecImage.TryLoad(
            kernel.Memory, kernel.Architecture, file, new ExecArguments(path, arguments, environment),
            new ExecKernelInformation(kernel.OsReleaseDate, Processors, kernel.Options.Seed),
            (string name, out IBackingFile? linker) => FindProgram(process, name, out linker), out var image, out _);
        if (error != Errno.None) return error;
        if (await Exiting.SingleThread(lwp))
        {
            image!.Dispose();
            return Errno.EINTR;
        }
        process.Flags &= ~ProcessFlags.SingleExit;
        // From here on there is no way back.
        if (process.Vm is not null) UmtxRobustLists.CleanUp(lwp);
        process.Vm?.Dispose();
        process.Vm = image!.Vm;
        process.Auxv = image.Auxv;
        process.OsRelease = image.OsRelease;
        process.ExecutablePath = path;
        process.Arguments = arguments;
        process.Environment = environment;
        process.Name = Path.GetFileName(path) is { Length: > 19 } longName ? longName[..19] : Path.GetFileName(path);
        lwp.Name = process.Name;
        process.Unshare();
        process.Signals.Exec();
        process.Flags |= ProcessFlags.Executed;
        if (!process.Has(ProcessFlags2.NoTraceExec)) process.Flags2 &= ~ProcessFlags2.NoTrace;
        if (!process.Has(ProcessFlags2.StackGapDisableExec)) process.Flags2 &= ~ProcessFlags2.StackGapDisable;
        (lwp.AltStackEnabled, lwp.AltStackBase, lwp.AltStackSize) = (false, 0, 0);
        process.Files.Exec();
        kernel.Architecture.InstructionSet.Reset(lwp.Cpu);
        kernel.Architecture.ExecSetRegisters(lwp.Cpu, image.Entry, image.Stack);
        if (stepping) kernel.Architecture.SingleStep(lwp.Cpu);
        Forking.ReleaseVForkParent(process);
        process.Notes.Post(Kevents.NOTE_EXEC);
        if (process.IsTraced && (process.TraceEvents & PTRACE_EXEC) != 0) lwp.Debug |= DebugFlags.Exec;
        return Errno.EJUSTRETURN;
    }

    /// <summary>exec_check_permissions: a regular file that the process may execute.</summary>
    private static Errno FindProgram(Process process, string path, out IBackingFile? file)
    {
        file = null;
        var error = process.Kernel.FileSystem.Find(new PathArgument(process, Fcntl.AT_FDCWD, path), follow: true, out var vnode);
        if (error != Errno.None) return error;
        if (vnode is not RegularVnode program) return Errno.EACCES;
        if ((error = vnode.CheckAccess(Caller.Of(process), Fcntl.X_OK)) != Errno.None) return error;
        file = program;
        return Errno.None;
    }
}
