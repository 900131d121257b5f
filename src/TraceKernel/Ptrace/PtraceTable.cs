using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>
/// kern_ptrace: finds the target, asks whether the caller may, and calls the request's handler. Check order: PTRACE.md 3 and 4.
/// </summary>
public static class PtraceTable
{
    private static readonly FrozenDictionary<int, (Target Target, PtraceHandler Handler)> Handlers = Bind().ToFrozenDictionary();

    /// <summary>Every request that has a handler.</summary>
    public static IEnumerable<int> Requests => Handlers.Keys.Order();

    /// <summary>What a kernel of <paramref name="personality"/> does, by request.</summary>
    internal static Dictionary<int, (Target Target, PtraceHandler Handler)> Of(Personality personality) =>
        personality.Requests.ToDictionary(request => request, request => Handlers[request]);

    private static SortedDictionary<int, (Target, PtraceHandler)> Bind()
    {
        var handlers = new SortedDictionary<int, (Target, PtraceHandler)>();
        foreach (var type in typeof(PtraceTable).Assembly.GetTypes())
            foreach (var method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                foreach (var attribute in method.GetCustomAttributes<PtraceAttribute>())
                    if (!handlers.TryAdd(attribute.Request, (attribute.Target, method.CreateDelegate<PtraceHandler>())))
                        throw new InvalidOperationException($"ptrace request {attribute.Request} has two handlers");
        return handlers;
    }

    /// <summary>
    /// What sys_ptrace refuses before it looks for the target: everything where it is switched off, structures whose size <c>data</c> does
    /// not say, too many arguments.
    /// </summary>
    internal static Errno CheckCall(Kernel kernel, int request, int data, ReadOnlySpan<byte> image = default)
    {
        if (kernel.Personality.Checks.CanBeSwitchedOff && !kernel.Security.AllowPtrace) return Errno.ENOSYS;
        var bytes = request switch
        {
            PT_SET_EVENT_MASK => sizeof(int),
            PT_COREDUMP => ptrace_coredump.Bytes,
            PT_SC_REMOTE => ptrace_sc_remote.Bytes,
            PT_X_SETSIGINFO => siginfo.Bytes,
            _ => -1,
        };
        if (bytes < 0 || !kernel.PtraceHandlers.ContainsKey(request)) return Errno.None;
        if (request == PT_SC_REMOTE && MemoryMarshal.TryRead<ptrace_sc_remote>(image, out var remote)
            && remote.pscr_nargs > ptrace_sc_remote.MaximumArguments) return Errno.EINVAL;
        return data != bytes ? Errno.EINVAL : Errno.None;
    }

    /// <summary>Whether structures are those of a 32-bit debugger (wrap32).</summary>
    internal static bool IsWrapped(Process caller) =>
        caller.IsIlp32 && caller.Kernel.Personality.Checks.KnowsIlp32 && caller.Kernel.Architecture.Ilp32 is not null;

    /// <summary>A request of the machine-dependent half, which cpu_ptrace is asked for.</summary>
    internal static bool IsMachine(int request) => request is >= PT_FIRSTMACH and < FirstExtension;

    /// <summary>kern_ptrace; ERESTART as <see cref="Admit(ref PtraceCall)"/> says.</summary>
    public static Errno Run(ref PtraceCall call) => IsWrapped(call.Caller) ? Ilp32Requests.Run(ref call) : RunNative(ref call);

    internal static Errno RunNative(ref PtraceCall call)
    {
        var error = Admit(ref call, out var handler);
        return error == Errno.None ? handler(ref call) : error;
    }

    /// <summary>
    /// The first half: finds the target and asks whether the caller may. ERESTART: a request of another thread is under way, the caller
    /// sleeps until it has ended and is checked anew.
    /// </summary>
    internal static Errno Admit(ref PtraceCall call) => Admit(ref call, out _);

    private static Errno Admit(ref PtraceCall call, out PtraceHandler handler)
    {
        (var target, handler) = Find(call);
        call.Result = 0;
        call.Caller.Kernel.PtraceRequests++;
        var checks = call.Caller.Kernel.Personality.Checks;
        if (FindTarget(ref call, checks) is var error and not Errno.None) return error;
        if ((error = Permit(call, checks)) != Errno.None) return error;
        if (checks.RefusesUnknownFirst && handler == Unknown) return Errno.EINVAL;
        error = Check(ref call, target, checks);
        if (error != Errno.None || call.Process.RemoteRequest is not { } other) return error;
        call.Remote = other;
        return Errno.ERESTART;
    }

    /// <summary>What does not depend on the request.</summary>
    private static Errno Permit(in PtraceCall call, CheckRules checks)
    {
        var (caller, process) = (call.Caller, call.Process);
        if (checks.AsksAlways)
        {
            if (Permission.CanSee(caller, process) is var error and not Errno.None) return error;
            if ((error = Permission.CanDebug(caller, process)) != Errno.None) return error;
            return process.Has(ProcessFlags.System) ? Errno.EINVAL : Errno.None;
        }
        if (!Permission.SharesJail(caller, process)) return Errno.ESRCH;
        if (process.Has(ProcessFlags.System)) return Errno.EINVAL;
        return process.Has(ProcessFlags.InExec) ? checks.InExec : Errno.None;
    }

    private static (Target Target, PtraceHandler Handler) Find(in PtraceCall call)
    {
        var request = IsMachine(call.Request) ? PT_FIRSTMACH : call.Request;
        return call.Caller.Kernel.PtraceHandlers.TryGetValue(request, out var found) ? found : (Target.StoppedLwp, Unknown);
    }

    private static readonly PtraceHandler Unknown = (ref call) => Errno.EINVAL;

    /// <summary>By pid the reporting thread, else the first; by tid that thread.</summary>
    private static Errno FindTarget(ref PtraceCall call, CheckRules checks)
    {
        if (call.Request == PT_TRACE_ME)
        {
            call.Process = call.Caller;
            call.Lwp = call.CallerLwp!;
            return Errno.None;
        }
        var kernel = call.Caller.Kernel;
        if (call.Pid == 0)
        {
            call.Process = kernel.KernelProcess;
            return Errno.None;
        }
        if (call.Pid <= Kernel.MaximumPid)
        {
            if (kernel.Find(call.Pid) is not { } process || (checks.HidesExiting && process.Has(ProcessFlags.Exiting))) return Errno.ESRCH;
            call.Process = process;
            if (process.Threads.Count == 0) return Errno.None;
            var reporter = checks.FindsThreads && process.Has(ProcessFlags.StoppedTrace) ? process.XThread : null;
            call.Lwp = reporter ?? process.FirstThread;
            return Errno.None;
        }
        if (!checks.FindsThreads || kernel.FindLwp(call.Pid) is not { } lwp || lwp.Process.Has(ProcessFlags.Exiting)) return Errno.ESRCH;
        (call.Process, call.Lwp) = (lwp.Process, lwp);
        return Errno.None;
    }

    private static Errno Check(ref PtraceCall call, Target target, CheckRules checks)
    {
        switch (target)
        {
            case Target.Caller when !checks.TraceMeOnce:
                return Errno.None;
            case Target.Caller:
                if (call.Process.IsTraced) return Errno.EBUSY;
                return call.Process.Parent == call.Process.Kernel.Init ? Errno.EPERM : Errno.None;
            case Target.AnyProcess:
                if (call.Process == call.Caller) return Errno.EINVAL;
                // A process of the host has no instructions that could be traced: as good as a system process.
                if (call.Process.IsHost) return Errno.EINVAL;
                if (call.Process.IsTraced) return Errno.EBUSY;
                if (IsTracedAncestor(call.Caller, call.Process)) return Errno.EINVAL;
                return checks.AsksAlways ? Errno.None : Permission.CanAttach(call.Caller, call.Process);
            case Target.OwnOrStoppedLwp when call.CallerLwp is not null && call.Lwp == call.CallerLwp:
                return Errno.None;
        }
        var process = call.Process;
        if (!process.IsTraced) return Errno.EPERM;
        if (process.Parent != call.Caller) return Errno.EBUSY;
        var stopped = process.Has(checks.Stopped) && (!checks.AllSuspended || process.SuspendCount == process.Threads.Count);
        return stopped && process.Has(ProcessFlags.Waited) ? Errno.None : Errno.EBUSY;
    }

    /// <summary>A traced caller may not attach to one of its ancestors: both would wait for ever.</summary>
    private static bool IsTracedAncestor(Process caller, Process target)
    {
        if (!caller.IsTraced) return false;
        for (var ancestor = caller.Parent; ; ancestor = ancestor.Parent)
        {
            if (ancestor == target) return true;
            if (ancestor.Parent == ancestor) return false;
        }
    }
}
