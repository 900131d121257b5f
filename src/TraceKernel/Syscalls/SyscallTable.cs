using System.Reflection;
using TraceKernel.Abi;
using TraceKernel.Signals;

namespace TraceKernel.Syscalls;

/// <summary>sysent: system call numbers to handlers, bound once.</summary>
public sealed class SyscallTable
{
    /// <summary>The one table: handlers are the same in every personality.</summary>
    public static readonly SyscallTable Shared = new();

    /// <summary>SYS_MAXSYSCALL of FreeBSD 14.0, and the calls whose first argument is the number: syscall(2) and __syscall(2).</summary>
    public const uint HighestNumber = 588, Indirect = 0, Indirect64 = 198;

    private readonly Entry?[] _entries;

    private SyscallTable()
    {
        var entries = new SortedDictionary<uint, Entry>();
        foreach (var type in typeof(SyscallTable).Assembly.GetTypes())
            foreach (var method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                foreach (var attribute in method.GetCustomAttributes<SyscallAttribute>())
                    if (!entries.TryAdd(attribute.Number, new Entry(attribute, method)))
                        throw new InvalidOperationException($"system call {attribute.Number} has two handlers");
        _entries = new Entry?[entries.Keys.Max() + 1];
        foreach (var (number, entry) in entries) _entries[number] = entry;
    }

    private sealed class Entry
    {
        private readonly Func<SystemCall, Errno>? _direct;
        private readonly Func<SystemCall, ValueTask<Errno>>? _sleeping;

        public Entry(SyscallAttribute attribute, MethodInfo method)
        {
            Attribute = attribute;
            if (method.ReturnType == typeof(Errno)) _direct = method.CreateDelegate<Func<SystemCall, Errno>>();
            else _sleeping = method.CreateDelegate<Func<SystemCall, ValueTask<Errno>>>();
        }

        public SyscallAttribute Attribute { get; }

        public ValueTask<Errno> Run(SystemCall call) => _direct is not null ? new(_direct(call)) : _sleeping!(call);
    }

    /// <summary>Every handled call.</summary>
    public IEnumerable<SyscallAttribute> Calls => _entries.Where(e => e is not null).Select(e => e!.Attribute);

    /// <summary>sy_narg; 0 for numbers nobody handles.</summary>
    public int ArgumentCount(uint code) => Find(code)?.Attribute.ArgumentCount ?? 0;

    /// <summary>The call's name, for people.</summary>
    public string Name(uint code) => Find(code)?.Attribute.Name ?? $"#{code}";

    /// <summary>Runs the handler; nosys for numbers without one: SIGSYS and ENOSYS.</summary>
    public ValueTask<Errno> Run(SystemCall call)
    {
        if (Find(call.Code) is { } entry) return entry.Run(call);
        Posting.Send(call.Process, call.Lwp, new siginfo { si_signo = Abi.Signals.SIGSYS, si_code = Abi.Signals.SI_KERNEL });
        return new(Errno.ENOSYS);
    }

    private Entry? Find(uint code) => code < _entries.Length ? _entries[code] : null;
}
