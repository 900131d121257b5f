namespace TraceKernel.Vm;

/// <summary>What vm_fault made of an access.</summary>
public enum FaultResult
{
    Resolved,
    /// <summary>KERN_INVALID_ADDRESS: nothing is mapped there.</summary>
    InvalidAddress,
    /// <summary>KERN_PROTECTION_FAILURE: mapped, but not for that; or beyond the end of a mapped file.</summary>
    ProtectionFailure,
    /// <summary>KERN_RESOURCE_SHORTAGE: no page left.</summary>
    OutOfMemory,
}
