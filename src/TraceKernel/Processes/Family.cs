namespace TraceKernel.Processes;

/// <summary>Parents, children and debuggers: proc_reparent and its kin of kern_exit.c and kern_proc.c.</summary>
internal static class Family
{
    /// <summary>proc_reparent: the child goes to the head of its new parent's list.</summary>
    public static void Reparent(Process child, Process parent, bool setOriginalParent)
    {
        if (setOriginalParent) child.OriginalParentPid = parent.Pid;
        if (child.Parent == parent)
        {
            if (setOriginalParent) ClearOrphan(child);
            return;
        }
        child.Parent.Queue.DeleteChild(child.Pid);
        child.Parent.Children.Remove(child);
        parent.Children.Insert(0, child);
        ClearOrphan(child);
        if (child.IsTraced && child.Kernel.Personality.Attaching.KeepsOrphans)
        {
            child.Parent.Orphans.Insert(0, child);
            child.IsOrphan = true;
        }
        child.Parent = parent;
    }

    /// <summary>proc_realparent: who the parent is when no debugger stands between.</summary>
    public static Process RealParent(Process child)
    {
        if (!child.IsOrphan)
            return child.OriginalParentPid == child.Parent.Pid ? child.Parent : child.Kernel.Find(child.OriginalParentPid) ?? child.Kernel.Init;
        foreach (var process in child.Kernel.Processes)
            if (process.Orphans.Contains(child)) return process;
        return child.Kernel.Init;
    }

    /// <summary>clear_orphan.</summary>
    public static void ClearOrphan(Process child)
    {
        if (!child.IsOrphan) return;
        foreach (var process in child.Kernel.Processes) process.Orphans.Remove(child);
        child.IsOrphan = false;
    }

    /// <summary>Whom getppid(2) names.</summary>
    public static int ShownParentPid(Process process) =>
        process.Kernel.Personality.Attaching.RemembersParent ? process.OriginalParentPid : process.Parent.Pid;

    /// <summary>The debugger's SIGCHLD for a child it has now heard of.</summary>
    public static void ForgetSignal(Process parent, Process child) => parent.Queue.DeleteChild(child.Pid);
}
