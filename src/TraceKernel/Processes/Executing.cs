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
    public static ValueTask<Errno> Execute(Lwp lwp, string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment) =>
        Execute(lwp, null, path, arguments, environment);

    /// <param name="file">The program, when it is known by a descriptor (fexecve).</param>
    public static async ValueTask<Errno> Execute(
        Lwp lwp, RegularVnode? file, string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        var process = lwp.Process;
        if (await SingleThreading.Begin(lwp, SingleThreadingMode.Boundary)) return Errno.ERESTART;
        var error = Load(process, ref file, ref path, arguments, environment, out var image);
        if (error != Errno.None)
        {
            SingleThreading.End(process);
            return error;
        }
        // From here on there is no way back.
        Replace(lwp, image!);
        BecomeOwner(process, file!);
        (process.ExecutablePath, process.Arguments, process.Environment) = (path, arguments, environment);
        process.Name = Path.GetFileName(path) is { Length: > 19 } longName ? longName[..19] : Path.GetFileName(path);
        lwp.Name = process.Name;
        process.Flags |= ProcessFlags.Executed;
        if (!process.Has(ProcessFlags2.NoTraceExec)) process.Flags2 &= ~ProcessFlags2.NoTrace;
        if (!process.Has(ProcessFlags2.StackGapDisableExec)) process.Flags2 &= ~ProcessFlags2.StackGapDisable;
        process.Flags2 &= ~ProcessFlags2.Membar;
        Forking.ReleaseVForkParent(process);
        process.Notes.Post(Kevents.NOTE_EXEC);
        if (process.IsTraced) TellDebugger(lwp);
        await SingleThreading.Begin(lwp, SingleThreadingMode.Exit);
        process.Flags &= ~ProcessFlags.SingleExit;
        await StopEvents.At(lwp, StopEvents.S_EXEC, 0);
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
        Process process, ref RegularVnode? file, ref string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, out ExecImage? image)
    {
        image = null;
        var kernel = process.Kernel;
        if (file is null && FindProgram(process, path, out file) is var error and not Errno.None) return error;
        if (file!.Path.Length > 0) path = file.Path;
        return ExecImage.TryLoad(
            kernel.Memory, kernel.Architecture, file, new ExecArguments(path, arguments, environment),
            new ExecKernelInformation(kernel.OsReleaseDate, Processors, kernel.Options.Seed),
            (string name, out IBackingFile? linker) => FindLinker(process, name, out linker), out image, out _);
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
        process.PosixTimers.DeleteAll();
        process.Aio.RunDown();
        process.ShortestUmtxSleep = 0;
        (lwp.AltStackEnabled, lwp.AltStackBase, lwp.AltStackSize) = (false, 0, 0);
        process.Files.Exec();
        architecture.InstructionSet.Reset(lwp.Cpu);
        architecture.ExecSetRegisters(lwp.Cpu, image.Entry, image.Stack);
        if (stepping) architecture.SingleStep(lwp.Cpu);
    }

    /// <summary>The file that a path names, if it may be executed.</summary>
    private static Errno FindProgram(Process process, string path, out RegularVnode? file)
    {
        file = null;
        var error = process.Kernel.FileSystem.Find(new PathArgument(process, Fcntl.AT_FDCWD, path), follow: true, out var vnode);
        if (error == Errno.None) error = CheckPermissions(process, vnode);
        if (error == Errno.None) file = (RegularVnode)vnode;
        return error;
    }

    private static Errno FindLinker(Process process, string path, out IBackingFile? linker)
    {
        var error = FindProgram(process, path, out var file);
        linker = file;
        return error;
    }

    /// <summary>exec_check_permissions: a regular file that the process may execute.</summary>
    public static Errno CheckPermissions(Process process, FileObject target) =>
        target is RegularVnode program ? program.CheckAccess(Caller.Of(process), Fcntl.X_OK) : Errno.EACCES;

    /// <summary>
    /// S_ISUID and S_ISGID, which a debugger's presence switches off, and the saved ids. A process whose ids are one again is no longer
    /// tainted (P_SUGID).
    /// </summary>
    private static void BecomeOwner(Process process, RegularVnode file)
    {
        var old = process.Credentials;
        var next = old;
        // do_execve: nor does a process in capability mode become anybody else.
        if (!process.IsTraced && !old.InCapabilityMode)
        {
            if ((file.Permissions & FileModes.S_ISUID) != 0) next = next with { UserId = file.UserId };
            if ((file.Permissions & FileModes.S_ISGID) != 0 && next.GroupId != file.GroupId) next = next.WithGroup(file.GroupId);
        }
        if (next != old) process.Flags |= ProcessFlags.SetId;
        else if (old.UserId == old.RealUserId && old.GroupId == old.RealGroupId) process.Flags &= ~ProcessFlags.SetId;
        process.Credentials = next with { SavedUserId = next.UserId, SavedGroupId = next.GroupId };
    }
}
