using TraceKernel.Abi;
using TraceKernel.Signals;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Processes;

/// <summary>The end of zombies, and of what a reaper has promised: proc_reap and reaper_abandon_children of kern_exit.c.</summary>
internal static class Reaping
{
    /// <summary>proc_reap: the status of a zombie has been collected.</summary>
    public static void Reap(Process process)
    {
        var parent = Family.RealParent(process);
        if (process.OriginalParentPid == process.Parent.Pid || parent == process.Parent)
        {
            Forget(process);
            return;
        }
        // Reaped by a debugger: the zombie goes back to its parent, which may wait for it again.
        Family.Reparent(process, parent, setOriginalParent: false);
        if (ReapIfInit(process)) return;
        SendEnd(parent, process);
        process.Kernel.Wakeup(parent);
    }

    /// <summary>init(8) waits for all that come to it, but those whose status is for a descriptor.</summary>
    public static bool ReapIfInit(Process process)
    {
        if (process.Parent != process.Kernel.Init || process.Descriptor is { IsClosed: false }) return false;
        Forget(process);
        return true;
    }

    /// <summary>childproc_exited.</summary>
    public static void SendEnd(Process parent, Process child)
    {
        var (code, status) = EndOf(child);
        Posting.SendChild(parent, child, code, status);
    }

    /// <summary>CLD_* and si_status of a zombie.</summary>
    public static (int Code, int Status) EndOf(Process process) => process.XSig == 0 ? (CLD_EXITED, process.ExitCode)
        : (process.DumpedCore ? CLD_DUMPED : CLD_KILLED, process.XSig);

    /// <summary>KW_EXITCODE: the status word of a zombie.</summary>
    public static int StatusOf(Process process) =>
        process.XSig == 0 ? Wait.ExitStatus(process.ExitCode) : Wait.SignalStatus(process.XSig, process.DumpedCore);

    /// <summary>reaper_abandon_children: a reaper gives its descendants to its own reaper.</summary>
    /// <param name="exiting">It is gone: the children that came to it go there too.</param>
    public static void AbandonDescendants(Process process, bool exiting)
    {
        if (!process.IsReaper) return;
        var next = process.Reaper;
        foreach (var descendant in process.Reaplist)
        {
            descendant.Reaper = next;
            descendant.ReapSubtree = process.ReapSubtree;
            next.Reaplist.Insert(0, descendant);
            if (!exiting || descendant.Parent != process) continue;
            Family.Reparent(descendant, next, setOriginalParent: true);
            if (descendant.IsZombie) ReapIfInit(descendant);
        }
        process.Reaplist.Clear();
        process.IsReaper = false;
    }

    private static void Forget(Process process)
    {
        process.Parent.Children.Remove(process);
        ResourceUsage.Inherit(process.Parent, process);
        AbandonDescendants(process, exiting: true);
        process.Reaper.Reaplist.Remove(process);
        Family.ClearOrphan(process);
        process.Descriptor?.ProcessReaped();
        process.Kernel.Remove(process);
        process.Kernel.Jobs.Left(process.Group);
    }
}
