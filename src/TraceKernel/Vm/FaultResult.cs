namespace TraceKernel.Vm;

/// <summary>What vm_fault made of an access.</summary>
public enum FaultResult
{
    Resolved,
    /// <summary>KERN_INVALID_ADDRESS: nothing is mapped there.</summary>
    InvalidAddress,
    /// <summary>KERN_PROTECTION_FAILURE: mapped, but not for that.</summary>
    ProtectionFailure,
    /// <summary>KERN_OUT_OF_BOUNDS: mapped, but beyond the end of the file, or the file cannot be read there.</summary>
    OutOfBounds,
    /// <summary>KERN_RESOURCE_SHORTAGE: no page left.</summary>
    OutOfMemory,
}
