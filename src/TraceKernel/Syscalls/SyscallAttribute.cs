namespace TraceKernel.Syscalls;

/// <summary>
/// Marks the handler of a system call: a static method taking a <see cref="SystemCall"/> and returning <see cref="Abi.Errno"/>, or
/// <see cref="ValueTask{TResult}"/> of it when it may sleep.
/// </summary>
/// <param name="number">Its number in syscalls.master.</param>
/// <param name="prototype">The C prototype as the man page has it; its commas give the argument count.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class SyscallAttribute(uint number, string prototype) : Attribute
{
    public uint Number => number;
    public string Prototype => prototype;

    /// <summary>Which of the call's uses this kernel does not have, for docs/syscalls.md; null: it has all.</summary>
    public string? Lacks { get; init; }

    /// <summary>The call's name.</summary>
    public string Name => Abi.CPrototype.Name(Prototype);

    /// <summary>
    /// The last release whose programs make it, for the calls that only COMPAT_FREEBSDn kernels have: their names begin with
    /// <c>freebsdN_</c>. 0: a call of today.
    /// </summary>
    public int LastRelease
    {
        get
        {
            const string Prefix = "freebsd";
            var end = Name.IndexOf('_');
            return end > Prefix.Length && Name.StartsWith(Prefix, StringComparison.Ordinal)
                && int.TryParse(Name.AsSpan(Prefix.Length, end - Prefix.Length), out var release) ? release : 0;
        }
    }

    /// <summary>Arguments it takes, sy_narg.</summary>
    public int ArgumentCount => Abi.CPrototype.ArgumentCount(Prototype);
}
