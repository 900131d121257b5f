using TraceKernel.Abi;
using static TraceKernel.Abi.Procctl;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Syscalls;

/// <summary>
/// cpu_procctl: commands of procctl(2) that belong to the machine. Only amd64 has any. This CPU needs no page-table isolation (pti is 0)
/// and has no fifth level of page tables (la57 is 0).
/// </summary>
internal static class MachineControls
{
    /// <summary>EINVAL for what the machine lacks, EPERM, EFAULT, ESRCH, EOPNOTSUPP for addresses of 57 bits.</summary>
    public static Errno Run(SystemCall call)
    {
        int command = call.Int(2), wanted = 0;
        if (!call.Kernel.Architecture.HasProcctl || command > PROC_LA_STATUS || call.Int(0) != P_PID) return Errno.EINVAL;
        // "sad but true": page-table isolation is the affair of those who may reach the ports (PRIV_IO).
        if (command == PROC_KPTI_CTL && call.Process.UserId != 0) return Errno.EPERM;
        if (command is PROC_KPTI_CTL or PROC_LA_CTL && call.CopyIn(call[3], out wanted) is var fault and not Errno.None) return fault;
        var last = command == PROC_KPTI_CTL ? PROC_KPTI_CTL_DISABLE_ON_EXEC : PROC_LA_CTL_DEFAULT_ON_EXEC;
        if (command is PROC_KPTI_CTL or PROC_LA_CTL && (wanted < 1 || wanted > last)) return Errno.EINVAL;
        if (call.Kernel.Find((int)call.Long(1)) is not { } target || target.Has(Processes.ProcessFlags.Exiting)) return Errno.ESRCH;
        switch (command)
        {
            case PROC_KPTI_STATUS:
                return call.CopyOut(call[3], PROC_KPTI_CTL_DISABLE_ON_EXEC);
            case PROC_LA_STATUS:
                return call.CopyOut(call[3], target.AddressWidth | PROC_LA_STATUS_LA48);
            case PROC_LA_CTL when wanted == PROC_LA_CTL_LA57_ON_EXEC:
                return Errno.EOPNOTSUPP;
            case PROC_LA_CTL:
                target.AddressWidth = wanted;
                return Errno.None;
            default:
                return Errno.None;
        }
    }
}
