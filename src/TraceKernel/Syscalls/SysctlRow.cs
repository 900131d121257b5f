using System.Buffers.Binary;
using TraceKernel.Abi;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Syscalls;

/// <summary>One row of the tables that the tree is made of: SYSCTL_OID of sys/sysctl.h.</summary>
/// <param name="Name">In full, as sysctl(8) prints it.</param>
/// <param name="Number">Of its last part; <see cref="Auto"/>: OID_AUTO.</param>
/// <param name="Kind">CTLTYPE_* and CTLFLAG_*.</param>
/// <param name="Format">How sysctl(8) shows it: A, I, LU, S,proc …</param>
/// <param name="Description">What `sysctl -d` prints; empty where FreeBSD has none either.</param>
internal readonly record struct SysctlRow(string Name, int Number, uint Kind, string Format, SysctlHandler? Handler, string Description = "")
{
    public const int Auto = -1;

    /// <summary>CTLFLAG_RW.</summary>
    private const uint ReadWrite = CTLFLAG_RD | CTLFLAG_WR;

    /// <summary>The same with further CTLFLAG_*.</summary>
    public SysctlRow With(uint flags) => this with { Kind = Kind | flags };

    /// <summary>The same, readable in capability mode, too (CTLFLAG_CAPRD).</summary>
    public SysctlRow InCapabilityMode => With(CTLFLAG_CAPRD);

    /// <summary>The same with what oidlabel reports: what a number in the name of such a node stands for.</summary>
    public string? Label { get; init; }

    public static SysctlRow Node(string name, int number = Auto, string description = "") =>
        new(name, number, CTLTYPE_NODE | ReadWrite, "N", null, description);

    public static SysctlRow Text(string name, int number, Func<Kernel, string> value, string description = "") =>
        new(name, number, CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE, "A", (in SysctlRequest request) => request.PutText(value(request.Kernel)), description);

    public static SysctlRow Text(string name, string value, string description = "") => Text(name, Auto, _ => value, description);

    public static SysctlRow Int(string name, int number, Func<Kernel, int> value, string description = "") =>
        Value(name, number, CTLTYPE_INT, "I", value, description);

    /// <summary>A number that is the same on every machine.</summary>
    public static SysctlRow Int(string name, int value, string description = "") => Int(name, Auto, _ => value, description);

    public static SysctlRow UInt(string name, int number, Func<Kernel, uint> value, string description = "") =>
        Value(name, number, CTLTYPE_UINT, "IU", value, description);

    public static SysctlRow UInt(string name, uint value, string description = "") => UInt(name, Auto, _ => value, description);

    public static SysctlRow Long(string name, int number, Func<Kernel, long> value, string description = "") =>
        Value(name, number, CTLTYPE_LONG, "L", value, description);

    public static SysctlRow ULong(string name, int number, Func<Kernel, ulong> value, string description = "") =>
        Value(name, number, CTLTYPE_ULONG, "LU", value, description);

    public static SysctlRow ULong(string name, ulong value, string description = "") => ULong(name, Auto, _ => value, description);

    public static SysctlRow U64(string name, int number, Func<Kernel, ulong> value, string description = "") =>
        Value(name, number, CTLTYPE_U64, "QU", value, description);

    /// <summary>A count since boot (SYSCTL_COUNTER_U64).</summary>
    public static SysctlRow Count(string name, Func<Kernel, long> value, string description) =>
        U64(name, Auto, kernel => (ulong)value(kernel), description).With(CTLFLAG_STATS);

    public static SysctlRow Opaque(string name, int number, string format, SysctlHandler handler, string description = "") =>
        new(name, number, CTLTYPE_OPAQUE | CTLFLAG_RD | CTLFLAG_MPSAFE, format, handler, description);

    /// <summary>A number that the super-user may change.</summary>
    public static SysctlRow IntVariable(string name, int number, Func<Kernel, int> value, Action<Kernel, int> set, string description = "") =>
        IntVariable(name, number, value, (kernel, wanted) =>
        {
            set(kernel, wanted);
            return Errno.None;
        }, description);

    /// <param name="set">May refuse.</param>
    public static SysctlRow IntVariable(
        string name, int number, Func<Kernel, int> value, Func<Kernel, int, Errno> set, string description = "") =>
        new(name, number, CTLTYPE_INT | ReadWrite | CTLFLAG_MPSAFE, "I", (in SysctlRequest request) =>
        {
            if (request.Put(value(request.Kernel)) is var error && (error != Errno.None || !request.IsWrite)) return error;
            // sysctl_new_user: EINVAL when too little is given; what is left over does no harm.
            if (request.NewValue.Length < sizeof(int)) return Errno.EINVAL;
            return set(request.Kernel, BinaryPrimitives.ReadInt32LittleEndian(request.NewValue));
        }, description);

    /// <summary>A text that the super-user may change.</summary>
    /// <param name="room">Bytes that it may have, its NUL included; EINVAL for a longer one.</param>
    public static SysctlRow TextVariable(
        string name, int number, Func<Kernel, string> value, Action<Kernel, string> set, string description = "", int room = Fcntl.PATH_MAX) =>
        new(name, number, CTLTYPE_STRING | ReadWrite | CTLFLAG_MPSAFE, "A", (in SysctlRequest request) =>
        {
            if (request.PutText(value(request.Kernel)) is var error && (error != Errno.None || !request.IsWrite)) return error;
            if (request.NewValue.Length >= room) return Errno.EINVAL;
            set(request.Kernel, NullTerminated.ToText(request.NewValue));
            return Errno.None;
        }, description);

    private static SysctlRow Value<T>(string name, int number, uint type, string format, Func<Kernel, T> value, string description)
        where T : unmanaged =>
        new(name, number, type | CTLFLAG_RD | CTLFLAG_MPSAFE, format, (in SysctlRequest request) => request.Put(value(request.Kernel)), description);
}
