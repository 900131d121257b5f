using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Tests.Tracing;

/// <summary>Whom one may see and debug: p_cansee and p_candebug (section 3.1), and what dragonfly asks instead (section 4).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class CredentialRules
{
    private const uint User = 1001, Other = 1002, Root = 0;

    [CommonRule("3.1 the same user", None, User, "")]
    [CommonRule("3.1 root", None, Root, "")]
    [CommonRule("3.1 another user", EPERM, Other, "")]
    [CommonRule("3.1 root and another user's", None, Root, "ruid")]
    [CommonRule("3.1 another real user id", EPERM, User, "ruid")]
    [Rule("3.1 another effective user id", EPERM, None, EPERM, EPERM, EPERM, User, "euid")]
    [Rule("3.1 another saved user id", EPERM, None, EPERM, EPERM, EPERM, User, "svuid")]
    [Rule("3.1 a group that the caller is not in", EPERM, None, EPERM, EPERM, EPERM, User, "group")]
    [CommonRule("3.1 root and a group that it is not in", None, Root, "group")]
    [CommonRule("3.1 credentials changed since exec", EPERM, User, "sugid")]
    [CommonRule("3.1 root and credentials changed since exec", None, Root, "sugid")]
    [Rule("3.1 unprivileged_proc_debug is 0", EPERM, None, EPERM, EPERM, EPERM, User, "no debugging")]
    [CommonRule("3.1 root and unprivileged_proc_debug is 0", None, Root, "no debugging")]
    [CommonRule("3.1 in another jail", ESRCH, User, "jail")]
    [CommonRule("3.1 root in another jail", ESRCH, Root, "jail")]
    [Rule("3.1 see_other_uids is 0", ESRCH, EPERM, ESRCH, ESRCH, ESRCH, Other, "blind")]
    [Rule("3.1 see_other_gids is 0", ESRCH, None, ESRCH, ESRCH, ESRCH, User, "blind to groups")]
    [CommonRule("3.1 root sees all", None, Root, "blind")]
    [Rule("3.1 in execve", EAGAIN, EAGAIN, EBUSY, EBUSY, EBUSY, User, "in execve")]
    [Rule("3.1 another user's, in execve", EPERM, EAGAIN, EPERM, EPERM, EPERM, Other, "in execve")]
    [Rule("3.1 PROC_TRACE_CTL_DISABLE", null, null, EPERM, EPERM, EPERM, User, "no trace", Recollected = "freebsd-11")]
    [Rule("3.1 root and PROC_TRACE_CTL_DISABLE", null, null, None, None, None, Root, "no trace", Recollected = "freebsd-11")]
    public object Attach(string kernel, uint user, string state)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        guest.Process.Credentials = Credentials.Of(user, user == Root ? Root : User);
        var pid = machine.Start("target.O2", false, "spin");
        Arrange(machine, machine.Kernel.Find(pid)!, state);
        return guest.Ptrace(PT_ATTACH, pid);
    }

    private static void Arrange(TestMachine machine, Process target, string state)
    {
        var security = machine.Kernel.Security;
        switch (state)
        {
            case "ruid": target.Credentials = target.Credentials with { RealUserId = Other }; break;
            case "euid": target.Credentials = target.Credentials with { UserId = Other }; break;
            case "svuid": target.Credentials = target.Credentials with { SavedUserId = Other }; break;
            case "group": target.Credentials = target.Credentials with { Groups = [User, 5] }; break;
            case "sugid": target.Flags |= ProcessFlags.SetId; break;
            case "no debugging": security.UnprivilegedProcessDebugging = false; break;
            case "jail":
                foreach (var process in machine.Kernel.Processes.Where(process => process != target)) process.Jail = 1;
                target.Jail = 2;
                break;
            case "blind": security.SeeOtherUsers = false; break;
            case "blind to groups":
                security.SeeOtherGroups = false;
                target.Credentials = Credentials.Of(User, Other);
                break;
            case "in execve": target.Flags |= ProcessFlags.InExec; break;
            case "no trace": target.Flags2 |= ProcessFlags2.NoTrace; break;
        }
    }

    // p_candebug is asked for every request; dragonfly asks at PT_ATTACH only, and its procfs helpers ask again.
    [Rule("3.1 a tracee of someone who is another user now: CONTINUE", EPERM, None, EPERM, EPERM, EPERM, PT_CONTINUE)]
    [Rule("3.1 a tracee of someone who is another user now: DETACH", EPERM, None, EPERM, EPERM, EPERM, PT_DETACH)]
    [Rule("9 a tracee of someone who is another user now: GETREGS", EPERM, EPERM, EPERM, EPERM, EPERM, PT_GETREGS)]
    [Rule("9 a tracee of someone who is another user now: GETDBREGS", EPERM, EPERM, EPERM, EPERM, EPERM, PT_GETDBREGS)]
    [Rule("5.7 a tracee of someone who is another user now: READ_D", EPERM, EINVAL, EPERM, EPERM, EPERM, PT_READ_D)]
    [Rule("5.7 a tracee of someone who is another user now: WRITE_D", EPERM, EINVAL, EPERM, EPERM, EPERM, PT_WRITE_D)]
    [Rule("5.7 a tracee of someone who is another user now: IO", EPERM, EPERM, EPERM, EPERM, EPERM, PT_IO)]
    [Rule("3.1 a tracee of someone who is another user now: LWPINFO", EPERM, EINVAL, EPERM, EPERM, EPERM, PT_LWPINFO)]
    public object After_a_change_of_user(string kernel, int request)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = guest.Attach("traced.O2", "page");
        guest.Process.UserId = Other;
        guest.Memory.Set(DebuggerMemory.Good, new ptrace_io_desc
        {
            piod_op = PIOD_READ_D, piod_offs = 0x1000_0000, piod_addr = DebuggerMemory.Good + 0x1000, piod_len = 4,
        });
        var address = request switch
        {
            PT_CONTINUE or PT_DETACH => SamePc,
            PT_READ_D or PT_WRITE_D => 0x1000_0000UL,
            _ => DebuggerMemory.Good,
        };
        return guest.Ptrace(request, pid, address, request == PT_LWPINFO ? 100 : 0);
    }

    // An empty transfer asks nobody in dragonfly.
    [Rule("5.7 a tracee of someone who is another user now: IO of length 0", EPERM, None, EPERM, EPERM, EPERM)]
    public object Empty_transfer_after_a_change_of_user(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = guest.Attach("traced.O2", "page");
        guest.Process.UserId = Other;
        guest.Memory.Set(DebuggerMemory.Good, new ptrace_io_desc { piod_op = PIOD_READ_D, piod_offs = 0x1000_0000 });
        return guest.Ptrace(PT_IO, pid, DebuggerMemory.Good);
    }

    [Rule("3.1 init while the securelevel is raised", EPERM, EINVAL, EPERM, EPERM, EPERM, 1)]
    [CommonRule("3.1 init is a system process here", EINVAL, 0)]
    public object Attach_init(string kernel, int level)
    {
        using var machine = new TestMachine(kernel: kernel);
        machine.Kernel.Security.SecureLevel = level;
        return machine.Calls.Ptrace(PT_ATTACH, 1, 0, 0);
    }

    [Rule("3.1 TRACE_ME while unprivileged_proc_debug is 0", EPERM, None, EPERM, EPERM, EPERM, User)]
    [CommonRule("3.1 root's TRACE_ME while unprivileged_proc_debug is 0", None, Root)]
    public object Trace_me(string kernel, uint user)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        guest.Process.UserId = user;
        machine.Kernel.Security.UnprivilegedProcessDebugging = false;
        return guest.Ptrace(PT_TRACE_ME, 0);
    }

    // Process 0 is no init: what the securelevel says of that one does not hold for it.
    [CommonRule("3.1 process 0 while the securelevel is raised", EINVAL, 1, PT_ATTACH)]
    [CommonRule("3.1 process 0 is a system process", EINVAL, 0, PT_ATTACH)]
    [CommonRule("3.1 another request to process 0 while the securelevel is raised", EINVAL, 1, PT_CONTINUE)]
    public object Process_0(string kernel, int level, int request)
    {
        using var machine = new TestMachine(kernel: kernel);
        machine.Kernel.Security.SecureLevel = level;
        return machine.Calls.Ptrace(request, 0, 0, 0);
    }

    [Rule("3.1 process 0 and a caller who is not root", EPERM, EINVAL, EPERM, EPERM, EPERM)]
    public object Process_0_of_a_user(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        return new GuestDebugger(machine).Ptrace(PT_ATTACH, 0);
    }
}
