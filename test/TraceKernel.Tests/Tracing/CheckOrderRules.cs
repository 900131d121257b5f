using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using TraceKernel.Tests.Kernels;
using TraceKernel.User;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Tests.Tracing;

/// <summary>
/// Who may be asked what, and which refusal comes first (sections 3 and 4): every request number is tried on a target in every state, on
/// every kernel.
/// </summary>
[TestFixtureSource(nameof(Fixtures))]
public sealed class CheckOrderRules(string kernel, string state)
{
    /// <summary>What one state answers, by kernel: known requests, unknown ones, PT_ATTACH.</summary>
    private sealed record Row(string State, Errno[] Known, Errno[] Unknown, Errno[] Attach);

    private static Row Same(string state, Errno known, Errno attach) =>
        new(state, [known, known, known, known, known], [known, known, known, known, known], [attach, attach, attach, attach, attach]);

    /// <summary>freebsd-5 and dragonfly refuse unknown numbers before they ask whether the target is traced.</summary>
    private static Row EarlyUnknown(string state, Errno known, Errno unknownLater, Errno attach) =>
        Same(state, known, attach) with { Unknown = [EINVAL, EINVAL, unknownLater, unknownLater, unknownLater] };

    /// <summary>Targets addressed by a thread's id: there is no such process before freebsd-11.</summary>
    private static Row ByThread(string state, Errno known, Errno unknown, Errno attach) => new(state,
        [ESRCH, ESRCH, known, known, known], [ESRCH, ESRCH, unknown, unknown, unknown], [ESRCH, ESRCH, attach, attach, attach]);

    private static readonly Row[] s_rows =
    [
        Same("no such process", ESRCH, ESRCH),
        Same("negative pid", ESRCH, ESRCH),
        Same("no such thread", ESRCH, ESRCH),
        Same("the kernel", EINVAL, EINVAL),
        Same("a system process", EINVAL, EINVAL),
        Same("zombie", ESRCH, ESRCH),
        // It is still there, but its memory is going: only the older ones look on.
        new("exiting", [EPERM, EPERM, ESRCH, ESRCH, ESRCH], [EINVAL, EINVAL, ESRCH, ESRCH, ESRCH], [None, None, ESRCH, ESRCH, ESRCH]),
        new("in execve", [EAGAIN, EAGAIN, EBUSY, EBUSY, EBUSY], [EAGAIN, EAGAIN, EBUSY, EBUSY, EBUSY], [EAGAIN, EAGAIN, EBUSY, EBUSY, EBUSY]),
        EarlyUnknown("the caller", EPERM, EPERM, EINVAL),
        EarlyUnknown("untraced", EPERM, EPERM, None),
        ByThread("untraced by thread", EPERM, EPERM, None),
        EarlyUnknown("traced by another", EBUSY, EBUSY, EBUSY),
        EarlyUnknown("running", EBUSY, EBUSY, EBUSY),
        ByThread("running by thread", EBUSY, EBUSY, EBUSY),
        EarlyUnknown("stopped, not waited for", EBUSY, EBUSY, EBUSY),
        EarlyUnknown("stopped, looked at with WNOWAIT", EBUSY, EBUSY, EBUSY),
        EarlyUnknown("stopped", None, EINVAL, EBUSY),
        ByThread("stopped by thread", None, EINVAL, EBUSY),
        // Flags that no tracee of today's kernels has alone; the older ones do with less.
        EarlyUnknown("stopped by a signal only", None, EINVAL, EBUSY) with { Known = [None, None, None, EBUSY, EBUSY], Unknown = [EINVAL, EINVAL, EINVAL, EBUSY, EBUSY] },
        EarlyUnknown("single-threading only", EBUSY, EBUSY, EBUSY) with { Known = [None, EBUSY, EBUSY, EBUSY, EBUSY] },
        EarlyUnknown("stopped but for one thread", EBUSY, EBUSY, EBUSY) with { Known = [None, None, EBUSY, EBUSY, EBUSY] },
    ];

    private static readonly int[] s_first = [PT_READ_I, PT_READ_D, PT_WRITE_I, PT_WRITE_D, PT_CONTINUE, PT_KILL, PT_STEP, PT_DETACH, PT_IO,
        PT_GETREGS, PT_SETREGS, PT_GETFPREGS, PT_SETFPREGS, PT_GETDBREGS, PT_SETDBREGS];

    private static readonly int[] s_since11 = [PT_LWPINFO, PT_GETNUMLWPS, PT_GETLWPLIST, PT_CLEARSTEP, PT_SETSTEP, PT_SUSPEND, PT_RESUME, PT_TO_SCE,
        PT_TO_SCX, PT_SYSCALL, PT_FOLLOW_FORK, PT_VM_TIMESTAMP, PT_VM_ENTRY, PT_GETXSTATE, PT_SETXSTATE, PT_GETFSBASE, PT_SETFSBASE, PT_GETGSBASE,
        PT_SETGSBASE];

    private static readonly int[] s_since13 = [PT_LWP_EVENTS, PT_GET_EVENT_MASK, PT_SET_EVENT_MASK, PT_GET_SC_ARGS, PT_GET_SC_RET];

    private static readonly int[] s_since14 = [PT_COREDUMP, PT_GETREGSET, PT_SETREGSET, PT_SC_REMOTE];

