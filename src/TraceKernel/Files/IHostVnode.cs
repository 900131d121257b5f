using TraceKernel.Host;

namespace TraceKernel.Files;

/// <summary>A vnode of a file of the host, whose attributes the host can change at any time.</summary>
internal interface IHostVnode
{
    /// <summary>The host's attributes when they were last read.</summary>
    HostStatus Status { get; }

    Vnode Vnode { get; }

    /// <summary>Takes over attributes that were read again.</summary>
    void Refresh(in HostStatus status);
}
