using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Procctl;

namespace TraceKernel.Syscalls;

/// <summary>What a process asks for itself by procctl(2), or its superior for it. Each takes or gives one int.</summary>
internal static class ProcessControls
{
    /// <summary>protect_set: EPERM but for root.</summary>
    public static Errno Protect(SystemCall call, Process target, Span<byte> data)
    {
        var flags = Get(data);
        if ((flags & PPROT_OP_MASK) is not (PPROT_SET or PPROT_CLEAR)) return Errno.EINVAL;
        if ((flags & ~(PPROT_OP_MASK | PPROT_DESCEND | PPROT_INHERIT)) != 0) return Errno.EINVAL;
        return call.Process.UserId != 0 ? Errno.EPERM : ProtectTree(target, flags) ? Errno.None : Errno.EPERM;
    }

    private static bool ProtectTree(Process target, int flags)
    {
        var isDone = !target.Has(ProcessFlags.System);
        if (isDone && (flags & PPROT_OP_MASK) == PPROT_SET)
        {
            target.Flags |= ProcessFlags.Protected;
            if ((flags & PPROT_INHERIT) != 0) target.Flags2 |= ProcessFlags2.InheritProtected;
        }
        else if (isDone)
        {
            target.Flags &= ~ProcessFlags.Protected;
            target.Flags2 &= ~ProcessFlags2.InheritProtected;
        }
        if ((flags & PPROT_DESCEND) == 0) return isDone;
        foreach (var child in target.Children) isDone |= ProtectTree(child, flags);
        return isDone;
    }

