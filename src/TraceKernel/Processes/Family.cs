namespace TraceKernel.Processes;

/// <summary>Parents, children and debuggers: proc_reparent and its kin of kern_exit.c and kern_proc.c.</summary>
internal static class Family
{
    /// <summary>do_fork: a new process takes its place below its parent and its reaper.</summary>
    public static void Enter(Process process, Process creator)
    {
        var parent = process.Parent;
        parent.Children.Insert(0, process);
        process.Reaper = parent != creator ? parent : creator.IsReaper ? creator : creator.Reaper;
        process.Reaper.Reaplist.Insert(0, process);
        process.ReapSubtree = process.Reaper == creator && creator != creator.Kernel.Init ? process.Pid : creator.ReapSubtree;
    }

    /// <summary>fork_findpid: the number still names a group, a session or a reaper's subtree.</summary>
    public static bool IsIdUsed(Kernel kernel, int id)
    {
        foreach (var process in kernel.Processes)
            if (process.Group == id || process.Session == id || process.ReapSubtree == id) return true;
        return false;
    }

    /// <summary>
    /// proc_reparent: the child goes to the head of its new parent's list; the old one keeps it as an orphan while it is traced.
    /// </summary>
    public static void Reparent(Process child, Process parent, bool setOriginalParent)
    {
        if (child.Parent == parent) return;
        ForgetSignal(child.Parent, child);
        child.Parent.Children.Remove(child);
        parent.Children.Insert(0, child);
        ClearOrphan(child);
        if (child.IsTraced && child.Kernel.Personality.Attaching.KeepsOrphans) AddOrphan(child, child.Parent);
        child.Parent = parent;
        if (setOriginalParent) child.OriginalParentPid = parent.Pid;
    }

    /// <summary>proc_realparent: who the parent is when no debugger stands between.</summary>
    public static Process RealParent(Process child)
    {
        if (!child.IsOrphan && child.OriginalParentPid == child.Parent.Pid) return child.Parent;
        if (!child.Kernel.Personality.Attaching.KeepsOrphans) return child.Kernel.Find(child.OriginalParentPid) ?? child.Kernel.Init;
        if (!child.IsOrphan) return child.Kernel.Personality.Attaching.OrphansGoToReaper ? child.Reaper : child.Kernel.Init;
        foreach (var process in child.Kernel.Processes)
            if (process.Orphans.Contains(child)) return process;
        return child.Reaper;
    }

    /// <summary>inferior: a process, or one of its descendants.</summary>
    public static bool IsInferior(Process process, Process ancestor)
    {
        for (var init = process.Kernel.Init; process != ancestor; process = RealParent(process))
            if (process == init) return false;
        return true;
    }

    /// <summary>proc_add_orphan.</summary>
    public static void AddOrphan(Process child, Process parent)
    {
        parent.Orphans.Insert(Math.Min(1, parent.Orphans.Count), child);
        child.IsOrphan = true;
    }

    /// <summary>proc_clear_orphan.</summary>
    public static void ClearOrphan(Process child)
    {
        if (!child.IsOrphan) return;
        foreach (var process in child.Kernel.Processes) process.Orphans.Remove(child);
        child.IsOrphan = false;
    }

    /// <summary>Whom getppid(2) names.</summary>
    public static int ShownParentPid(Process process) =>
        process.Kernel.Personality.Attaching.RemembersParent ? process.OriginalParentPid : process.Parent.Pid;

    /// <summary>sigqueue_take(p_ksi): a parent's SIGCHLD for a child that it has now heard of, where signals have records.</summary>
    public static void ForgetSignal(Process parent, Process child)
    {
        if (child.Kernel.Personality.Stops.WaitTakesSignal) parent.Queue.DeleteChild(child.Pid);
    }
}
