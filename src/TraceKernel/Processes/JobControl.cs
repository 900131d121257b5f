using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Signals;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Processes;

/// <summary>Process groups, sessions, and which groups have lost all who could continue them: kern_proc.c, kern_prot.c.</summary>
internal sealed class JobControl(Kernel kernel)
{
    /// <summary>Groups with PGRP_ORPHANED.</summary>
    private readonly HashSet<int> _orphaned = [];

    /// <summary>s_ttyp of each session that has a terminal, or had one.</summary>
    private readonly Dictionary<int, TerminalLine> _terminals = [];

    /// <summary>The terminal of a session; null when it never had one.</summary>
    public TerminalLine? TerminalOf(int session) => _terminals.GetValueOrDefault(session);

    public void SetTerminal(int session, TerminalLine terminal) => _terminals[session] = terminal;

    /// <summary>Terminal stops do nothing to members of such a group: nobody could continue them.</summary>
    public bool IsOrphaned(int group) => _orphaned.Contains(group);

    /// <summary>
    /// setpgid(2). ESRCH for processes that are not below the caller, EACCES for those that have executed a program, EPERM.
    /// </summary>
    /// <param name="pid">0: the caller.</param>
    /// <param name="group">0: the process's own.</param>
    public Errno SetGroup(Process caller, int pid, int group)
    {
        if (group < 0) return Errno.EINVAL;
        var target = caller;
        if (pid != 0 && pid != caller.Pid)
        {
            if (kernel.Find(pid) is not { } found || !Family.IsInferior(found, caller)) return Errno.ESRCH;
            if (found.Session != caller.Session) return Errno.EPERM;
            if (found.Has(ProcessFlags.Executed)) return Errno.EACCES;
            target = found;
        }
        if (target.Session == target.Pid) return Errno.EPERM;
        if (group == 0) group = target.Pid;
        if (group == target.Group) return Errno.None;
        if (SessionOf(group) is { } session ? session != caller.Session : group != target.Pid) return Errno.EPERM;
        Enter(target, group, target.Session);
        return Errno.None;
    }

    /// <summary>setsid(2): EPERM while there is a group of the caller's number.</summary>
    public Errno SetSession(Process caller)
    {
        if (SessionOf(caller.Pid) is not null) return Errno.EPERM;
        Enter(caller, caller.Pid, caller.Pid);
        caller.Login = new SessionLogin(caller.Login.Name);
        caller.HasTerminal = false;
        return Errno.None;
    }

    /// <summary>fixjobc_kill: an exiting process no longer keeps its own group, or its children's, from being orphaned.</summary>
    public void Exited(Process process)
    {
        if (process.Session == process.Pid) TerminalOf(process.Session)?.LoseLeader(process.Session);
        process.HasLeftGroup = true;
        if (Qualifies(ParentFor(process), process.Group, process.Session) && CountJobs(process.Group) == 0) Orphan(process.Group);
        foreach (var child in process.Children)
            if (Family.RealParent(child) == process) ParentExits(process, child);
        foreach (var orphan in process.Orphans) ParentExits(process, orphan);
    }

    /// <summary>A process has been reaped, or has gone to another group: pgdelete when it was the last member.</summary>
    public void Left(int group)
    {
        if (SessionOf(group) is not null) return;
        _orphaned.Remove(group);
        foreach (var terminal in _terminals.Values) terminal.LoseGroup(group);
        foreach (var (session, terminal) in _terminals.ToArray())
        {
            if (kernel.Processes.Any(process => process.Session == session)) continue;
            _terminals.Remove(session);
            terminal.LoseSession(session);
        }
    }

    private void ParentExits(Process process, Process child)
    {
        if (CountJobs(child.Group) > 0) _orphaned.Remove(child.Group);
        else if (Qualifies(process, child.Group, child.Session)) Orphan(child.Group);
    }

    /// <summary>doenterpgrp.</summary>
    private void Enter(Process process, int group, int session)
    {
        var (parent, old) = (ParentFor(process), process.Group);
        if (Qualifies(parent, old, process.Session) && CountJobs(old) == 1) Orphan(old);
        (process.Group, process.Session) = (group, session);
        if (Qualifies(parent, group, session)) _orphaned.Remove(group);
        Left(old);
    }

    /// <summary>pgsignal: the kernel's signal to every member of a group.</summary>
    public void Signal(int group, int signal)
    {
        foreach (var member in kernel.Processes)
            if (member.Group == group) Posting.Send(member, signal);
    }

    /// <summary>pgfind: the session of a group that exists.</summary>
    public int? SessionOf(int group)
    {
        foreach (var process in kernel.Processes)
            if (process.Group == group) return process.Session;
        return null;
    }

    /// <summary>isjobproc: children of such a process keep the group from being orphaned.</summary>
    private static bool Qualifies(Process parent, int group, int session) => parent.Group != group && parent.Session == session;

    /// <summary>pgrp_calc_jobc: members with a parent outside the group in the same session.</summary>
    internal int CountJobs(int group)
    {
        var count = 0;
        foreach (var member in kernel.Processes)
            if (member.Group == group && !member.HasLeftGroup && Qualifies(ParentFor(member), group, member.Session)) count++;
        return count;
    }

    /// <summary>jobc_parent: the parent, or the reaper that will take its place when it is exiting.</summary>
    private static Process ParentFor(Process process)
    {
        var parent = Family.RealParent(process);
        while (parent.HasLeftGroup && parent.Reaper != parent) parent = parent.Reaper;
        return parent;
    }

    /// <summary>orphanpg: stopped members are hung up, and continued to see it.</summary>
    private void Orphan(int group)
    {
        _orphaned.Add(group);
        if (!kernel.Processes.Any(process => process.Group == group && IsStopped(process))) return;
        Signal(group, SIGHUP);
        Signal(group, SIGCONT);
    }

    private static bool IsStopped(Process process) => process.Has(ProcessFlags.StoppedSignal) && !process.Has(ProcessFlags.StoppedTrace);
}
