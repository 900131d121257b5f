using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// Who may be asked what, and which refusal comes first: locating the target, then the permission stage (FreeBSD 13,
/// kern_ptrace). Every request number is tried on a target in every state.
/// </summary>
[TestFixtureSource(nameof(States))]
public sealed class PtraceCheckTests(string state)
{
    // What must be traced, the caller's own, stopped and waited for: every request of FreeBSD 13 but three …
    private static readonly int[] s_ordinary =
    [
        PT_READ_I, PT_READ_D, PT_WRITE_I, PT_WRITE_D, PT_CONTINUE, PT_KILL, PT_STEP, PT_DETACH, PT_IO, PT_LWPINFO, PT_GETNUMLWPS, PT_GETLWPLIST,
        PT_CLEARSTEP, PT_SETSTEP, PT_SUSPEND, PT_RESUME, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL, PT_FOLLOW_FORK, PT_LWP_EVENTS, PT_GET_EVENT_MASK,
        PT_SET_EVENT_MASK, PT_GET_SC_ARGS, PT_GET_SC_RET, PT_GETREGS, PT_SETREGS, PT_GETFPREGS, PT_SETFPREGS, PT_GETDBREGS, PT_SETDBREGS,
        PT_VM_TIMESTAMP, PT_VM_ENTRY, PT_GETXSTATE, PT_SETXSTATE, PT_GETFSBASE, PT_SETFSBASE, PT_GETGSBASE, PT_SETGSBASE,
    ];

    // … and numbers that FreeBSD 13 does not know, some of which it learnt later.
    private static readonly int[] s_unknown = [-1, 3, 6, PT_COREDUMP, 30, 31, 32, 39, PT_GETREGSET, PT_SETREGSET, PT_SC_REMOTE, 45, 63, 75, 1000];

    private static readonly (string Name, Errno Ordinary, Errno Attach)[] s_states =
    [
        ("no such process", ESRCH, ESRCH),
        ("negative pid", ESRCH, ESRCH),
        ("no such thread", ESRCH, ESRCH),
        ("the kernel", EINVAL, EINVAL),
        ("the caller", EPERM, EINVAL),
        ("zombie", ESRCH, ESRCH),
        ("untraced", EPERM, None),
        ("untraced by thread", EPERM, None),
        ("traced by another", EBUSY, EBUSY),
        ("running", EBUSY, EBUSY),
        ("running by thread", EBUSY, EBUSY),
        ("stopped, not waited for", EBUSY, EBUSY),
        ("stopped, looked at with WNOWAIT", EBUSY, EBUSY),
        ("stopped", None, EBUSY),
        ("stopped by thread", None, EBUSY),
    ];

    public static IEnumerable<string> States() => s_states.Select(row => row.Name);

    private static int[] Ordinary() => s_ordinary;
    private static int[] Unknown() => s_unknown;

    private TestMachine _machine = null!;
    private HostProcess? _other;
    private int _target;

    [SetUp]
    public void Reach()
    {
        _machine = new TestMachine();
        _target = state switch
        {
            "no such process" => 4711,
            "negative pid" => -5,
            "no such thread" => 123456,
            "the kernel" => 0,
            "the caller" => _machine.Calls.Pid,
            _ => Start(),
        };
        if (state.EndsWith("by thread", StringComparison.Ordinal)) _target = _machine.Kernel.Find(_target)!.FirstThread.Tid;
    }

    private int Start()
    {
        var traced = !state.StartsWith("untraced", StringComparison.Ordinal) && state is not ("zombie" or "traced by another");
        var pid = _machine.Start("target.O2", traced, state == "zombie" ? "exit" : "spin");
        if (state == "zombie") Assert.That(Look(pid, Abi.Wait.WEXITED | Abi.Wait.WNOWAIT), Is.EqualTo(pid));
        if (state == "traced by another")
        {
            _other = HostProcess.TryCreate(_machine.Kernel, "other")!;
            Assert.That(_other.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
            _machine.Wait(_other.Calls, pid);
        }
        if (!traced) return pid;
        if (state == "stopped, looked at with WNOWAIT") Assert.That(Look(pid, Abi.Wait.WTRAPPED | Abi.Wait.WNOWAIT), Is.EqualTo(pid));
        if (state.StartsWith("stopped,", StringComparison.Ordinal)) return pid;
        _machine.Wait(pid);
        if (state.StartsWith("running", StringComparison.Ordinal)) Assert.That(_machine.Calls.Ptrace(PT_CONTINUE, pid, SamePc, 0), Is.EqualTo(None));
        return pid;
    }

    private int Look(int pid, int options)
    {
        Assert.That(_machine.Calls.Wait6(Abi.Wait.P_PID, pid, options, out var found, out _, out _), Is.EqualTo(None));
        return found;
    }

    [TearDown]
    public void Leave()
    {
        _other?.Dispose();
        _other = null;
        _machine.Dispose();
    }

    private Errno Ask(int request, out long result)
    {
        var image = new byte[4096];
        var address = request is PT_READ_D or PT_READ_I or PT_WRITE_D or PT_WRITE_I ? StackAddress() : SamePc;
        Data(request, image, out var data);
        return _machine.Calls.Ptrace(request, _target, address, data, image, new byte[16], out result);
    }

    private ulong StackAddress()
    {
        var image = new byte[176];
        return _machine.Calls.Ptrace(PT_GETREGS, _target, image) == None ? BitConverter.ToUInt64(image, 160) : 0x1000;
    }

    /// <summary>Arguments with which the request succeeds.</summary>
    private void Data(int request, byte[] image, out int data)
    {
        data = 0;
        switch (request)
        {
            case PT_LWPINFO: data = ptrace_lwpinfo.Bytes; break;
            case PT_GETLWPLIST: data = 4; break;
            case PT_GET_EVENT_MASK or PT_SET_EVENT_MASK: data = 4; break;
            case PT_GET_SC_ARGS: data = 64; break;
            case PT_GET_SC_RET: data = 24; break;
            case PT_SETREGS: _machine.Calls.Ptrace(PT_GETREGS, _target, image); break;
            case PT_SETFPREGS: _machine.Calls.Ptrace(PT_GETFPREGS, _target, image); break;
            case PT_GETXSTATE: break;
            case PT_SETXSTATE:
                _machine.Calls.Ptrace(PT_GETXSTATE, _target, image);
                data = 576;
                break;
            case PT_IO:
                image[0] = PIOD_READ_D;
                BitConverter.TryWriteBytes(image.AsSpan(8), StackAddress());
                image[24] = 16;
                break;
        }
    }

    private Errno Expected => s_states.Single(row => row.Name == state).Ordinary;

    [TestCaseSource(nameof(Ordinary))]
    public void Ordinary_request(int request) => Assert.That(Ask(request, out _), Is.EqualTo(Expected));

    [TestCaseSource(nameof(Unknown))]
    public void Unknown_request_is_refused_only_where_a_known_one_would_succeed(int request) =>
        Assert.That(Ask(request, out _), Is.EqualTo(Expected == None ? EINVAL : Expected));

    [Test]
    public void Attach() => Assert.That(Ask(PT_ATTACH, out _), Is.EqualTo(s_states.Single(row => row.Name == state).Attach));

    [TestCase(5)]
    [TestCase(0)]
    public void Event_mask_of_a_wrong_size_is_refused_before_the_target_is_looked_for(int size) =>
        Assert.That(_machine.Calls.Ptrace(PT_SET_EVENT_MASK, _target, new byte[4], size), Is.EqualTo(EINVAL));
}
