using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>struct vfsopt: one named parameter of nmount(2), jail_set(2) or jail_get(2).</summary>
/// <param name="name">Its name.</param>
/// <param name="value">Its value; null: the caller gave no buffer.</param>
/// <param name="position">Which pair of vectors it came in, from 0.</param>
internal sealed class CallOption(string name, byte[]? value, int position)
{
    public string Name => name;
    public byte[]? Value { get; set; } = value;
    public int Position => position;

    /// <summary>Bytes of the value: those given, or those that the value needs when no buffer was given.</summary>
    public int Length { get; set; } = value?.Length ?? 0;

    /// <summary>Somebody has looked for it.</summary>
    public bool IsSeen { get; set; }

    /// <summary>The value as a C string; null when it does not end with a NUL.</summary>
    public string? Text => Value is { Length: > 0 } bytes && bytes[^1] == 0 ? NullTerminated.ToText(bytes) : null;
}

/// <summary>struct vfsoptlist: parameters in pairs of vectors, name and value (vfs_mount.c).</summary>
internal sealed class OptionList
{
    /// <summary>VFS_MOUNTARG_SIZE_MAX: bytes of all names and values, with the kernel's own structures.</summary>
    private const int MostBytes = 64 * 1024, BytesOfOption = 48;

    private readonly SystemCall _call;
    private readonly iovec[] _vectors;
    private readonly List<CallOption> _options = [];

    private OptionList(SystemCall call, iovec[] vectors) => (_call, _vectors) = (call, vectors);

    /// <summary>All of them, in the caller's order.</summary>
    public IReadOnlyList<CallOption> All => _options;

    /// <summary>
    /// copyinuio and vfs_buildopts. EINVAL for a name without a NUL and for too many bytes; of two options with the same name the last one counts.
    /// </summary>
    public static Errno Read(SystemCall call, ulong address, uint count, out OptionList list)
    {
        list = null!;
        if (count > Fcntl.IOV_MAX) return Errno.EINVAL;
        var vectors = new iovec[count];
        if (call.Memory.CopyIn(address, MemoryMarshal.AsBytes(vectors.AsSpan())) is not Errno.None and var error) return error;
        list = new OptionList(call, vectors);
        var taken = 0UL;
        for (var index = 0; index + 1 < vectors.Length; index += 2)
        {
            var (nameBytes, valueBytes) = (vectors[index].iov_len, vectors[index + 1].iov_len);
            if (nameBytes > MostBytes || valueBytes > MostBytes) return Errno.EINVAL;
            taken += nameBytes + valueBytes + BytesOfOption;
            if (taken > MostBytes) return Errno.EINVAL;
            if ((error = list.Add(vectors[index], vectors[index + 1], index / 2)) != Errno.None) return error;
        }
        list.DropRepeated();
        return Errno.None;
    }

    /// <summary>A list of the kernel's own, to which options are added.</summary>
    public static OptionList Of(SystemCall call) => new(call, []);

    /// <summary>Adds an option of the kernel's own.</summary>
    public void Add(string name, byte[]? value) => _options.Add(new CallOption(name, value, 0));

    private Errno Add(iovec name, iovec value, int position)
    {
        var text = new byte[(int)name.iov_len];
        if (_call.Memory.CopyIn(name.iov_base, text) is not Errno.None and var error) return error;
        if (text.Length == 0 || text[^1] != 0) return Errno.EINVAL;
        // A value of 0 bytes, or without an address, has no buffer.
        var bytes = value.iov_len == 0 || value.iov_base == 0 ? null : new byte[(int)value.iov_len];
        if (bytes is not null && (error = _call.Memory.CopyIn(value.iov_base, bytes)) != Errno.None) return error;
        _options.Add(new CallOption(NullTerminated.ToText(text), bytes, position) { Length = (int)value.iov_len });
        return Errno.None;
    }

