using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Procctl;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Syscalls;

/// <summary>
/// procctl(2): kern_procctl.c. What the commands do is in <see cref="ProcessControls"/> and <see cref="ReaperControls"/>.
/// </summary>
internal static class ProcctlCalls
{
    private static readonly SortedDictionary<int, Command> s_commands = new()
    {
        [PROC_SPROTECT] = new(ProcessControls.Protect) { Input = sizeof(int), ForGroups = true },
        [PROC_REAP_ACQUIRE] = new(ReaperControls.Acquire) { HasNoData = true },
        [PROC_REAP_RELEASE] = new(ReaperControls.Release) { HasNoData = true },
        [PROC_REAP_STATUS] = new(ReaperControls.Status) { Output = procctl_reaper_status.Bytes },
        [PROC_REAP_GETPIDS] = new(ReaperControls.GetPids) { Input = procctl_reaper_pids.Bytes },
        [PROC_REAP_KILL] = new(ReaperControls.Kill) { Input = procctl_reaper_kill.Bytes, Output = procctl_reaper_kill.Bytes, TellsOfErrors = true },
        [PROC_TRACE_CTL] = new(ProcessControls.SetTrace) { Input = sizeof(int), ForGroups = true, NeedsDebug = true },
        [PROC_TRACE_STATUS] = new(ProcessControls.GetTrace) { Output = sizeof(int) },
        [PROC_TRAPCAP_CTL] = new(ProcessControls.SetTrapCapabilities) { Input = sizeof(int), ForGroups = true, NeedsDebug = true },
        [PROC_TRAPCAP_STATUS] = new(ProcessControls.GetTrapCapabilities) { Output = sizeof(int) },
        [PROC_PDEATHSIG_CTL] = new(ProcessControls.SetDeathSignal) { Input = sizeof(int), NotFound = Errno.EINVAL },
        [PROC_PDEATHSIG_STATUS] = new(ProcessControls.GetDeathSignal) { Output = sizeof(int), NotFound = Errno.EINVAL },
        [PROC_ASLR_CTL] = new(ProcessControls.SetAslr) { Input = sizeof(int), NeedsDebug = true },
        [PROC_ASLR_STATUS] = new(ProcessControls.GetAslr) { Output = sizeof(int) },
        [PROC_PROTMAX_CTL] = new(ProcessControls.SetProtmax) { Input = sizeof(int), NeedsDebug = true },
        [PROC_PROTMAX_STATUS] = new(ProcessControls.GetProtmax) { Output = sizeof(int) },
        [PROC_STACKGAP_CTL] = new(ProcessControls.SetStackGap) { Input = sizeof(int), NeedsDebug = true },
        [PROC_STACKGAP_STATUS] = new(ProcessControls.GetStackGap) { Output = sizeof(int) },
        [PROC_NO_NEW_PRIVS_CTL] = new(ProcessControls.SetNoNewPrivileges) { Input = sizeof(int), NeedsDebug = true },
        [PROC_NO_NEW_PRIVS_STATUS] = new(ProcessControls.GetNoNewPrivileges) { Output = sizeof(int) },
        [PROC_WXMAP_CTL] = new(ProcessControls.SetWritableCode) { Input = sizeof(int), NeedsDebug = true },
        [PROC_WXMAP_STATUS] = new(ProcessControls.GetWritableCode) { Output = sizeof(int) },
        [PROC_LOGSIGEXIT_CTL] = new(ProcessControls.SetSignalLog) { Input = sizeof(int), NeedsDebug = true },
        [PROC_LOGSIGEXIT_STATUS] = new(ProcessControls.GetSignalLog) { Output = sizeof(int) },
    };

    /// <summary>What a command does to one process.</summary>
    /// <param name="data">What was copied in, and will be copied out.</param>
    private delegate Errno Handler(SystemCall call, Process target, Span<byte> data);

    /// <summary>struct procctl_cmd_info.</summary>
    private sealed record Command(Handler Run)
    {
        /// <summary>Bytes copied in.</summary>
        public int Input { get; init; }

        /// <summary>Bytes copied out.</summary>
        public int Output { get; init; }

        /// <summary>The argument must be NULL.</summary>
        public bool HasNoData { get; init; }

        /// <summary>P_PGID is allowed.</summary>
        public bool ForGroups { get; init; }

        /// <summary>Only for those who may debug the process; else who may see it, which is everybody here.</summary>
        public bool NeedsDebug { get; init; }

        /// <summary>What is copied out is so after an error too.</summary>
        public bool TellsOfErrors { get; init; }

        /// <summary>The error when there is no such process.</summary>
        public Errno NotFound { get; init; } = Errno.ESRCH;
    }

    [Syscall(544, "int procctl(idtype_t idtype, id_t id, int com, void *data)")]
    internal static Errno procctl(SystemCall call)
    {
        if (call.Int(2) >= PROC_PROCCTL_MD_MIN) return MachineControls.Run(call);
        if (!s_commands.TryGetValue(call.Int(2), out var command)) return Errno.EINVAL;
        Span<byte> data = stackalloc byte[procctl_reaper_status.Bytes];
        data.Clear();
        if (command.Input > 0 && call.Memory.CopyIn(call[3], data[..command.Input]) is var fault and not Errno.None) return fault;
        if (command.HasNoData && call[3] != 0) return Errno.EINVAL;
        var error = Find(call, command, data);
        if (command.Output == 0 || (error != Errno.None && !command.TellsOfErrors)) return error;
        fault = call.Memory.CopyOut(call[3], data[..command.Output]);
        return error == Errno.None ? fault : error;
    }

    /// <summary>kern_procctl: the process, or the members of a group, as many as can; one is enough.</summary>
    private static Errno Find(SystemCall call, Command command, Span<byte> data)
    {
        switch (call.Int(0))
        {
            case P_PID when call.Long(1) == 0:
                return command.Run(call, call.Process, data);
            case P_PID:
                return call.Kernel.Find((int)call.Long(1)) is { } process ? RunOn(process, call, command, data) : command.NotFound;
            case P_PGID when command.ForGroups:
                var (result, isDone) = (Errno.ESRCH, false);
                foreach (var member in call.Kernel.Processes)
                {
                    if (member.Group != call.Long(1) || member.IsZombie || !IsAllowed(member, call, command)) continue;
                    var error = command.Run(call, member, data);
                    isDone |= error == Errno.None;
                    if (result == Errno.ESRCH) result = error;
                }
                return isDone ? Errno.None : result;
            default:
                return Errno.EINVAL;
        }
    }

    private static Errno RunOn(Process process, SystemCall call, Command command, Span<byte> data)
    {
        var error = command.NeedsDebug ? Permission.CanDebug(call.Process, process) : Errno.None;
        return error == Errno.None ? command.Run(call, process, data) : error;
    }

    private static bool IsAllowed(Process process, SystemCall call, Command command) =>
        !command.NeedsDebug || Permission.CanDebug(call.Process, process) == Errno.None;
}
