using NUnit.Framework;
using TraceKernel.Tests.Kernels;
using TraceKernel.User;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Tests.Tracing;

/// <summary>
/// A debugger that is some user, and a table of processes of all kinds that the machine began with (sections 3.1, 4 and 5.2).
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class BootRules
{
    private const uint User = 1001, Other = 1002, Root = 0;

    private static readonly BootProcess s_own = new() { Path = "/bin/station.O2", Arguments = ["station"], Pid = 500, User = User };

    private static BootProcess Target(string kind) => kind switch
    {
        "other" => s_own with { User = Other },
        "set-user-id" => s_own with { EffectiveUser = Root },
        "saved" => s_own with { SavedUser = Root },
        "group" => s_own with { Groups = [User, 5] },
        "changed" => s_own with { HasChangedCredentials = true },
        "jail" => s_own with { Jail = 3 },
        "stopped" => s_own with { IsStopped = true },
        _ => s_own,
    };

    [CommonRule("3.1 boot: one's own process", None, User, "own", "")]
    [CommonRule("3.1 boot: another user's process", EPERM, User, "other", "")]
    [CommonRule("3.1 boot: root and another user's process", None, Root, "other", "")]
    [Rule("3.1 boot: a set-user-id program", EPERM, None, EPERM, EPERM, EPERM, User, "set-user-id", "")]
    [Rule("3.1 boot: another saved user", EPERM, None, EPERM, EPERM, EPERM, User, "saved", "")]
    [Rule("3.1 boot: a group more", EPERM, None, EPERM, EPERM, EPERM, User, "group", "")]
    [CommonRule("3.1 boot: credentials changed", EPERM, User, "changed", "")]
    [CommonRule("3.1 boot: root and credentials changed", None, Root, "changed", "")]
    [CommonRule("3.1 boot: who is in no jail sees jails", None, User, "jail", "")]
    [Rule("3.1 boot: security.bsd.unprivileged_proc_debug=0", EPERM, None, EPERM, EPERM, EPERM, User, "own", "security.bsd.unprivileged_proc_debug")]
    [CommonRule("3.1 boot: root and security.bsd.unprivileged_proc_debug=0", None, Root, "own", "security.bsd.unprivileged_proc_debug")]
    [Rule("3.1 boot: security.bsd.see_other_uids=0", ESRCH, EPERM, ESRCH, ESRCH, ESRCH, User, "other", "security.bsd.see_other_uids")]
    [Rule("12 boot: security.bsd.allow_ptrace=0", None, None, None, None, ENOSYS, Root, "own", "security.bsd.allow_ptrace")]
    public object Attach(string kernel, uint user, string kind, string switchedOff)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (switchedOff.Length > 0) Assert.That(Booting.Set(machine.Kernel, switchedOff, "0"), Is.EqualTo(None));
        machine.Boot(Target(kind));
        using var debugger = HostProcess.TryCreate(machine.Kernel, "debugger", user)!;
        return debugger.Calls.Ptrace(PT_ATTACH, s_own.Pid, 0, 0);
    }

    [Rule("3.1 boot: init and kern.securelevel=1", EPERM, EINVAL, EPERM, EPERM, EPERM, "1")]
    [CommonRule("3.1 boot: init and kern.securelevel=0", EINVAL, "0")]
    public object Attach_to_init(string kernel, string level)
    {
        using var machine = new TestMachine(kernel: kernel);
        Assert.That(Booting.Set(machine.Kernel, "kern.securelevel", level), Is.EqualTo(None));
        return machine.Calls.Ptrace(PT_ATTACH, 1, 0, 0);
    }

    // The older ones let it go on and send nothing; freebsd-11's SIGSTOP may be eaten by the thread that stood, and is not here.
    [Rule("5.2 boot: the first report of a process that stands stopped", "nothing", "nothing", "SIGSTOP", "SIGSTOP", "SIGSTOP")]
    public object Attach_to_a_stopped_one(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        machine.Boot(Target("stopped"));
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, s_own.Pid, 0, 0), Is.EqualTo(None));
        return Observation.Next(machine, machine.Calls, s_own.Pid);
    }
}
