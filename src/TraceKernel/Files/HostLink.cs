using TraceKernel.Host;

namespace TraceKernel.Files;

/// <summary>A symbolic link of the host. Its target never changes: another target is another link.</summary>
internal sealed class HostLink : LinkVnode, IHostVnode
{
    public HostLink(FileSystem fileSystem, Mount mount, string target, in HostStatus status, Caller owner) : base(fileSystem, mount, target, owner)
    {
        Status = status;
        Links = status.Links;
        Modified = Changed = Accessed = Born = status.Modified;
    }

    public HostStatus Status { get; private set; }

    Vnode IHostVnode.Vnode => this;

    public void Refresh(in HostStatus status)
    {
        Status = status;
        Links = status.Links;
    }
}
