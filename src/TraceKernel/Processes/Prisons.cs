using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Signals;
using static TraceKernel.Abi.Jails;

namespace TraceKernel.Processes;

/// <summary>allprison: the jails of a kernel, and what becomes of the processes in them (kern_jail.c).</summary>
internal sealed class Prisons(Kernel kernel)
{
    private int _lastId;

    /// <summary>prison0.</summary>
    public Prison Host { get; } = new(kernel.Host);

    /// <summary>jail_default_allow and jail_default_enforce_statfs: what the jails of jail(2) get, and those that say nothing.</summary>
    public uint DefaultAllow { get; set; } = JAIL_DEFAULT_ALLOW;

    /// <inheritdoc cref="DefaultAllow"/>
    public int DefaultEnforceStatfs { get; set; } = 2;

    /// <summary>Every jail, by ID; dying ones too, the host not.</summary>
    public IEnumerable<Prison> All
    {
        get
        {
            DropUnused(Host);
            return Host.Descendants.OrderBy(prison => prison.Id).ToArray();
        }
    }

    /// <summary>prison_find_child: a jail within <paramref name="viewer"/>; null when there is none.</summary>
    public Prison? Find(Prison viewer, int id) => All.FirstOrDefault(prison => prison.Id == id && prison.IsWithin(viewer));

    /// <summary>prison_find_name: by name, as <paramref name="viewer"/> writes it; a living jail before a dying one.</summary>
    public Prison? Find(Prison viewer, string name) =>
        All.Where(prison => prison.IsWithin(viewer) && prison.NameFrom(viewer) == name).OrderBy(IsDying).FirstOrDefault();

    /// <summary>pr_uref is 0: it neither persists nor has processes, nor jails that have.</summary>
    public bool IsDying(Prison prison) =>
        !prison.IsPersistent && !kernel.Processes.Any(process => process.Prison == prison && !process.IsZombie) && prison.Children.All(IsDying);

    /// <summary>The next free jail ID; 0: there is none.</summary>
    public int NextId()
    {
        var used = All.Select(prison => prison.Id).ToHashSet();
        for (var tries = 1; tries < JAIL_MAX; tries++)
        {
            _lastId = _lastId + 1 >= JAIL_MAX ? 1 : _lastId + 1;
            if (!used.Contains(_lastId)) return _lastId;
        }
        return 0;
    }

    /// <summary>A new jail, which its maker holds until the call ends.</summary>
    public Prison Create(int id, Prison parent)
    {
        var prison = new Prison(id, parent) { EnforceStatfs = DefaultEnforceStatfs };
        prison.CpuSet = kernel.CpuSets.Create(parent.CpuSet ?? kernel.CpuSets.Default.Root, isRoot: true);
        parent.Children.Add(prison);
        return prison;
    }

    /// <summary>A jail of a process table: the jail with that ID, which is made if it is not there.</summary>
    public Prison FindOrCreate(int id)
    {
        if (All.FirstOrDefault(prison => prison.Id == id) is { } known) return known;
        var made = Create(id, Host);
        (made.Name, made.IsPersistent) = ($"{id}", true);
        return made;
    }

    /// <summary>do_jail_attach: the process moves into a jail, and begins at its root. EACCES, and EPERM as chroot(2).</summary>
    public Errno Attach(Process process, Prison prison)
    {
        var root = prison.Root ?? kernel.FileSystem.Root;
        if (FileSystem.ChangeRoot(process, root) is not Errno.None and var error) return error;
        if (prison.CpuSet is { } set) CpuSets.Assign(process.Threads, set);
        process.Directory.Enter(root);
        process.Credentials = process.Credentials with { Prison = prison };
        process.Flags |= ProcessFlags.SetId;
        return Errno.None;
    }

    /// <summary>prison_remove_one, and before it of all jails within: no longer persistent, and its processes are killed.</summary>
    public void Remove(Prison prison)
    {
        foreach (var child in prison.Children.ToArray()) Remove(child);
        prison.IsPersistent = false;
        foreach (var process in kernel.Processes.Where(process => process.Prison == prison && !process.IsZombie).ToArray())
            Posting.Send(process, Abi.Signals.SIGKILL);
    }

    /// <summary>prison_deref: a jail goes with its last process, zombies included, and its last jail.</summary>
    private void DropUnused(Prison prison)
    {
        foreach (var child in prison.Children.ToArray()) DropUnused(child);
        if (prison.Parent is not { } parent || prison.IsPersistent || prison.Children.Count > 0) return;
        if (!kernel.Processes.Any(process => process.Prison == prison)) parent.Children.Remove(prison);
    }
}
