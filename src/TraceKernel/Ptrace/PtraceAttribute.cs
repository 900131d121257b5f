namespace TraceKernel.Ptrace;

/// <summary>On whom a request acts, and what must hold of it: the first two switches of kern_ptrace, as data.</summary>
public enum Target
{
    /// <summary>The caller itself; pid is ignored (PT_TRACE_ME).</summary>
    Caller,
    /// <summary>A process that need not be traced (PT_ATTACH).</summary>
    AnyProcess,
    /// <summary>The caller's own thread, else as <see cref="StoppedLwp"/> (PT_CLEARSTEP).</summary>
    OwnOrStoppedLwp,
    /// <summary>A tracee of the caller, stopped, whose stop has been waited for.</summary>
    StoppedLwp,
}

/// <summary>Marks the handler of a ptrace request: <c>static Errno Name(ref PtraceCall call)</c>.</summary>
/// <param name="request">PT_*.</param>
/// <param name="target">Whom it concerns.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class PtraceAttribute(int request, Target target) : Attribute
{
    public int Request => request;
    public Target Target => target;
}