    /// <summary>trace_ctl: whether anybody may debug it. EBUSY while somebody does.</summary>
    public static Errno SetTrace(SystemCall call, Process target, Span<byte> data)
    {
        if (target.IsTraced) return Errno.EBUSY;
        var isSelf = target == call.Process;
        switch (Get(data))
        {
            case PROC_TRACE_CTL_ENABLE:
                if (!isSelf) return Errno.EPERM;
                target.Flags2 &= ~(ProcessFlags2.NoTrace | ProcessFlags2.NoTraceExec);
                return Errno.None;
            case PROC_TRACE_CTL_DISABLE_EXEC:
                target.Flags2 |= ProcessFlags2.NoTrace | ProcessFlags2.NoTraceExec;
                return Errno.None;
            case PROC_TRACE_CTL_DISABLE when target.Has(ProcessFlags2.NoTraceExec):
                if (!isSelf) return Errno.EPERM;
                target.Flags2 &= ~ProcessFlags2.NoTraceExec;
                return Errno.None;
            case PROC_TRACE_CTL_DISABLE:
                target.Flags2 |= ProcessFlags2.NoTrace;
                return Errno.None;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>trace_status: −1 when nobody may debug it, else its debugger's pid, else 0.</summary>
    public static Errno GetTrace(SystemCall call, Process target, Span<byte> data) =>
        Put(data, target.Has(ProcessFlags2.NoTrace) ? -1 : target.IsTraced ? target.Parent.Pid : 0);

    public static Errno SetTrapCapabilities(SystemCall call, Process target, Span<byte> data) => Get(data) switch
    {
        PROC_TRAPCAP_CTL_ENABLE => Change(target, ProcessFlags2.TrapCapabilities, default),
        PROC_TRAPCAP_CTL_DISABLE => Change(target, default, ProcessFlags2.TrapCapabilities),
        _ => Errno.EINVAL,
    };

    public static Errno GetTrapCapabilities(SystemCall call, Process target, Span<byte> data) =>
        Put(data, target.Has(ProcessFlags2.TrapCapabilities) ? PROC_TRAPCAP_CTL_ENABLE : PROC_TRAPCAP_CTL_DISABLE);

    /// <summary>pdeathsig_ctl: of the caller only.</summary>
    public static Errno SetDeathSignal(SystemCall call, Process target, Span<byte> data)
    {
        if (target != call.Process || (uint)Get(data) > Abi.Signals.MaximumSignal) return Errno.EINVAL;
        target.ParentDeathSignal = Get(data);
        return Errno.None;
    }

    public static Errno GetDeathSignal(SystemCall call, Process target, Span<byte> data) =>
        target == call.Process ? Put(data, target.ParentDeathSignal) : Errno.EINVAL;

    public static Errno SetAslr(SystemCall call, Process target, Span<byte> data) =>
        Force(target, Get(data), ProcessFlags2.AslrEnable, ProcessFlags2.AslrDisable);

    // Nothing is randomised here, whatever a program wants: it is never in force.
    public static Errno GetAslr(SystemCall call, Process target, Span<byte> data) =>
        Put(data, Forced(target, ProcessFlags2.AslrEnable, ProcessFlags2.AslrDisable));

    public static Errno SetProtmax(SystemCall call, Process target, Span<byte> data) =>
        Force(target, Get(data), ProcessFlags2.ProtmaxEnable, ProcessFlags2.ProtmaxDisable);

    public static Errno GetProtmax(SystemCall call, Process target, Span<byte> data) =>
        Put(data, Forced(target, ProcessFlags2.ProtmaxEnable, ProcessFlags2.ProtmaxDisable)
            | (target.Has(ProcessFlags2.ProtmaxEnable) ? PROC_ACTIVE : 0));

    /// <summary>stackgap_ctl: a gap that is off stays off until execve.</summary>
    public static Errno SetStackGap(SystemCall call, Process target, Span<byte> data)
    {
        const int Now = PROC_STACKGAP_ENABLE | PROC_STACKGAP_DISABLE, AtExec = PROC_STACKGAP_ENABLE_EXEC | PROC_STACKGAP_DISABLE_EXEC;
        var state = Get(data);
        if ((state & ~(Now | AtExec)) != 0 || (state & Now) == Now) return Errno.EINVAL;
        if ((state & Now) == PROC_STACKGAP_ENABLE && target.Has(ProcessFlags2.StackGapDisable)) return Errno.EINVAL;
        if ((state & Now) == PROC_STACKGAP_DISABLE)
        {
            target.Flags2 |= ProcessFlags2.StackGapDisable;
            if (target.Vm is { } vm) vm.Map.HasStackGuards = false;
        }
        return (state & AtExec) switch
        {
            PROC_STACKGAP_ENABLE_EXEC => Change(target, default, ProcessFlags2.StackGapDisableExec),
            PROC_STACKGAP_DISABLE_EXEC => Change(target, ProcessFlags2.StackGapDisableExec, default),
            0 => Errno.None,
            _ => Errno.EINVAL,
        };
    }

    public static Errno GetStackGap(SystemCall call, Process target, Span<byte> data) =>
        Put(data, (target.Has(ProcessFlags2.StackGapDisable) ? PROC_STACKGAP_DISABLE : PROC_STACKGAP_ENABLE)
            | (target.Has(ProcessFlags2.StackGapDisableExec) ? PROC_STACKGAP_DISABLE_EXEC : PROC_STACKGAP_ENABLE_EXEC));

    /// <summary>no_new_privs_ctl: for ever.</summary>
    public static Errno SetNoNewPrivileges(SystemCall call, Process target, Span<byte> data) =>
        Get(data) == PROC_NO_NEW_PRIVS_ENABLE ? Change(target, ProcessFlags2.NoNewPrivileges, default) : Errno.EINVAL;

    public static Errno GetNoNewPrivileges(SystemCall call, Process target, Span<byte> data) =>
        Put(data, target.Has(ProcessFlags2.NoNewPrivileges) ? PROC_NO_NEW_PRIVS_ENABLE : PROC_NO_NEW_PRIVS_DISABLE);

    /// <summary>wxmap_ctl: what is enforced from the next execve(2) on; it is given up at once.</summary>
    public static Errno SetWritableCode(SystemCall call, Process target, Span<byte> data)
    {
        if (target.Has(ProcessFlags.Exiting)) return Errno.ESRCH;
        switch (Get(data))
        {
            case PROC_WX_MAPPINGS_PERMIT:
                if (target.Vm is { } vm) vm.Map.ForbidsWritableCode = false;
                return Change(target, ProcessFlags2.WxorxDisable, default);
            case PROC_WX_MAPPINGS_DISALLOW_EXEC:
                return Change(target, ProcessFlags2.WxorxEnableExec, default);
            default:
                return Errno.EINVAL;
        }
    }

    public static Errno GetWritableCode(SystemCall call, Process target, Span<byte> data)
    {
        if (target.Has(ProcessFlags.Exiting)) return Errno.ESRCH;
        return Put(data, (target.Has(ProcessFlags2.WxorxDisable) ? PROC_WX_MAPPINGS_PERMIT : 0)
            | (target.Has(ProcessFlags2.WxorxEnableExec) ? PROC_WX_MAPPINGS_DISALLOW_EXEC : 0)
            | (target.Vm is { Map.ForbidsWritableCode: true } ? PROC_WXORX_ENFORCE : 0));
    }

    /// <summary>logsigexit_ctl: whether the system's log hears of a signal that ends it. Guests have no system log to read.</summary>
    public static Errno SetSignalLog(SystemCall call, Process target, Span<byte> data)
    {
        const ProcessFlags2 Both = ProcessFlags2.LogSignalExitControlled | ProcessFlags2.LogSignalExitEnable;
        if (!call.Kernel.Personality.HasSignalLogControl) return Errno.EINVAL;
        return Get(data) switch
        {
            PROC_LOGSIGEXIT_CTL_NOFORCE => Change(target, default, Both),
            PROC_LOGSIGEXIT_CTL_FORCE_ENABLE => Change(target, Both, default),
            PROC_LOGSIGEXIT_CTL_FORCE_DISABLE => Change(target, ProcessFlags2.LogSignalExitControlled, ProcessFlags2.LogSignalExitEnable),
            _ => Errno.EINVAL,
        };
    }

    public static Errno GetSignalLog(SystemCall call, Process target, Span<byte> data) =>
        !call.Kernel.Personality.HasSignalLogControl ? Errno.EINVAL
        : Put(data, !target.Has(ProcessFlags2.LogSignalExitControlled) ? PROC_LOGSIGEXIT_CTL_NOFORCE
            : target.Has(ProcessFlags2.LogSignalExitEnable) ? PROC_LOGSIGEXIT_CTL_FORCE_ENABLE : PROC_LOGSIGEXIT_CTL_FORCE_DISABLE);

    private static int Get(Span<byte> data) => MemoryMarshal.Read<int>(data);

    private static Errno Put(Span<byte> data, int value)
    {
        MemoryMarshal.Write(data, value);
        return Errno.None;
    }

    private static Errno Change(Process target, ProcessFlags2 set, ProcessFlags2 clear)
    {
        target.Flags2 = (target.Flags2 & ~clear) | set;
        return Errno.None;
    }

    private static Errno Force(Process target, int state, ProcessFlags2 enable, ProcessFlags2 disable) => state switch
    {
        PROC_FORCE_ENABLE => Change(target, enable, disable),
        PROC_FORCE_DISABLE => Change(target, disable, enable),
        PROC_NOFORCE => Change(target, default, enable | disable),
        _ => Errno.EINVAL,
    };

    private static int Forced(Process target, ProcessFlags2 enable, ProcessFlags2 disable) =>
        target.Has(enable) ? PROC_FORCE_ENABLE : target.Has(disable) ? PROC_FORCE_DISABLE : PROC_NOFORCE;
}
