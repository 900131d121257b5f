using System.Buffers.Binary;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>The name space: directories, links, names and permissions (vfs_syscalls.c).</summary>
internal static class DirectoryCalls
{
    /// <summary>Most that one getdirentries(2) gives, whatever the buffer's size.</summary>
    private const int MaximumListing = 65536;

    [Syscall(326, "int __getcwd(char *buf, size_t buflen)")]
    internal static Errno __getcwd(SystemCall call)
    {
        if (call[1] < 2) return Errno.EINVAL;
        if (call.Process.Directory.Vnode is { Links: 0 }) return Errno.ENOENT;
        var directory = call.Process.Directory.Seen(call.Process.CurrentDirectory);
        if (directory.Length == 0) return Errno.ENOMEM;
        // vn_fullpath1: the buffer is filled from its end.
        return call[1] <= (ulong)directory.Length ? Errno.ENOMEM : call.Memory.CopyOut(call[0], Encoding.Latin1.GetBytes(directory + '\0'));
    }

    [Syscall(12, "int chdir(const char *path)")]
    internal static Errno chdir(SystemCall call)
    {
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.Find(path, follow: true, out var vnode);
        return error == Errno.None ? FileSystem.ChangeDirectory(call.Process, vnode) : error;
    }

    [Syscall(13, "int fchdir(int fd)")]
    internal static Errno fchdir(SystemCall call)
    {
        var error = call.OpenVnode(call.Int(0), CAP_FCHDIR, out var vnode, mayBePath: true);
        return error == Errno.None ? FileSystem.ChangeDirectory(call.Process, vnode) : error;
    }