    private static readonly int[] s_never = [-1, 3, 6, 30, 31, 32, 39, 45, 63];

    private static readonly int[] s_machineNever = [75, 1000];

    private static IEnumerable<TestFixtureData> Fixtures() =>
        from kernel in RuleAttribute.Kernels
        where Personality.Named(kernel) is not null
        from row in s_rows
        select new TestFixtureData(kernel, row.State);

    /// <summary>How many requests are tried in how many states, for the count.</summary>
    internal static int Count => s_rows.Length * (Numbers.Length + 1);

    private static int[] Numbers => [.. s_first, .. s_since11, .. s_since13, .. s_since14, .. s_never, .. s_machineNever];

    private int Column => RuleAttribute.Kernels.ToList().IndexOf(kernel);
    private Row Expected => s_rows.Single(row => row.State == state);

    private bool IsKnown(int request) => s_first.Contains(request) || (Column >= 2 && s_since11.Contains(request))
        || (Column >= 3 && s_since13.Contains(request)) || (Column >= 4 && s_since14.Contains(request));

    private TestMachine _machine = null!;
    private HostProcess? _other;
    private int _target;

    [SetUp]
    public void Reach()
    {
        _machine = new TestMachine(kernel: kernel);
        _target = state switch
        {
            "no such process" => 4711,
            "negative pid" => -5,
            "no such thread" => 123456,
            "the kernel" => 0,
            "a system process" => 1,
            "the caller" => _machine.Calls.Pid,
            _ => Start(),
        };
        if (state.EndsWith("by thread", StringComparison.Ordinal)) _target = Target.FirstThread.Tid;
    }

    private Process Target => _machine.Kernel.FindAny(_target)!;

    private int Start()
    {
        var traced = !state.StartsWith("untraced", StringComparison.Ordinal) && state is not ("zombie" or "traced by another" or "exiting" or "in execve");
        var pid = _machine.Start("target.O2", traced, state == "zombie" ? "exit" : "spin");
        _target = pid;
        if (state == "zombie") Assert.That(Look(pid, Abi.Wait.WEXITED | Abi.Wait.WNOWAIT), Is.EqualTo(pid));
        if (state == "exiting") Target.Flags |= ProcessFlags.Exiting;
        if (state == "in execve") Target.Flags |= ProcessFlags.InExec;
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
        SetFlags();
        return pid;
    }

    private void SetFlags()
    {
        const ProcessFlags Stops = ProcessFlags.StoppedTrace | ProcessFlags.StoppedSignal | ProcessFlags.StoppedSingle;
        if (state == "stopped by a signal only") Target.Flags = (Target.Flags & ~Stops) | ProcessFlags.StoppedSignal;
        if (state == "single-threading only") Target.Flags = (Target.Flags & ~Stops) | ProcessFlags.StoppedSingle;
        if (state == "stopped but for one thread") _machine.Kernel.CreateLwp(Target);
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

    private Errno Ask(int request)
    {
        var image = new byte[4096];
        var address = request is PT_READ_D or PT_READ_I or PT_WRITE_D or PT_WRITE_I ? StackAddress() : SamePc;
        Data(request, image, out var data);
        return _machine.Calls.Ptrace(request, _target, address, data, image, new byte[16], out _);
    }

    private ulong StackAddress()
    {
        var image = new byte[176];
        return _machine.Calls.Ptrace(PT_GETREGS, _target, image) == None ? BitConverter.ToUInt64(image, 160) : 0x1000;
    }

    /// <summary>Arguments with which the request succeeds.</summary>
    private void Data(int request, byte[] image, out int data)
    {
        data = request switch
        {
            PT_LWPINFO => _machine.Kernel.Personality.LwpInfoBytes,
            PT_GETLWPLIST or PT_GET_EVENT_MASK or PT_SET_EVENT_MASK => 4,
            PT_GET_SC_ARGS => 64,
            PT_GET_SC_RET => 24,
            PT_COREDUMP => 16,
            PT_SC_REMOTE => 40,
            PT_SETXSTATE => 576,
            _ => 0,
        };
        switch (request)
        {
            case PT_SETREGS: _machine.Calls.Ptrace(PT_GETREGS, _target, image); break;
            case PT_SETFPREGS: _machine.Calls.Ptrace(PT_GETFPREGS, _target, image); break;
            case PT_SETXSTATE: _machine.Calls.Ptrace(PT_GETXSTATE, _target, image); break;
            case PT_IO:
                image[0] = PIOD_READ_D;
                BitConverter.TryWriteBytes(image.AsSpan(8), StackAddress());
                image[24] = 16;
                break;
        }
    }

    [TestCaseSource(nameof(Numbers))]
    public void Request(int request)
    {
        var expected = (IsKnown(request) ? Expected.Known : Expected.Unknown)[Column];
        // What a well-formed one of these needs is in other rules.
        if (expected == None && s_since14.Contains(request)) Assert.That(Ask(request), Is.Not.EqualTo(EPERM).And.Not.EqualTo(ESRCH));
        else Assert.That(Ask(request), Is.EqualTo(expected));
    }

    [Test]
    public void Attach() => Assert.That(Ask(PT_ATTACH), Is.EqualTo(Expected.Attach[Column]));
}
