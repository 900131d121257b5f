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
        Execute(lwp, new ExecRequest(path, arguments, environment));

    /// <inheritdoc cref="Execute(Lwp, string, IReadOnlyList{string}, IReadOnlyList{string})"/>
    public static async ValueTask<Errno> Execute(Lwp lwp, ExecRequest request)
    {
        var process = lwp.Process;
        var marksFirst = process.Kernel.Personality.Checks.InExecFirst;
        var isMarked = process.Has(ProcessFlags.InExec);
        if (marksFirst) process.Flags |= ProcessFlags.InExec;
        if (await SingleThreading.Begin(lwp, SingleThreadingMode.Boundary))
        {
            if (!isMarked) process.Flags &= ~ProcessFlags.InExec;
            return Errno.ERESTART;
        }
        process.Flags |= ProcessFlags.InExec;
        var error = Load(process, request, out var program, out var refusal);
        if (error != Errno.None)
        {
            process.ExecRefusal = refusal;
            process.Flags &= ~ProcessFlags.InExec;
            SingleThreading.End(process);
            return error;
        }
        // From here on there is no way back.
        Replace(lwp, program!.Image);
        BecomeOwner(process, program.File);
        (process.ExecutablePath, process.Arguments, process.Environment) = (program.FullPath, program.Arguments, request.Environment);
        process.Name = Path.GetFileName(program.Path) is { Length: > 19 } longName ? longName[..19] : Path.GetFileName(program.Path);
        lwp.Name = process.Name;
        process.Flags |= ProcessFlags.Executed;
        if (!process.Has(ProcessFlags2.NoTraceExec)) process.Flags2 &= ~ProcessFlags2.NoTrace;
        if (!process.Has(ProcessFlags2.StackGapDisableExec)) process.Flags2 &= ~ProcessFlags2.StackGapDisable;
        process.Flags2 &= ~ProcessFlags2.Membar;
        process.Vm.Map.HasStackGuards = !process.Has(ProcessFlags2.StackGapDisable);
        Forking.ReleaseVForkParent(process);
        KernelTracing.Began(lwp);
        process.Notes.Post(Kevents.NOTE_EXEC);
        if (process.IsTraced) TellDebugger(lwp);
        if (!marksFirst) process.Flags &= ~ProcessFlags.InExec;
        await SingleThreading.Begin(lwp, SingleThreadingMode.Exit);
        process.Flags &= ~(ProcessFlags.SingleExit | ProcessFlags.InExec);
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

    /// <summary>
    /// do_execve as long as it can fail. The interpreter of a script takes the script's place, once: an interpreter that is a script is
    /// ENOEXEC.
    /// </summary>
    /// <param name="refusal">When it fails: why, in one line for people.</param>
    internal static Errno Load(Process process, ExecRequest request, out LoadedProgram? program, out string refusal)
    {
        program = null;
        var (file, path, arguments, name) = (request.File, request.Path, request.Arguments, "");
        for (; ; )
        {
            if (file is null && FindProgram(process, path, out file) is var missing and not Errno.None)
            {
                refusal = $"{name}{Words(missing)}";
                return missing;
            }
            refusal = $"{name}the first line names no interpreter";
            if (ShellScript.TryRead(file!, out var script) is var unreadable and not Errno.None) return unreadable;
            if (script is null) break;
            refusal = $"{name}a script too";
            if (name.Length > 0) return Errno.ENOEXEC;
            arguments = script.Arguments(request.File is null ? path : $"/dev/fd/{request.Descriptor}", arguments);
            (file, path, name) = (null, script.Interpreter, $"its interpreter {script.Interpreter}: ");
        }
        var fullPath = file!.Path;
        if (fullPath.Length > 0) path = process.Directory.Seen(fullPath);
        var error = LoadImage(process, file, new ExecArguments(path, arguments, request.Environment), out var image, out var reason);
        refusal = $"{name}{reason}";
        if (image is not null) program = new LoadedProgram(image, file, path, fullPath.Length > 0 ? fullPath : path, arguments);
        return error;
    }

    private static Errno LoadImage(Process process, RegularVnode file, ExecArguments arguments, out ExecImage? image, out string reason)
    {
        var kernel = process.Kernel;
        var conditions = new ExecKernelInformation(kernel.OsReleaseDate, Processors, kernel.Options.Seed)
        {
            StacksGrowAsMapped = kernel.Personality.Memory.StacksGrowAsMapped,
            HasNoStackGuard = process.Has(ProcessFlags2.StackGapDisable),
            ForbidsWritableCode = process.Has(ProcessFlags2.WxorxEnableExec),
        };
        return ExecImage.TryLoad(
            kernel.Memory, kernel.Architecture, file, arguments, conditions,
            (string name, out IBackingFile? linker) => FindLinker(process, name, out linker), out image, out reason);
    }

    private static string Words(Errno error) => error switch
    {
        Errno.ENOENT => "not in the guest's file system",
        Errno.EACCES => "not a file that may be executed",
        _ => error.ToString(),
    };

    /// <summary>exec_new_vmspace and what follows: memory, signals, descriptors and registers are the new program's.</summary>
    private static void Replace(Lwp lwp, ExecImage image)
    {
        var process = lwp.Process;
        var architecture = process.Kernel.Architecture;
        var stepping = architecture.IsSingleStepping(lwp.Cpu);
        if (process.Vm is not null)
            foreach (var other in process.Threads) UmtxRobustLists.CleanUp(other);
        ResourceUsage.RememberSize(process);
        process.Vm?.Dispose();
        (process.Vm, process.Auxv, process.OsRelease) = (image.Vm, image.Auxv, image.OsRelease);
        process.Unshare();
        process.Signals.Exec();
        process.PosixTimers.DeleteAll();
        process.Aio.RunDown();
        process.Files.ForgetNotices(process);
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
        target is RegularVnode program && (program.Mount.Flags & statfs.MNT_NOEXEC) == 0 ? program.CheckAccess(Caller.Of(process), Fcntl.X_OK) : Errno.EACCES;

    /// <summary>
    /// S_ISUID and S_ISGID, which a debugger's presence switches off, and the saved ids. A process whose ids are one again is no longer
    /// tainted (P_SUGID).
    /// </summary>
    private static void BecomeOwner(Process process, RegularVnode file)
    {
        var old = process.Credentials;
        var next = old;
        var setId = (file.Mount.Flags & statfs.MNT_NOSUID) != 0 ? 0 : file.Permissions & (FileModes.S_ISUID | FileModes.S_ISGID);
        if (((setId & FileModes.S_ISUID) != 0 && old.UserId != file.UserId)
            || ((setId & FileModes.S_ISGID) != 0 && old.GroupId != file.GroupId)) process.ParentDeathSignal = 0;
        // do_execve: nor does a process in capability mode become anybody else.
        if (!process.IsTraced && !process.Has(ProcessFlags2.NoNewPrivileges) && !old.InCapabilityMode)
        {
            if ((setId & FileModes.S_ISUID) != 0) next = next with { UserId = file.UserId };
            if ((setId & FileModes.S_ISGID) != 0 && next.GroupId != file.GroupId) next = next.WithGroup(file.GroupId);
        }
        if (next != old) KernelTracing.BecameAnother(process);
        if (next != old) process.Flags |= ProcessFlags.SetId;
        else if (old.UserId == old.RealUserId && old.GroupId == old.RealGroupId) process.Flags &= ~ProcessFlags.SetId;
        process.Credentials = next with { SavedUserId = next.UserId, SavedGroupId = next.GroupId };
    }
}

/// <summary>What execve(2) or fexecve(2) is asked for.</summary>
/// <param name="Path">The program's name as the caller gave it; empty for a descriptor.</param>
internal sealed record ExecRequest(string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    /// <summary>The program, when a descriptor names it.</summary>
    public RegularVnode? File { get; init; }

    /// <summary>That descriptor.</summary>
    public int Descriptor { get; init; }
}

/// <summary>A program that is about to run: of a script, its interpreter.</summary>
/// <param name="Path">Its path as the process will know it, from its own root.</param>
/// <param name="FullPath">Its path from the machine's root.</param>
/// <param name="Arguments">argv, as the interpreter gets it.</param>
internal sealed record LoadedProgram(ExecImage Image, RegularVnode File, string Path, string FullPath, IReadOnlyList<string> Arguments);
