using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>The fixed part of struct statfs (2344 bytes since FreeBSD 12); the three names follow, see <see cref="Write"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = TypeName)]
public struct statfs
{
    public const int Bytes = 2344;

    /// <summary>struct freebsd11_statfs: names of at most 87 bytes.</summary>
    public const int OldBytes = 472;

    /// <summary>struct ostatfs of FreeBSD 4.</summary>
    public const int OldestBytes = 304;
    public const uint STATFS_VERSION = 0x20140518;
    public const ulong MNT_RDONLY = 1, MNT_SYNCHRONOUS = 2, MNT_NOEXEC = 4, MNT_NOSUID = 8, MNT_UNION = 0x20, MNT_ASYNC = 0x40, MNT_LOCAL = 0x1000,
        MNT_ROOTFS = 0x4000, MNT_UPDATE = 0x10000, MNT_FORCE = 0x80000, MNT_NOSYMFOLLOW = 0x400000, MNT_BYFSID = 0x8000000, MNT_NOATIME = 0x10000000;

    /// <summary>Those of nmount(2)'s flags that stay with the mount.</summary>
    public const ulong VisibleFlags = MNT_RDONLY | MNT_SYNCHRONOUS | MNT_NOEXEC | MNT_NOSUID | MNT_UNION | MNT_ASYNC | MNT_NOSYMFOLLOW | MNT_NOATIME;

    private const int TypeName = 280, FromName = 296, OnName = 1320;
    private const uint OldVersion = 0x20030518;
    private const int OldFromName = 296, OldOnName = 384;

    [FieldOffset(0)] public uint f_version;
    [FieldOffset(4)] public uint f_type;
    [FieldOffset(8)] public ulong f_flags;
    [FieldOffset(16)] public ulong f_bsize;
    [FieldOffset(24)] public ulong f_iosize;
    [FieldOffset(32)] public ulong f_blocks;
    [FieldOffset(40)] public ulong f_bfree;
    [FieldOffset(48)] public long f_bavail;
    [FieldOffset(56)] public ulong f_files;
    [FieldOffset(64)] public long f_ffree;
    [FieldOffset(184)] public uint f_namemax;
    [FieldOffset(188)] public uint f_owner;
    /// <summary>f_fsid.val[0], the low half of the device number.</summary>
    [FieldOffset(192)] public uint f_fsid;

    /// <summary>The whole structure: this, f_fstypename, f_mntfromname and f_mntonname.</summary>
    public readonly void Write(Span<byte> image, string typeName, string fromName, string onName)
    {
        image[..Bytes].Clear();
        MemoryMarshal.Write(image, in this);
        System.Text.Encoding.Latin1.GetBytes(typeName, image[TypeName..(FromName - 1)]);
        System.Text.Encoding.Latin1.GetBytes(fromName, image[FromName..(OnName - 1)]);
        System.Text.Encoding.Latin1.GetBytes(onName, image[OnName..(Bytes - 1)]);
    }

    /// <summary>freebsd11_cvtstatfs: the same fields, then shorter names.</summary>
    public readonly void WriteOld(Span<byte> image, string typeName, string fromName, string onName)
    {
        image[..OldBytes].Clear();
        var old = this with { f_version = OldVersion };
        MemoryMarshal.Write(image, in old);
        Put(image[TypeName..(OldFromName - 1)], typeName);
        Put(image[OldFromName..(OldOnName - 1)], fromName);
        Put(image[OldOnName..(OldBytes - 1)], onName);
    }

    /// <summary>freebsd4_cvtstatfs: struct ostatfs, with names of at most 71 bytes and f_mntonname before f_mntfromname.</summary>
    public readonly void WriteOldest(Span<byte> image, string typeName, string fromName, string onName)
    {
        const int FsId = 64, Owner = 72, Type = 76, Flags = 80, OldestTypeName = 104, OldestOnName = 120, OldestFromName = 210, NameBytes = 72;
        image[..OldestBytes].Clear();
        long[] sizes = [0, (long)f_bsize, (long)f_iosize, (long)f_blocks, (long)f_bfree, f_bavail, (long)f_files, f_ffree];
        MemoryMarshal.AsBytes<long>(sizes).CopyTo(image);
        MemoryMarshal.Write(image[FsId..], in f_fsid);
        MemoryMarshal.Write(image[Owner..], in f_owner);
        MemoryMarshal.Write(image[Type..], in f_type);
        MemoryMarshal.Write(image[Flags..], (uint)f_flags);
        Put(image.Slice(OldestTypeName, 15), typeName);
        Put(image.Slice(OldestOnName, NameBytes - 1), onName);
        Put(image.Slice(OldestFromName, NameBytes - 1), fromName);
    }

    private static void Put(Span<byte> field, string name) =>
        System.Text.Encoding.Latin1.GetBytes(name.AsSpan(0, Math.Min(name.Length, field.Length)), field);
}
