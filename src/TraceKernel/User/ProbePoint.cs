namespace TraceKernel.User;

/// <summary>Where a test may have a kernel fail (<see cref="KernelOptions.Probe"/>).</summary>
public enum ProbePoint
{
    /// <summary>Guest instructions are about to be executed.</summary>
    Turn,
    /// <summary>A guest's system call is about to be made.</summary>
    SystemCall,
    /// <summary>A callout is about to be made.</summary>
    Timer,
    /// <summary>A host process has come in with a call.</summary>
    HostCall,
}
