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
        var error = FindProgram(process, path, out var file);
        return error == Errno.None ? await Execute(lwp, file!, path, arguments, environment) : error;
    }

    /// <summary>do_execve of a file that was found.</summary>
    /// <param name="path">What it was found by; empty: by a descriptor.</param>
    public static async ValueTask<Errno> Execute(
        Lwp lwp, RegularVnode file, string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        var process = lwp.Process;
        var kernel = process.Kernel;
        var stepping = kernel.Architecture.IsSingleStepping(lwp.Cpu);
        if (file.Path.Length > 0) path = file.Path;
        var error = ExecImage.TryLoad(
            kernel.Memory, kernel.Architecture, file, new ExecArguments(path, arguments, environment),
            new ExecKernelInformation(kernel.OsReleaseDate, Processors, kernel.Options.Seed),
            (string name, out IBackingFile? linker) => FindLinker(process, name, out linker), out var image, out _);
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
        BecomeOwner(process, file);
        process.Signals.Exec();
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
        if (!process.IsTraced)
        {
            if ((file.Permissions & FileModes.S_ISUID) != 0) next = next with { UserId = file.UserId };
            if ((file.Permissions & FileModes.S_ISGID) != 0 && next.GroupId != file.GroupId) next = next.WithGroup(file.GroupId);
        }
        if (next != old) process.Flags |= ProcessFlags.SetId;
        else if (old.UserId == old.RealUserId && old.GroupId == old.RealGroupId) process.Flags &= ~ProcessFlags.SetId;
        process.Credentials = next with { SavedUserId = next.UserId, SavedGroupId = next.GroupId };
    }
}
