namespace TraceKernel;

/// <summary>struct vmmeter: what the kernel has counted since boot.</summary>
public sealed class VmMeter
{
    /// <summary>v_swtch: changes from one thread to another.</summary>
    public long Switches { get; set; }

    /// <summary>v_trap: times that a program left user mode other than by a system call.</summary>
    public long Traps { get; set; }

    /// <summary>v_syscall.</summary>
    public long SystemCalls { get; set; }

    /// <summary>v_intr and v_soft: callouts that were due.</summary>
    public long Interrupts { get; set; }

    /// <summary>v_vm_faults.</summary>
    public long Faults { get; set; }

    /// <summary>v_forks, v_vforks and v_rforks.</summary>
    public long Forks { get; set; }
    /// <inheritdoc cref="Forks"/>
    public long VForks { get; set; }
    /// <inheritdoc cref="Forks"/>
    public long RForks { get; set; }

    /// <summary>v_forkpages, v_vforkpages and v_rforkpages: pages of address space that those calls handed on.</summary>
    public long ForkPages { get; set; }
    /// <inheritdoc cref="ForkPages"/>
    public long VForkPages { get; set; }
    /// <inheritdoc cref="ForkPages"/>
    public long RForkPages { get; set; }
}
