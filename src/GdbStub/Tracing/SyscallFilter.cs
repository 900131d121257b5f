namespace GdbStub.Tracing;

/// <summary>Which system calls of a process are reported.</summary>
/// <param name="numbers">FreeBSD's numbers; null: all.</param>
public sealed class SyscallFilter(IReadOnlySet<int>? numbers)
{
    public static readonly SyscallFilter All = new(null);

    public bool Contains(int number) => numbers is null || numbers.Contains(number);
}
