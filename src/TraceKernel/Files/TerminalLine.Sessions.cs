using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Signals;

namespace TraceKernel.Files;

// Whose terminal it is: controlling terminals, foreground and background.
internal abstract partial class TerminalLine
{
    /// <summary>NO_PID: the foreground of a terminal without one.</summary>
    private const int NoProcess = 100000;

    /// <summary>t_session: the session that it controls; 0: none.</summary>
    public int Session { get; private set; }

    /// <summary>t_pgrp; 0: none.</summary>
    public int Foreground { get; private set; }

    /// <summary>s_ttyvp of its session: /dev/tty leads to it. Not after a revocation, nor when the session's leader has gone.</summary>
    public bool IsReachable { get; private set; }

    /// <summary>What is shown of it with the processes that it controls.</summary>
    public TerminalState State => new(Vnode.Stat().st_rdev, Session, Foreground);

    private bool HasSession => Session != 0;

    /// <summary>TOSTOP: writers in the background are stopped.</summary>
    public bool StopsWriters => IsSet(termios.TOSTOP);

    /// <summary>tty_is_ctty.</summary>
    public bool Controls(Process process) => Session != 0 && process.Session == Session && process.HasTerminal;

    /// <summary>The terminal that login(1) would give to a session leader.</summary>
    public void Adopt(Process leader)
    {
        (Session, Foreground, IsReachable) = (leader.Session, leader.Group, true);
        leader.HasTerminal = true;
        Kernel.Jobs.SetTerminal(Session, this);
    }

    /// <summary>tty_rel_pgrp.</summary>
    public void LoseGroup(int group)
    {
        if (Foreground == group) Foreground = 0;
    }

    /// <summary>tty_rel_sess: the last process of a session that it controlled, or once did, has gone.</summary>
    public void LoseSession(int session)
    {
        if (Session == session) (Session, Foreground) = (0, 0);
        FreeIfUnused();
    }

    /// <summary>killjobc: the session's leader exits. The foreground is hung up, and nobody keeps the terminal open.</summary>
    public void LoseLeader(int session)
    {
        if (Session != session) return;
        SignalForeground(Abi.Signals.SIGHUP);
        if (IsReachable) Vnode.Revoke();
    }

    /// <summary>The node was revoked.</summary>
    public void Revoked() => IsReachable = false;

    /// <summary>tty_signal_pgrp: also starts stopped output.</summary>
    protected void SignalForeground(int signal)
    {
        Start();
        if (signal == Abi.Signals.SIGINFO && !IsSet(termios.NOKERNINFO)) PrintStatus();
        if (Foreground == 0) return;
        // pgsignal with checkctty.
        foreach (var member in Kernel.Processes.ToArray())
            if (member.Group == Foreground && member.HasTerminal) Posting.Send(member, signal);
    }

    /// <summary>tty_signal_sessleader.</summary>
    private void SignalLeader(int signal)
    {
        Start();
        if (Session != 0 && Kernel.Find(Session) is { } leader && leader.Session == Session) Posting.Send(leader, signal);
    }

    /// <summary>
    /// tty_wait_background: who is not in the foreground is stopped by SIGTTIN or SIGTTOU until it is. EIO for readers who would not
    /// stop, and for those whom nobody could continue.
    /// </summary>
    public async ValueTask<Errno> WaitForForeground(Lwp lwp, int signal)
    {
        var process = lwp.Process;
        while (Controls(process) && process.Group != Foreground)
        {
            if (process.Signals.IsIgnored(signal) || lwp.SignalMask.Contains(signal))
                return signal == Abi.Signals.SIGTTOU ? Errno.None : Errno.EIO;
            if (process.Has(ProcessFlags.ParentWaits) || Kernel.Jobs.IsOrphaned(process.Group)) return Errno.EIO;
            Kernel.Jobs.Signal(process.Group, signal);
            var revocations = _revocations;
            var error = await lwp.Sleep(_backgroundWait, "ttybg");
            if (IsGone) return Errno.ENXIO;
            if (_revocations != revocations) return Errno.ERESTART;
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }

    /// <summary>TIOCSCTTY: EPERM but for the leader of a session without a terminal, when no other session has this one.</summary>
    private Errno BecomeControlling(Process caller)
    {
        if (caller.Session != caller.Pid) return Errno.EPERM;
        if (Session == caller.Session) return Errno.None;
        if (Kernel.Jobs.TerminalOf(caller.Session) is not null || (Session != 0 && IsReachable)) return Errno.EPERM;
        Adopt(caller);
        return Errno.None;
    }

    /// <summary>TIOCSPGRP: EPERM for groups of other sessions, ENOTTY for those whom it does not control.</summary>
    private Errno SetForeground(Process caller, int group)
    {
        if (Kernel.Jobs.SessionOf(group) != caller.Session) return Errno.EPERM;
        if (!Controls(caller)) return Errno.ENOTTY;
        Foreground = group;
        Kernel.Wakeup(_backgroundWait);
        return Errno.None;
    }

    /// <summary>tty_info: what the foreground does, for VSTATUS and TIOCSTAT.</summary>
    private void PrintStatus()
    {
        const int Message = 256;
        if (Room < Message) return;
        var start = (_column == 0 ? "" : "\n") + "load: 0.00 ";
        if (Session == 0) Print(start + "not a controlling terminal\n");
        else if (Foreground == 0) Print(start + "no foreground process group\n");
        else if (MostInteresting() is not { } process) Print(start + "empty foreground process group\n");
        else Print($"{start} cmd: {process.Name} {process.Pid} [{StateOf(process)}] {Seconds(Kernel.Uptime - process.StartTime)}r "
            + $"{Seconds(process.Threads.Sum(lwp => lwp.Cpu.Retired))}u 0.00s 0% {ResidentKilobytes(process)}k\n");
    }

    /// <summary>proc_compare: who runs rather than who sleeps, the living rather than the dead, the highest pid.</summary>
    private Process? MostInteresting() => Kernel.Processes.Where(process => process.Group == Foreground && !process.IsHost)
        .OrderBy(process => process.Threads.Any(lwp => !lwp.IsSleeping))
        .ThenBy(process => !process.IsZombie)
        .ThenBy(process => process.Pid)
        .LastOrDefault();

    private static string StateOf(Process process)
    {
        if (process.IsZombie || process.Threads.Count == 0) return "zombie";
        if (process.Threads.FirstOrDefault(lwp => !lwp.IsSleeping && !lwp.Suspended) is not null) return "runnable";
        return process.Threads[0].IsSleeping ? process.Threads[0].WaitMessage : "suspended";
    }

    private static long ResidentKilobytes(Process process) =>
        process.IsZombie ? 0 : process.Vm.Map.Entries.Sum(entry => entry.Object?.ResidentPages ?? 0L) * Machine.Memory.Frame.Size / 1024;

    private static string Seconds(long nanoseconds) => $"{nanoseconds / 1_000_000_000}.{nanoseconds / 10_000_000 % 100:00}";
}