    /// <summary>vfs_sanitizeopts and vfs_equalopts: "x" and "nox" are the same option, and so are "a.x" and "a.nox".</summary>
    private void DropRepeated()
    {
        for (var last = _options.Count - 1; last >= 0; last--)
        {
            var wanted = Positive(_options[last].Name);
            for (var earlier = last - 1; earlier >= 0; earlier--)
            {
                if (Positive(_options[earlier].Name) != wanted) continue;
                _options.RemoveAt(earlier);
                last--;
            }
        }
    }

    private static string Positive(string name)
    {
        var dot = name.LastIndexOf('.') + 1;
        return name.AsSpan(dot).StartsWith("no") ? string.Concat(name.AsSpan(0, dot), name.AsSpan(dot + 2)) : name;
    }

    /// <summary>vfs_getopt: null when it was not given.</summary>
    public CallOption? Find(string name)
    {
        foreach (var option in _options)
        {
            if (option.Name != name) continue;
            option.IsSeen = true;
            return option;
        }
        return null;
    }

    /// <summary>vfs_flagopt: whether it was given, whatever its value.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>vfs_copyopt of an int: ENOENT when it was not given, EINVAL for another size.</summary>
    public Errno GetInt(string name, out int value)
    {
        value = 0;
        if (Find(name) is not { } option) return Errno.ENOENT;
        if (option.Length != sizeof(int)) return Errno.EINVAL;
        value = BinaryPrimitives.ReadInt32LittleEndian(option.Value ?? new byte[sizeof(int)]);
        return Errno.None;
    }

    /// <summary>
    /// A string of at most <paramref name="room"/> bytes with its NUL: ENOENT when it was not given, EINVAL without a NUL, ENAMETOOLONG.
    /// </summary>
    public Errno GetText(string name, int room, out string text)
    {
        text = "";
        if (Find(name) is not { } option) return Errno.ENOENT;
        if (option.Text is not { } given) return Errno.EINVAL;
        if (option.Length > room) return Errno.ENAMETOOLONG;
        text = given;
        return Errno.None;
    }

    /// <summary>vfs_opterror: what the caller's errmsg buffer says.</summary>
    public void Fail(string message)
    {
        if (Find("errmsg") is not { Value: { Length: > 0 } buffer }) return;
        Array.Clear(buffer);
        var text = Encoding.Latin1.GetBytes(message);
        text.AsSpan(0, Math.Min(text.Length, buffer.Length - 1)).CopyTo(buffer);
    }

    /// <summary>The error, and its message in the caller's buffer.</summary>
    public Errno Failed(Errno error, string message)
    {
        Fail(message);
        CopyOutMessage();
        return error;
    }

    /// <summary>Writes the message of <see cref="Fail"/> to the caller; a buffer that cannot be written gets none.</summary>
    public void CopyOutMessage()
    {
        if (_vectors.Length > 0 && Find("errmsg") is { Value: { Length: > 0 } buffer } option) _call.Memory.CopyOut(_vectors[2 * option.Position + 1].iov_base, buffer);
    }

    /// <summary>The first option that nobody has looked for.</summary>
    public CallOption? Unknown => _options.Find(option => !option.IsSeen && option.Name != "errmsg");

    /// <summary>Writes the values and their lengths to the caller, in its vectors.</summary>
    public Errno CopyOut(ulong vectors)
    {
        foreach (var option in _options)
        {
            if (option.Name == "errmsg") continue;
            ref var vector = ref _vectors[2 * option.Position + 1];
            vector = new iovec(vector.iov_base, (ulong)option.Length);
            if (option.Value is not { } value) continue;
            if (_call.Memory.CopyOut(vector.iov_base, value.AsSpan(0, Math.Min(option.Length, value.Length))) is not Errno.None and var error) return error;
        }
        return _call.Memory.CopyOut(vectors, MemoryMarshal.AsBytes(_vectors.AsSpan()));
    }
}
