using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Loading;
using TraceKernel.Signals;
using TraceKernel.Vm;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Processes;

/// <summary>execve(2): kern_exec.c.</summary>
internal static class Executing
{
    /// <summary>hw.ncpu.</summary>
    private const int Processors = 1;

    /// <summary>
    /// kern_execve: the other threads stand still on their way to user mode while the program is loaded, and end when that has succeeded.
    /// EJUSTRETURN on success: the registers are those of the new program's first instruction.
    /// </summary>
    public static async ValueTask<Errno> Execute(
        Lwp lwp, string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        var process = lwp.Process;
        if (await SingleThreading.Begin(lwp, SingleThreadingMode.Boundary)) return Errno.ERESTART;
        var error = Load(process, ref path, arguments, environment, out var image);
        if (error != Errno.None)
        {
            SingleThreading.End(process);
            return error;
        }
        // From here on there is no way back.
        Replace(lwp, image!);
        (process.ExecutablePath, process.Arguments, process.Environment) = (path, arguments, environment);
        process.Name = Path.GetFileName(path) is { Length: > 19 } longName ? longName[..19] : Path.GetFileName(path);
        lwp.Name = process.Name;
        process.Flags |= ProcessFlags.Executed;
        if (!process.Has(ProcessFlags2.NoTraceExec)) process.Flags2 &= ~ProcessFlags2.NoTrace;
        if (!process.Has(ProcessFlags2.StackGapDisableExec)) process.Flags2 &= ~ProcessFlags2.StackGapDisable;
        Forking.ReleaseVForkParent(process);
        process.Notes.Post(Kevents.NOTE_EXEC);
        if (process.IsTraced) TellDebugger(lwp);
        await SingleThreading.Begin(lwp, SingleThreadingMode.Exit);
        process.Flags &= ~ProcessFlags.SingleExit;
        return Errno.EJUSTRETURN;
    }

    /// <summary>An event at the end of the call; kernels without events send a signal, like any other.</summary>
    private static void TellDebugger(Lwp lwp)
    {
        var process = lwp.Process;
        if (!process.Kernel.Personality.Stops.HasEvents) Posting.Send(process, Abi.Signals.SIGTRAP);
        else if ((process.TraceEvents & PTRACE_EXEC) != 0) lwp.Debug |= DebugFlags.Exec;
    }

    /// <summary>do_execve as long as it can fail.</summary>
    private static Errno Load(
        Process process, ref string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, out ExecImage? image)
    {
        image = null;
        var kernel = process.Kernel;
        var error = FindProgram(process, path, out var file);
        if (error != Errno.None) return error;
        if (file!.Path.Length > 0) path = file.Path;
        return ExecImage.TryLoad(
            kernel.Memory, kernel.Architecture, file, new ExecArguments(path, arguments, environment),
            new ExecKernelInformation(kernel.OsReleaseDate, Processors, kernel.Options.Seed),
            (string name, out IBackingFile? linker) => FindProgram(process, name, out linker), out image, out _);
    }

    /// <summary>exec_new_vmspace and what follows: memory, signals, descriptors and registers are the new program's.</summary>
    private static void Replace(Lwp lwp, ExecImage image)
    {
        var process = lwp.Process;
        var architecture = process.Kernel.Architecture;
        var stepping = architecture.IsSingleStepping(lwp.Cpu);
        if (process.Vm is not null)
            foreach (var other in process.Threads) UmtxRobustLists.CleanUp(other);
        process.Vm?.Dispose();
        (process.Vm, process.Auxv, process.OsRelease) = (image.Vm, image.Auxv, image.OsRelease);
        process.Unshare();
        process.Signals.Exec();
        (lwp.AltStackEnabled, lwp.AltStackBase, lwp.AltStackSize) = (false, 0, 0);
        process.Files.Exec();
        architecture.InstructionSet.Reset(lwp.Cpu);
        architecture.ExecSetRegisters(lwp.Cpu, image.Entry, image.Stack);
        if (stepping) architecture.SingleStep(lwp.Cpu);
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
