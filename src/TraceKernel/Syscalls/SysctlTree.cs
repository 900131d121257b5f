using System.Buffers.Binary;
using TraceKernel.Abi;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Syscalls;

/// <summary>One row of the tables that the tree is made of.</summary>
/// <param name="Name">In full, as sysctl(8) prints it.</param>
/// <param name="Number">Of its last part; <see cref="Auto"/>: OID_AUTO.</param>
/// <param name="Kind">CTLTYPE_* and CTLFLAG_*.</param>
/// <param name="Format">How sysctl(8) shows it: A, I, LU, S,proc …</param>
internal readonly record struct SysctlRow(string Name, int Number, uint Kind, string Format, SysctlHandler? Handler)
{
    public const int Auto = -1;

    public static SysctlRow Node(string name, int number = Auto) => new(name, number, CTLTYPE_NODE | CTLFLAG_RD, "N", null);

    public static SysctlRow Text(string name, int number, Func<Kernel, string> value) =>
        new(name, number, CTLTYPE_STRING | CTLFLAG_RD, "A", (in SysctlRequest request) => request.PutText(value(request.Kernel)));

    public static SysctlRow Int(string name, int number, Func<Kernel, int> value) =>
        new(name, number, CTLTYPE_INT | CTLFLAG_RD, "I", (in SysctlRequest request) => request.Put(value(request.Kernel)));

    /// <summary>A number that the super-user may change.</summary>
    public static SysctlRow IntVariable(string name, int number, Func<Kernel, int> value, Action<Kernel, int> set) =>
        IntVariable(name, number, value, (kernel, wanted) =>
        {
            set(kernel, wanted);
            return Errno.None;
        });

    /// <param name="set">May refuse.</param>
    public static SysctlRow IntVariable(string name, int number, Func<Kernel, int> value, Func<Kernel, int, Errno> set) =>
        new(name, number, CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_WR, "I", (in SysctlRequest request) =>
        {
            request.Put(value(request.Kernel));
            if (request.NewValue.IsEmpty) return Errno.None;
            if (request.Caller.UserId != 0) return Errno.EPERM;
            if (request.NewValue.Length != sizeof(int)) return Errno.EINVAL;
            return set(request.Kernel, BinaryPrimitives.ReadInt32LittleEndian(request.NewValue));
        });

    /// <summary>A text of fewer than PATH_MAX bytes that the super-user may change.</summary>
    public static SysctlRow TextVariable(string name, int number, Func<Kernel, string> value, Action<Kernel, string> set) =>
        new(name, number, CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_WR, "A", (in SysctlRequest request) =>
        {
            request.PutText(value(request.Kernel));
            if (request.NewValue.IsEmpty) return Errno.None;
            if (request.Caller.UserId != 0) return Errno.EPERM;
            if (request.NewValue.Length >= Fcntl.PATH_MAX) return Errno.EINVAL;
            set(request.Kernel, NullTerminated.ToText(request.NewValue));
            return Errno.None;
        });

    public static SysctlRow ULong(string name, int number, Func<Kernel, ulong> value) =>
        new(name, number, CTLTYPE_ULONG | CTLFLAG_RD, "LU", (in SysctlRequest request) => request.Put(value(request.Kernel)));

    public static SysctlRow Opaque(string name, int number, string format, SysctlHandler handler) =>
        new(name, number, CTLTYPE_OPAQUE | CTLFLAG_RD, format, handler);
}

/// <summary>struct sysctl_oid.</summary>
internal sealed class SysctlNode(string name, int number, uint kind, string format, SysctlHandler? handler)
{
    /// <summary>The last part of its name.</summary>
    public string Name => name;
    public int Number => number;
    public uint Kind => kind;
    public string Format => format;
    public SysctlHandler? Handler => handler;
    public bool IsNode => (kind & 0xf) == CTLTYPE_NODE;

    /// <summary>By number.</summary>
    public SortedList<int, SysctlNode> Children { get; } = [];

    public SysctlNode? Child(string part)
    {
        foreach (var child in Children.Values)
            if (child.Name == part) return child;
        return null;
    }
}

/// <summary>All values that sysctl knows, by number and by name.</summary>
internal static class SysctlTree
{
    private static readonly SysctlNode s_root = Build();

    public static SysctlNode Root => s_root;

    /// <summary>sysctl_find_oid: as deep as the tree goes; <paramref name="rest"/> is for the node's handler.</summary>
    public static SysctlNode? Find(ReadOnlySpan<int> name, out ReadOnlySpan<int> rest)
    {
        var node = s_root;
        for (rest = name; !rest.IsEmpty && node.Children.TryGetValue(rest[0], out var child); rest = rest[1..]) node = child;
        return node == s_root ? null : node;
    }

    /// <summary>name2oid.</summary>
    public static bool TryFind(string name, out int[] numbers)
    {
        var found = new List<int>();
        var node = s_root;
        foreach (var part in name.Split('.'))
        {
            node = node?.Child(part);
            if (node is not null) found.Add(node.Number);
        }
        numbers = [.. found];
        return node is not null;
    }

    private static SysctlNode Build()
    {
        var root = new SysctlNode("", 0, CTLTYPE_NODE, "N", null);
        var nextNumber = CTL_AUTO_START;
        foreach (var table in new[] { KernelSysctls.Rows, ProcessSysctls.Rows, SystemSysctls.Rows, RouteSysctls.Rows, IpcSysctls.Rows })
            foreach (var row in table)
                Add(root, row, ref nextNumber);
        return root;
    }

    /// <summary>A row's parents come before it in the tables; a node without a value of its own may be in several of them.</summary>
    private static void Add(SysctlNode root, in SysctlRow row, ref int nextNumber)
    {
        var parts = row.Name.Split('.');
        var parent = root;
        foreach (var part in parts.AsSpan(0, parts.Length - 1)) parent = parent.Child(part)!;
        if (row.Handler is null && parent.Child(parts[^1]) is not null) return;
        var number = row.Number == SysctlRow.Auto ? nextNumber++ : row.Number;
        parent.Children.Add(number, new SysctlNode(parts[^1], number, row.Kind, row.Format, row.Handler));
    }
}
