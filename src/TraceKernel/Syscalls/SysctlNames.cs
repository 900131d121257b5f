using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Syscalls;

/// <summary>The names below {0}, which tell about the tree itself: what sysctl(8) and sysctlbyname(3) ask.</summary>
internal static class SysctlNames
{
    public static Errno Request(ReadOnlySpan<int> name, ReadOnlySpan<byte> newValue, ArrayBufferWriter<byte> output)
    {
        if (name.IsEmpty) return Errno.EISDIR;
        var rest = name[1..];
        return name[0] switch
        {
            CTL_SYSCTL_NAME => NameOf(rest, output),
            CTL_SYSCTL_NEXT => Next(rest, output),
            CTL_SYSCTL_NAME2OID => ToNumbers(newValue, output),
            CTL_SYSCTL_OIDFMT => Format(rest, output),
            // Kept without descriptions, as a kernel built with NO_SYSCTL_DESCR.
            CTL_SYSCTL_OIDDESCR => Errno.ENOENT,
            _ => Errno.ENOENT,
        };
    }

    private static Errno NameOf(ReadOnlySpan<int> numbers, ArrayBufferWriter<byte> output)
    {
        output.Write(Encoding.Latin1.GetBytes(Of(numbers) + '\0'));
        return Errno.None;
    }

    /// <summary>sysctl_sysctl_name: a name in full.</summary>
    public static string Of(ReadOnlySpan<int> numbers)
    {
        var text = new StringBuilder();
        SysctlNode? node = SysctlTree.Root;
        foreach (var number in numbers)
        {
            if (node is not null && !node.Children.TryGetValue(number, out node)) node = null;
            // Numbers that name nothing stand for themselves.
            text.Append(text.Length > 0 ? "." : "").Append(node?.Name ?? number.ToString());
        }
        return text.ToString();
    }

    private static Errno Next(ReadOnlySpan<int> numbers, ArrayBufferWriter<byte> output)
    {
        var found = new List<int>();
        if (!TryNext(SysctlTree.Root, numbers, found)) return Errno.ENOENT;
        output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(found)));
        return Errno.None;
    }

    /// <summary>sysctl_sysctl_next_ls: the first value after <paramref name="after"/> in the order of numbers.</summary>
    private static bool TryNext(SysctlNode node, ReadOnlySpan<int> after, List<int> found)
    {
        foreach (var (number, child) in node.Children)
        {
            if (!after.IsEmpty && number < after[0]) continue;
            var isOnPath = !after.IsEmpty && number == after[0];
            found.Add(number);
            if (child.Handler is not null ? !isOnPath : TryNext(child, isOnPath ? after[1..] : default, found)) return true;
            found.RemoveAt(found.Count - 1);
        }
        return false;
    }

    private static Errno ToNumbers(ReadOnlySpan<byte> newValue, ArrayBufferWriter<byte> output)
    {
        if (newValue.IsEmpty) return Errno.ENOENT;
        if (newValue.Length >= Fcntl.PATH_MAX) return Errno.ENAMETOOLONG;
        if (!SysctlTree.TryFind(NullTerminated.ToText(newValue), out var numbers)) return Errno.ENOENT;
        output.Write(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return Errno.None;
    }

    private static Errno Format(ReadOnlySpan<int> numbers, ArrayBufferWriter<byte> output)
    {
        if (SysctlTree.Find(numbers, out _) is not { } node) return Errno.ENOENT;
        var kind = node.Kind;
        output.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in kind)));
        output.Write(Encoding.Latin1.GetBytes(node.Format + '\0'));
        return Errno.None;
    }
}
