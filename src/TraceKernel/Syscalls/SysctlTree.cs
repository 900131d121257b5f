using static TraceKernel.Abi.Mib;

namespace TraceKernel.Syscalls;

/// <summary>struct sysctl_oid.</summary>
internal sealed class SysctlNode(string name, int number, in SysctlRow row)
{
    /// <summary>The last part of its name.</summary>
    public string Name => name;
    public int Number => number;

    /// <summary>CTLTYPE_* and CTLFLAG_*.</summary>
    public uint Kind { get; } = row.Kind;
    public string Format { get; } = row.Format;
    public string Description { get; } = row.Description;

    /// <summary>oid_label; null: it has none.</summary>
    public string? Label { get; } = row.Label;
    public SysctlHandler? Handler { get; } = row.Handler;
    public bool IsNode => (Kind & CTLTYPE) == CTLTYPE_NODE;

    public bool Has(uint flag) => (Kind & flag) != 0;

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

    /// <summary>
    /// sysctl_find_oid: ENOENT for an unknown number, ENOTDIR below a leaf. <paramref name="rest"/> is for the handler of a node that has
    /// one.
    /// </summary>
    public static Abi.Errno Find(ReadOnlySpan<int> name, out SysctlNode found, out ReadOnlySpan<int> rest)
    {
        found = s_root;
        for (rest = name; !rest.IsEmpty;)
        {
            if (!found.Children.TryGetValue(rest[0], out var child)) return Abi.Errno.ENOENT;
            found = child;
            rest = rest[1..];
            if (found.IsNode && found.Handler is not null) return Abi.Errno.None;
            if (!found.IsNode) return rest.IsEmpty ? Abi.Errno.None : Abi.Errno.ENOTDIR;
        }
        return found == s_root ? Abi.Errno.ENOENT : Abi.Errno.None;
    }

    /// <summary>name2oid: a dot at the end is ignored, and what a handler would take has no name.</summary>
    public static bool TryFind(string name, out int[] numbers)
    {
        var found = new List<int>();
        numbers = [];
        var node = s_root;
        foreach (var part in (name.EndsWith('.') ? name[..^1] : name).Split('.'))
        {
            if (node.Handler is not null || node.Child(part) is not { } child) return false;
            node = child;
            found.Add(child.Number);
        }
        numbers = [.. found];
        return true;
    }

    private static SysctlNode Build()
    {
        var root = new SysctlNode("", 0, SysctlRow.Node(""));
        var nextNumber = CTL_AUTO_START;
        foreach (var table in Tables())
            foreach (var row in table)
                Add(root, row, ref nextNumber);
        return root;
    }

    private static SysctlRow[][] Tables() =>
    [
        SysctlNames.Rows, KernelSysctls.Rows, FeatureSysctls.Rows, InterprocessSysctls.Rows, ProcessSysctls.Rows, MemorySysctls.Rows,
        FileSystemSysctls.Rows, RouteSysctls.Rows, NetworkSysctls.Rows, HardwareSysctls.Rows, UserSysctls.Rows, SecuritySysctls.Rows,
        JailSysctls.Rows,
        IpcSysctls.Rows,
    ];

    /// <summary>A row's parents come before it in the tables; a node without a value of its own may be in several of them.</summary>
    private static void Add(SysctlNode root, in SysctlRow row, ref int nextNumber)
    {
        var parts = row.Name.Split('.');
        var parent = root;
        foreach (var part in parts.AsSpan(0, parts.Length - 1)) parent = parent.Child(part)!;
        if (row.Handler is null && parent.Child(parts[^1]) is not null) return;
        var number = row.Number == SysctlRow.Auto ? nextNumber++ : row.Number;
        parent.Children.Add(number, new SysctlNode(parts[^1], number, row));
    }
}
