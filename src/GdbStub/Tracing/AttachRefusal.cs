using System.Buffers.Binary;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>PT_ATTACH's error in words: what of all that it asks (p_candebug) is not as it should be, as sysctl(3) shows it.</summary>
public static class AttachRefusal
{
    private const long P_SUGID = 0x100, P_SYSTEM = 0x200, P_INEXEC = 0x4000000;
    private const int P2_NOTRACE = 2;

    public static string Describe(SystemCalls system, int pid, Errno error)
    {
        if (error == Errno.ENOSYS) return "security.bsd.allow_ptrace is 0: nobody debugs";
        if (pid == system.Pid) return "no debugger debugs itself";
        if (error == Errno.ESRCH || system.ReadProcess(pid, out var target) != Errno.None) return "there is no such process";
        _ = system.ReadProcess(system.Pid, out var self);
        return error switch
        {
            Errno.EPERM => OfPermission(system, self, target),
            Errno.EBUSY when target.ki_tracer != 0 => OfTracer(system, target),
            Errno.EBUSY or Errno.EAGAIN when (target.ki_flag & P_INEXEC) != 0 => "it is just executing another program",
            Errno.EINVAL when (target.ki_flag & P_SYSTEM) != 0 => "it is a system process",
            Errno.EINVAL => "it is a debugger of this server, or leads to this one",
            _ => error.ToString(),
        };
    }

    /// <summary>From what is the process's own to what holds for all; root is refused what securelevel forbids alone.</summary>
    private static string OfPermission(SystemCalls system, in kinfo_proc self, in kinfo_proc target)
    {
        if (self.ki_uid != 0)
        {
            if (target.ki_ruid != self.ki_uid) return $"it is user {target.ki_ruid}'s, this debugger is user {self.ki_uid}'s";
            if (target.ki_uid != self.ki_uid || target.ki_svuid != self.ki_uid)
                return $"it can act as user {(target.ki_uid != self.ki_uid ? target.ki_uid : target.ki_svuid)}, this debugger is user {self.ki_uid}'s";
            if ((target.ki_flag & P_SUGID) != 0) return "it has changed its user or groups since it was executed (P_SUGID): only root may debug it";
            if ((target.ki_flag2 & P2_NOTRACE) != 0) return "it has forbidden debuggers (procctl(2), PROC_TRACE_CTL)";
            if (ForeignGroup(self, target) is { } group) return $"it is in group {group}, this debugger is not";
            if (Number(system, "security.bsd.unprivileged_proc_debug") == 0) return "security.bsd.unprivileged_proc_debug is 0: only root may debug";
        }
        return target.ki_pid == 1 ? $"kern.securelevel is {Number(system, "kern.securelevel")}: nobody debugs init" : "it may not be debugged";
    }

    /// <summary>A group of the target that the debugger is not in; null: there is none.</summary>
    private static uint? ForeignGroup(in kinfo_proc self, in kinfo_proc target)
    {
        ReadOnlySpan<uint> own = self.ki_groups, others = target.ki_groups;
        foreach (var group in others[..target.ki_ngroups])
            if (!own[..self.ki_ngroups].Contains(group)) return group;
        return null;
    }

    private static string OfTracer(SystemCalls system, in kinfo_proc target) =>
        system.ReadProcess(target.ki_tracer, out var tracer) == Errno.None
            ? $"another debugger, process {tracer.ki_pid} ({tracer.ki_comm}), debugs it already" : "another debugger debugs it already";

    private static int Number(SystemCalls system, string name)
    {
        Span<byte> value = stackalloc byte[sizeof(int)];
        return system.SysctlByName(name, value, out _) == Errno.None ? BinaryPrimitives.ReadInt32LittleEndian(value) : -1;
    }
}