    [Syscall(10, "int unlink(const char *path)")]
    internal static Errno unlink(SystemCall call)
    {
        var error = call.Path(0, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Unlink(path) : error;
    }

    [Syscall(503, "int unlinkat(int fd, const char *path, int flag)")]
    internal static Errno unlinkat(SystemCall call) => Remove(call, call.Int(2), FD_NONE);

    [Syscall(568, "int funlinkat(int dfd, const char *path, int fd, int flag)")]
    internal static Errno funlinkat(SystemCall call) => Remove(call, call.Int(3), call.Int(2));

    /// <summary>kern_funlinkat and kern_frmdirat: EDEADLK when the name is no longer that of the open file.</summary>
    /// <param name="descriptor">FD_NONE: whatever has the name.</param>
    private static Errno Remove(SystemCall call, int flags, int descriptor)
    {
        if ((flags & ~(AT_REMOVEDIR | AT_RESOLVE_BENEATH)) != 0) return Errno.EINVAL;
        if (call.PathAt(call.Int(0), call[1], CAP_UNLINKAT, flags, out var path) is not Errno.None and var error) return error;
        Vnode? expected = null;
        if (descriptor != FD_NONE)
        {
            var needed = (flags & AT_REMOVEDIR) != 0 ? CAP_LOOKUP : CAP_NONE;
            if ((error = call.OpenVnode(descriptor, needed, out expected, mayBePath: (flags & AT_REMOVEDIR) == 0)) != Errno.None) return error;
        }
        var files = call.Kernel.FileSystem;
        return (flags & AT_REMOVEDIR) != 0 ? files.RemoveDirectory(path, expected) : files.Unlink(path, expected);
    }

    /// <summary>kern_undelete: no directory has whiteouts, so that what is there exists, and what is not there stays away.</summary>
    [Syscall(205, "int undelete(const char *path)")]
    internal static Errno undelete(SystemCall call)
    {
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.Lookup(path, follow: false, Intent.Delete, out _);
        return error == Errno.None ? Errno.EEXIST : error;
    }

    [Syscall(137, "int rmdir(const char *path)")]
    internal static Errno rmdir(SystemCall call)
    {
        var error = call.Path(0, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.RemoveDirectory(path) : error;
    }

    [Syscall(136, "int mkdir(const char *path, int mode)")]
    internal static Errno mkdir(SystemCall call)
    {
        var error = call.Path(0, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.MakeDirectory(path, call.Int(1)) : error;
    }

    [Syscall(496, "int mkdirat(int fd, const char *path, mode_t mode)")]
    internal static Errno mkdirat(SystemCall call)
    {
        var error = call.PathAt(call.Int(0), call[1], CAP_MKDIRAT, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.MakeDirectory(path, call.Int(2)) : error;
    }

    [Syscall(128, "int rename(const char *from, const char *to)")]
    internal static Errno rename(SystemCall call) => Rename(call, AT_FDCWD, call[0], AT_FDCWD, call[1]);

    [Syscall(501, "int renameat(int oldfd, const char *old, int newfd, const char *new)")]
    internal static Errno renameat(SystemCall call) => Rename(call, call.Int(0), call[1], call.Int(2), call[3]);

    [Syscall(57, "int symlink(const char *path, const char *link)")]
    internal static Errno symlink(SystemCall call) => MakeLink(call, call[0], AT_FDCWD, call[1]);

    [Syscall(502, "int symlinkat(const char *path1, int fd, const char *path2)")]
    internal static Errno symlinkat(SystemCall call) => MakeLink(call, call[0], call.Int(1), call[2]);

    [Syscall(9, "int link(const char *path, const char *link)")]
    internal static Errno link(SystemCall call) => Link(call, AT_FDCWD, call[0], AT_FDCWD, call[1], AT_SYMLINK_FOLLOW);

    [Syscall(495, "int linkat(int fd1, const char *path1, int fd2, const char *path2, int flag)")]
    internal static Errno linkat(SystemCall call) =>
        (call.Int(4) & ~(AT_SYMLINK_FOLLOW | AT_RESOLVE_BENEATH | AT_EMPTY_PATH)) != 0
            ? Errno.EINVAL
            : Link(call, call.Int(0), call[1], call.Int(2), call[3], call.Int(4));

    [Syscall(479, "int truncate(const char *path, off_t length)")]
    internal static Errno truncate(SystemCall call)
    {
        var error = call.Path(0, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Truncate(path, call.Long(1)) : error;
    }

    [Syscall(60, "int umask(int newmask)")]
    internal static Errno umask(SystemCall call)
    {
        var old = call.Process.FileCreationMask;
        call.Process.FileCreationMask = call.Int(0) & FileModes.ALLPERMS;
        return call.Return(old);
    }

    [Syscall(132, "int mkfifo(const char *path, int mode)")]
    internal static Errno mkfifo(SystemCall call) => MakeFifo(call, AT_FDCWD, call[0], call.Int(1));

    [Syscall(497, "int mkfifoat(int fd, const char *path, mode_t mode)")]
    internal static Errno mkfifoat(SystemCall call) => MakeFifo(call, call.Int(0), call[1], call.Int(2));

    [Syscall(14, "int freebsd11_mknod(const char *path, int mode, uint32_t dev)")]
    internal static Errno freebsd11_mknod(SystemCall call) => MakeNode(call, AT_FDCWD, call[0], call.Int(1), (uint)call[2]);

    [Syscall(498, "int freebsd11_mknodat(int fd, const char *path, mode_t mode, uint32_t dev)")]
    internal static Errno freebsd11_mknodat(SystemCall call) => MakeNode(call, call.Int(0), call[1], call.Int(2), (uint)call[3]);

    [Syscall(559, "int mknodat(int fd, const char *path, mode_t mode, dev_t dev)")]
    internal static Errno mknodat(SystemCall call) => MakeNode(call, call.Int(0), call[1], call.Int(2), call[3]);

    [Syscall(554, "ssize_t getdirentries(int fd, char *buf, size_t count, off_t *basep)")]
    internal static Errno getdirentries(SystemCall call) => List(call, call[2], call[3], WriteEntry);

    [Syscall(196, "int freebsd11_getdirentries(int fd, char *buf, u_int count, long *basep)")]
    internal static Errno freebsd11_getdirentries(SystemCall call) => ListOld(call, call[3]);

    [Syscall(272, "int freebsd11_getdents(int fd, char *buf, size_t count)")]
    internal static Errno freebsd11_getdents(SystemCall call) => ListOld(call, 0);

    /// <summary>freebsd11_kern_getdirentries: the number of bytes is a u_int, and what today's structures would not fit into is not listed.</summary>
    private static Errno ListOld(SystemCall call, ulong basep)
    {
        var truncation = call.Kernel.InodeTruncation;
        return List(call, Math.Min((uint)call[2], MaximumListing), basep,
            (Span<byte> destination, in DirectoryEntry entry) => WriteOldEntry(destination, entry, truncation));
    }

    /// <summary>Writes one entry and returns its length; 0 for an inode number that the structure cannot have.</summary>
    private delegate int EntryWriter(Span<byte> destination, in DirectoryEntry entry);

    private static Errno List(SystemCall call, ulong size, ulong basep, EntryWriter write)
    {
        if (size > long.MaxValue) return Errno.EINVAL;
        if (call.OpenFile(call.Int(0), CAP_READ, out var file) is not Errno.None and var error) return error;
        if (file.Target is not Vnode) return Errno.EINVAL;
        if (!file.CanRead) return Errno.EBADF;
        if (file.Target is not DirectoryVnode directory) return Errno.EINVAL;
        var listing = new byte[(int)Math.Min(size, MaximumListing)];
        call.Kernel.FileSystem.Reader = call.Process;
        var (start, next, length, room) = (file.Offset, file.Offset, 0, listing.Length);
        foreach (var entry in directory.ReadEntries(start))
        {
            if (EntryLength(entry) > room && length == 0) return Errno.EINVAL;
            if (EntryLength(entry) > room) break;
            room -= EntryLength(entry);
            var count = write(listing.AsSpan(length), entry);
            if (count == 0) return Errno.EOVERFLOW;
            length += count;
            next = entry.Next;
        }
        // vop_readdir_post
        directory.Notes.Post(Kevents.NOTE_READ);
        error = call.Memory.CopyOut(call[1], listing.AsSpan(0, length));
        if (error != Errno.None) return error;
        file.Offset = next;
        if (basep != 0) error = call.CopyOut(basep, start);
        return error == Errno.None ? call.Return(length) : error;
    }

    /// <summary>GENERIC_DIRSIZ of sys/dirent.h.</summary>
    private static int EntryLength(in DirectoryEntry entry) => (24 + entry.Name.Length + 1 + 7) & ~7;

    // struct dirent, sys/dirent.h
    private static int WriteEntry(Span<byte> destination, in DirectoryEntry entry)
    {
        var length = EntryLength(entry);
        BinaryPrimitives.WriteInt64LittleEndian(destination, entry.Vnode.FileId);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], entry.Next);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[16..], (ushort)length);
        destination[18] = (byte)(entry.Vnode.Type >> 12);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[20..], (ushort)entry.Name.Length);
        Encoding.Latin1.GetBytes(entry.Name, destination[24..]);
        return length;
    }

    // struct freebsd11_dirent
    private static int WriteOldEntry(Span<byte> destination, in DirectoryEntry entry, int truncation)
    {
        var length = (8 + entry.Name.Length + 1 + 3) & ~3;
        var number = (uint)entry.Vnode.FileId;
        if (number != entry.Vnode.FileId && truncation == 1) return 0;
        if (number != entry.Vnode.FileId && truncation == 2) number = uint.MaxValue;
        BinaryPrimitives.WriteUInt32LittleEndian(destination, number);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)length);
        destination[6] = (byte)(entry.Vnode.Type >> 12);
        destination[7] = (byte)entry.Name.Length;
        Encoding.Latin1.GetBytes(entry.Name, destination[8..]);
        return length;
    }

    private static Errno Rename(SystemCall call, int fromDirectory, ulong from, int toDirectory, ulong to)
    {
        if (call.PathAt(fromDirectory, from, CAP_RENAMEAT_SOURCE, out var source) is not Errno.None and var error) return error;
        error = call.PathAt(toDirectory, to, CAP_RENAMEAT_TARGET, out var target);
        return error == Errno.None ? call.Kernel.FileSystem.Rename(source, target) : error;
    }

    private static Errno MakeLink(SystemCall call, ulong target, int directory, ulong name)
    {
        if (call.Memory.CopyInString(target, PATH_MAX, out var text) is not Errno.None and var error) return error;
        error = call.PathAt(directory, name, CAP_SYMLINKAT, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.MakeLink(text, path) : error;
    }

    private static Errno Link(SystemCall call, int directory, ulong name, int newDirectory, ulong newName, int flags)
    {
        if (call.PathAt(directory, name, CAP_LINKAT_SOURCE, flags, out var existing) is not Errno.None and var error) return error;
        error = call.PathAt(newDirectory, newName, CAP_LINKAT_TARGET, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Link(existing, (flags & AT_SYMLINK_FOLLOW) != 0, path) : error;
    }

    private static Errno MakeFifo(SystemCall call, int directory, ulong name, int mode)
    {
        var error = call.PathAt(directory, name, CAP_MKFIFOAT, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.MakeFifo(path, mode) : error;
    }

    /// <summary>kern_mknodat. Devices live in devfs only: EPERM, and for root EOPNOTSUPP.</summary>
    private static Errno MakeNode(SystemCall call, int directory, ulong name, int mode, ulong device) => (mode & FileModes.S_IFMT) switch
    {
        FileModes.S_IFIFO => device == 0 ? MakeFifo(call, directory, name, mode) : Errno.EINVAL,
        FileModes.S_IFCHR or FileModes.S_IFBLK => call.Process.Credentials.IsHostSuperUser ? Errno.EOPNOTSUPP : Errno.EPERM,
        _ => Errno.EINVAL,
    };
}
