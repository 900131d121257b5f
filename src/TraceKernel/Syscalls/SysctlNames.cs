using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>The names below {0}, which describe the tree itself: what sysctl(8) and sysctlbyname(3) ask (kern_sysctl.c).</summary>
internal static class SysctlNames
{
    /// <summary>A capability-mode process may ask for names, too.</summary>
    private const uint Readable = CTLTYPE_NODE | CTLFLAG_RD | CTLFLAG_MPSAFE | CTLFLAG_CAPRD;

    public static readonly SysctlRow[] Rows =
    [
        Node("sysctl", CTL_SYSCTL, "Names and kinds of all values"),
        new("sysctl.name", CTL_SYSCTL_NAME, Readable, "N", NameOf),
        new("sysctl.next", CTL_SYSCTL_NEXT, Readable, "N", (in SysctlRequest request) => Next(request, CTLFLAG_SKIP | CTLFLAG_DORMANT)),
        new("sysctl.name2oid", CTL_SYSCTL_NAME2OID,
            CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_WR | CTLFLAG_ANYBODY | CTLFLAG_MPSAFE | CTLFLAG_CAPRD | CTLFLAG_CAPWR, "I", ToNumbers),
        new("sysctl.oidfmt", CTL_SYSCTL_OIDFMT, Readable, "N", Format),
        new("sysctl.oiddescr", CTL_SYSCTL_OIDDESCR, Readable, "N", Description),
        new("sysctl.oidlabel", CTL_SYSCTL_OIDLABEL, Readable, "N", Label),
        new("sysctl.nextnoskip", CTL_SYSCTL_NEXTNOSKIP, Readable, "N", (in SysctlRequest request) => Next(request, CTLFLAG_DORMANT)),
    ];

    private static Errno NameOf(in SysctlRequest request) => request.PutText(Text(request.Arguments));

    /// <summary>The name of a value; numbers that name nothing stand for themselves.</summary>
    internal static string Text(ReadOnlySpan<int> numbers)
    {
        var text = new StringBuilder();
        SysctlNode? node = SysctlTree.Root;
        foreach (var number in numbers)
        {
            var child = node is { Handler: null } && node.Children.TryGetValue(number, out var found) ? found : null;
            text.Append(text.Length > 0 ? "." : "").Append(child?.Name ?? number.ToString());
            node = child;
        }
        return text.ToString();
    }

    private static Errno Next(in SysctlRequest request, uint skipped)
    {
        var found = new List<int>();
        if (!TryNext(SysctlTree.Root, request.Arguments, skipped, found)) return Errno.ENOENT;
        return request.Put(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(found)));
    }

    /// <summary>sysctl_sysctl_next_ls: the first value after <paramref name="after"/> in the order of numbers.</summary>
    private static bool TryNext(SysctlNode node, ReadOnlySpan<int> after, uint skipped, List<int> found)
    {
        foreach (var (number, child) in node.Children)
        {
            if (!after.IsEmpty && number < after[0]) continue;
            if (child.Has(skipped)) continue;
            var isOnPath = !after.IsEmpty && number == after[0];
            found.Add(number);
            if (child.Handler is not null ? !isOnPath : TryNext(child, isOnPath ? after[1..] : default, skipped, found)) return true;
            found.RemoveAt(found.Count - 1);
        }
        return false;
    }

    private static Errno ToNumbers(in SysctlRequest request)
    {
        if (request.NewValue.IsEmpty) return Errno.ENOENT;
        if (request.NewValue.Length >= Fcntl.PATH_MAX) return Errno.ENAMETOOLONG;
        if (!SysctlTree.TryFind(NullTerminated.ToText(request.NewValue), out var numbers)) return Errno.ENOENT;
        return request.Put(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }

    private static Errno Format(in SysctlRequest request)
    {
        if (SysctlTree.Find(request.Arguments, out var node, out _) is not Errno.None and var error) return error;
        request.Put(node.Kind);
        return request.PutText(node.Format);
    }

    private static Errno Description(in SysctlRequest request) =>
        SysctlTree.Find(request.Arguments, out var node, out _) is not Errno.None and var error ? error : request.PutText(node.Description);

    private static Errno Label(in SysctlRequest request)
    {
        if (SysctlTree.Find(request.Arguments, out var node, out _) is not Errno.None and var error) return error;
        return node.Label is { } label ? request.PutText(label) : Errno.ENOENT;
    }
}
