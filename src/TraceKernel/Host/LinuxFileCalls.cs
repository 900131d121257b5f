using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;

namespace TraceKernel.Host;

/// <summary>
/// The file calls of Linux that resolve a name below a directory's descriptor (openat(2) and its relatives), which .NET does not offer.
/// Names are null-terminated bytes. Errors are turned into FreeBSD's numbers.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class LinuxFileCalls
{
    // asm-generic/fcntl.h
    public const int ReadOnly = 0x80000, ReadWrite = 0x80002, PathOnly = 0x280000, NonBlocking = 0x800;
    private const int CreateExclusively = 0x800c2;

    /// <summary>O_NOFOLLOW: two bits are in use (asm-generic/fcntl.h, arch/arm/include/uapi/asm/fcntl.h).</summary>
    public static int NoFollow { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le => 0x8000,
        _ => 0x20000,
    };

    // AT_* of linux/fcntl.h, STATX_* of linux/stat.h
    private const int RemoveDirectory = 0x200, FollowLink = 0x400, EmptyPath = 0x1000;
    private const uint BasicStatus = 0x7ff;

    /// <summary>AT_FDCWD, for paths that are absolute.</summary>
    private static readonly SafeFileHandle s_anyDirectory = new(-100, ownsHandle: false);

    /// <summary>sizeof(struct statx).</summary>
    private const int StatusBytes = 256;

    /// <summary>UTIME_OMIT: the time stays as it is.</summary>
    private const long OmitTime = 0x3ffffffe;

    /// <summary>PATH_MAX of Linux.</summary>
    private const int MaximumPath = 4096;

    /// <summary>offsetof(struct dirent, d_name) of 64-bit hosts, glibc and musl.</summary>
    private const int DirentName = 19;

    /// <summary>The null-terminated bytes of a name that is kept as Latin-1.</summary>
    public static byte[] Bytes(string name)
    {
        var bytes = new byte[name.Length + 1];
        Encoding.Latin1.GetBytes(name, bytes);
        return bytes;
    }

    /// <summary>Opens an absolute path.</summary>
    public static SafeFileHandle Open(byte[] path, int flags, out Errno error) => OpenAt(s_anyDirectory, path, flags, out error);

    public static SafeFileHandle OpenAt(SafeFileHandle directory, byte[] name, int flags, out Errno error) =>
        Handle(OpenCall(directory, name, flags, 0), out error);

    /// <summary>A new file for reading and writing; EEXIST when anything has the name, a link too. The host's umask does not matter.</summary>
    public static SafeFileHandle CreateAt(SafeFileHandle directory, byte[] name, int permissions, out Errno error)
    {
        var handle = Handle(OpenCall(directory, name, CreateExclusively, permissions), out error);
        if (error == Errno.None) File.SetUnixFileMode(handle, (UnixFileMode)permissions);
        return handle;
    }

    public static Errno MakeDirectoryAt(SafeFileHandle directory, byte[] name, int permissions) =>
        Result(MakeDirectoryCall(directory, name, permissions));

    public static Errno MakeLinkAt(byte[] target, SafeFileHandle directory, byte[] name) => Result(MakeLinkCall(target, directory, name));

    /// <summary>A second name for the file of a descriptor.</summary>
    public static Errno LinkAt(SafeFileHandle file, SafeFileHandle directory, byte[] name) =>
        Result(LinkCall(s_anyDirectory, Bytes(DescriptorPath(file)), directory, name, FollowLink));

    public static Errno UnlinkAt(SafeFileHandle directory, byte[] name, bool isDirectory) =>
        Result(UnlinkCall(directory, name, isDirectory ? RemoveDirectory : 0));

    public static Errno RenameAt(SafeFileHandle directory, byte[] name, SafeFileHandle newDirectory, byte[] newName) =>
        Result(RenameCall(directory, name, newDirectory, newName));

    /// <summary>Target of the link that a descriptor itself is.</summary>
    public static Errno ReadLink(SafeFileHandle link, out string target) => ReadLinkAt(link, "", out target);

    /// <summary>The path without links of what a descriptor is open on.</summary>
    public static Errno PathOf(SafeFileHandle handle, out string path) => ReadLinkAt(s_anyDirectory, DescriptorPath(handle), out path);

    /// <summary>The name of a descriptor's file that needs no look-up in a directory.</summary>
    public static string DescriptorPath(SafeFileHandle handle) => $"/proc/self/fd/{handle.DangerousGetHandle()}";

    public static Errno SetPermissions(byte[] path, int permissions) => Result(ChangeModeCall(path, permissions));

    /// <summary>Nanoseconds since 1970; null leaves a time as it is.</summary>
    public static Errno SetTimes(byte[] path, long? accessed, long? modified)
    {
        const long second = 1_000_000_000;
        var times = new long[4];
        (times[0], times[1]) = accessed is { } used ? (Math.DivRem(used, second).Quotient, used % second) : (0, OmitTime);
        (times[2], times[3]) = modified is { } changed ? (Math.DivRem(changed, second).Quotient, changed % second) : (0, OmitTime);
        return Result(SetTimesCall(s_anyDirectory, path, times, 0));
    }

    /// <summary>statx(2) of a descriptor: struct statx is the same on every architecture.</summary>
    public static Errno GetStatus(SafeFileHandle handle, out HostStatus status)
    {
        status = default;
        var buffer = new byte[StatusBytes];
        if (Result(StatusCall(handle, Bytes(""), EmptyPath, BasicStatus, buffer)) is not Errno.None and var error) return error;
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(28));
        status = new(
            Device: (ulong)Word(136) << 32 | Word(140), Inode: Long(32), TypeOf(mode), mode & 0x1ff, Links: (int)Word(16), Size: (long)Long(40),
            Modified: Time(112), Changed: Time(96));
        return Errno.None;

        uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(offset));
        ulong Long(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(offset));
        long Time(int offset) => (long)Long(offset) * 1_000_000_000 + Word(offset + 8);
    }

    /// <summary>readdir(3) to the end.</summary>
    public static Errno List(SafeFileHandle directory, ICollection<string> names)
    {
        // closedir(3) closes this descriptor.
        var descriptor = OpenCall(directory, Bytes("."), ReadOnly, 0);
        if (Result(descriptor) is not Errno.None and var error) return error;
        var stream = OpenDirectoryCall(descriptor);
        if (stream == 0) return Result(-1);
        for (nint entry; (entry = ReadDirectoryCall(stream)) != 0;)
        {
            var name = NameOf(entry);
            if (name is not ("." or "..")) names.Add(name);
        }
        _ = CloseDirectoryCall(stream);
        return Errno.None;
    }

    private static string NameOf(nint entry)
    {
        var length = 0;
        while (Marshal.ReadByte(entry, DirentName + length) != 0) length++;
        var name = new byte[length];
        Marshal.Copy(entry + DirentName, name, 0, length);
        return Encoding.Latin1.GetString(name);
    }

    /// <summary>S_IFMT of st_mode.</summary>
    private static HostFileType TypeOf(ushort mode) => (mode & 0xf000) switch
    {
        0x8000 => HostFileType.Regular,
        0x4000 => HostFileType.Directory,
        0xa000 => HostFileType.SymbolicLink,
        0x1000 => HostFileType.Fifo,
        0x2000 => HostFileType.CharacterDevice,
        0x6000 => HostFileType.BlockDevice,
        _ => HostFileType.Socket,
    };

    private static Errno ReadLinkAt(SafeFileHandle directory, string name, out string target)
    {
        var buffer = new byte[MaximumPath];
        var length = (int)ReadLinkCall(directory, Bytes(name), buffer, buffer.Length);
        target = length < 0 ? "" : Encoding.Latin1.GetString(buffer, 0, length);
        return Result(length);
    }

    private static SafeFileHandle Handle(int descriptor, out Errno error)
    {
        error = Result(descriptor);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static Errno Result(int result) => result >= 0 ? Errno.None : LinuxErrors.ToGuest(Marshal.GetLastPInvokeError());

    [DllImport("libc", EntryPoint = "openat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenCall(SafeFileHandle directory, byte[] name, int flags, int mode);

    [DllImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakeDirectoryCall(SafeFileHandle directory, byte[] name, int mode);

    [DllImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakeLinkCall(byte[] target, SafeFileHandle directory, byte[] name);

    [DllImport("libc", EntryPoint = "linkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LinkCall(SafeFileHandle directory, byte[] name, SafeFileHandle newDirectory, byte[] newName, int flags);

    [DllImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int UnlinkCall(SafeFileHandle directory, byte[] name, int flags);

    [DllImport("libc", EntryPoint = "renameat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameCall(SafeFileHandle directory, byte[] name, SafeFileHandle newDirectory, byte[] newName);

    [DllImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ReadLinkCall(SafeFileHandle directory, byte[] name, [Out] byte[] buffer, nint size);

    [DllImport("libc", EntryPoint = "chmod", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeModeCall(byte[] path, int mode);

    [DllImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetTimesCall(SafeFileHandle directory, byte[] path, long[] times, int flags);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatusCall(SafeFileHandle directory, byte[] name, int flags, uint mask, [Out] byte[] status);

    [DllImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint OpenDirectoryCall(int descriptor);

    [DllImport("libc", EntryPoint = "readdir", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ReadDirectoryCall(nint stream);

    [DllImport("libc", EntryPoint = "closedir", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseDirectoryCall(nint stream);
}
