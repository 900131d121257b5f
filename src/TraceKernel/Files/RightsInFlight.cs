using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

/// <summary>unp_gc: local sockets whose only references are messages that wait in such sockets are closed, since nobody can ever receive them.</summary>
internal sealed class RightsInFlight(Kernel kernel)
{
    /// <summary>Sockets that have received open files, the first one first.</summary>
    private readonly List<Socket> _holders = [];
    private bool _isScheduled;

    /// <summary>An open file waits in a socket.</summary>
    public void Add(Socket holder)
    {
        if (!_holders.Contains(holder)) _holders.Add(holder);
    }

    /// <summary>uipc_detach: a look is due, soon and for all that are closed until then.</summary>
    public void SocketClosed()
    {
        if (_holders.Count == 0 || _isScheduled) return;
        _isScheduled = true;
        kernel.Scheduler.At(kernel.Uptime, Collect);
    }

    /// <summary>unp_gc.</summary>
    public void Collect()
    {
        _isScheduled = false;
        _holders.RemoveAll(holder => !holder.HeldRights.Any());
        var dead = FindDead();
        foreach (var file in dead) file.AddReference();
        foreach (var file in dead) ((Socket)file.Target).Discard();
        foreach (var file in dead) file.Release();
    }

    /// <summary>The open socket that receives what waits in one: of a connection that nobody has accepted yet, its listener.</summary>
    private static OpenFile? OwnFile(Socket holder) => (holder.Listener ?? holder).File;

    /// <summary>unp_gc_process, unp_scan: suspects are those with no other references; a message in any other socket acquits them.</summary>
    private List<OpenFile> FindDead()
    {
        var counts = new Dictionary<OpenFile, int>();
        foreach (var holder in _holders)
            foreach (var file in holder.HeldRights)
                counts[file] = counts.GetValueOrDefault(file) + 1;
        var suspects = new HashSet<OpenFile>();
        foreach (var (file, count) in counts)
            if (file.Target is Socket { Domain: AF_UNIX } && file.References == count) suspects.Add(file);
        // What holds messages of an acquitted socket is looked at once more: a chain of sockets in sockets takes as long as it has links.
        var owned = _holders.ToLookup(OwnFile);
        var acquitted = new Queue<Socket>(suspects.Count == 0 ? [] : _holders.Where(holder => OwnFile(holder) is not { } own || !suspects.Contains(own)));
        while (acquitted.TryDequeue(out var holder))
            foreach (var file in holder.HeldRights)
                if (suspects.Remove(file))
                    foreach (var next in owned[file]) acquitted.Enqueue(next);
        return [.. counts.Keys.Where(suspects.Contains)];
    }
}
