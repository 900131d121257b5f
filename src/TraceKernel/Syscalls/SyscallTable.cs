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
        foreach (var absent in AbsentCalls.Rows)
            if (!entries.TryAdd(absent.Number, new Entry(absent)))
                throw new InvalidOperationException($"system call {absent.Number} has a handler and is listed as absent");
        _entries = new Entry?[entries.Keys.Max() + 1];
        foreach (var (number, entry) in entries) _entries[number] = entry;
    }

    private sealed class Entry
    {
        private readonly Func<SystemCall, Errno>? _direct;
        private readonly Func<SystemCall, ValueTask<Errno>>? _sleeping;
        private readonly int _lastRelease;

        public Entry(SyscallAttribute attribute, MethodInfo method)
        {
            (Attribute, Name, ArgumentCount) = (attribute, attribute.Name, attribute.ArgumentCount);
            _lastRelease = attribute.LastRelease;
            if (method.ReturnType == typeof(Errno)) _direct = method.CreateDelegate<Func<SystemCall, Errno>>();
            else _sleeping = method.CreateDelegate<Func<SystemCall, ValueTask<Errno>>>();
        }

        /// <summary>A call of a GENERIC kernel that this kernel lacks. The caller learns so by ENOSYS and no signal comes.</summary>
        public Entry(AbsentCall absent)
        {
            (Name, ArgumentCount) = (absent.Name, absent.ArgumentCount);
            _direct = _ => Errno.ENOSYS;
        }

        /// <summary>Null for a call that is absent.</summary>
        public SyscallAttribute? Attribute { get; }

        /// <summary>The call's name.</summary>
        public string Name { get; }

        /// <summary>sy_narg.</summary>
        public int ArgumentCount { get; }

        /// <summary>A call of today, or one of a release whose programs the GENERIC kernel of that architecture still runs.</summary>
        public bool IsKept(IArchitecture architecture) => _lastRelease == 0 || _lastRelease >= architecture.OldestRelease;

        public ValueTask<Errno> Run(SystemCall call) => _direct is not null ? new(_direct(call)) : _sleeping!(call);
    }

    /// <summary>Every handled call.</summary>
    public IEnumerable<SyscallAttribute> Calls => _entries.Select(e => e?.Attribute).OfType<SyscallAttribute>();

    /// <summary>sy_narg; 0 for numbers that no kernel has.</summary>
    public int ArgumentCount(uint code) => Find(code)?.ArgumentCount ?? 0;

    /// <summary>The call's name, for people.</summary>
    public string Name(uint code) => Find(code)?.Name ?? $"#{code}";

    /// <summary>Runs the handler; nosys for numbers that a GENERIC kernel does not have: SIGSYS and ENOSYS.</summary>
    public ValueTask<Errno> Run(SystemCall call)
    {
        if (Find(call.Code) is { } entry && entry.IsKept(call.Kernel.Architecture)) return entry.Run(call);
        Posting.Send(call.Process, call.Lwp, new siginfo { si_signo = Abi.Signals.SIGSYS, si_code = Abi.Signals.SI_KERNEL });
        return new(Errno.ENOSYS);
    }

    private Entry? Find(uint code) => code < _entries.Length ? _entries[code] : null;
}
