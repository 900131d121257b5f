using TraceKernel.Abi;
using TraceKernel.Host;

namespace TraceKernel.Files;

/// <summary>The way from a mount's root to a directory below it: from handle to handle, by one name at a time.</summary>
/// <param name="node">The root's handle, open as long as the mount exists.</param>
internal sealed class HostRoot(HostNode node)
{
    /// <summary>
    /// The directory that was entered last: a look-up of a path goes from each directory to one in it, which then takes one step.
    /// </summary>
    private (HostDirectory Directory, HostNode Node)? _last;

    /// <summary>The root itself.</summary>
    public HostDirectory Directory { private get; set; } = null!;

    /// <summary>Files with several names: one vnode for all of them, and so one page cache.</summary>
    private readonly Dictionary<(ulong Device, ulong Inode), IHostVnode> _linked = [];

    /// <summary>Finds a directory on the host again.</summary>
    /// <param name="entered">Valid until the next call; it stays this object's.</param>
    /// <returns>ENOENT when the host has another file in the place of the directory or of one above it.</returns>
    public Errno Enter(HostDirectory directory, out HostNode entered)
    {
        entered = node;
        var steps = new Stack<HostDirectory>();
        for (var at = directory; at != Directory; at = (HostDirectory)at.Parent!)
        {
            if (_last is { } last && last.Directory == at)
            {
                entered = last.Node;
                break;
            }
            if (at.Parent is not HostDirectory) return Errno.ENOENT;
            steps.Push(at);
        }
        while (steps.TryPop(out var next))
        {
            if (entered.Find(next.Name, out var found) is not Errno.None and var error) return error;
            Leave();
            (_last, entered) = ((next, found), found);
            if (found.Status.IsSameFile(next.Status)) continue;
            Leave();
            return Errno.ENOENT;
        }
        return Errno.None;
    }

    /// <summary>The vnode that a file has under another of its names; null when there is none.</summary>
    public IHostVnode? FindLinked(in HostStatus status) =>
        status.Links > 1 && _linked.TryGetValue((status.Device, status.Inode), out var known) && known.Status.Type == status.Type ? known : null;

    public void AddLinked(IHostVnode vnode)
    {
        if (vnode.Status.Links > 1) _linked[(vnode.Status.Device, vnode.Status.Inode)] = vnode;
    }

    public void RemoveLinked(IHostVnode vnode) => _linked.Remove((vnode.Status.Device, vnode.Status.Inode));

    /// <summary>Hands the directory that was entered last over to the caller; null when that was the root.</summary>
    public HostNode? Detach()
    {
        var last = _last?.Node;
        _last = null;
        return last;
    }

    /// <summary>Forgets the directory that was entered last, so that it can be removed.</summary>
    public void Leave() => Detach()?.Dispose();
}
