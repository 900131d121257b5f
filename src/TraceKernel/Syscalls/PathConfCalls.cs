using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.PathConf;

namespace TraceKernel.Syscalls;

/// <summary>Limits of files, and the full names of paths: vfs_syscalls.c, kern_descrip.c and vfs_cache.c.</summary>
internal static class PathConfCalls
{
    [Syscall(191, "long pathconf(const char *path, int name)")]
    internal static Errno pathconf(SystemCall call) => OfPath(call, follow: true);

    [Syscall(513, "long lpathconf(const char *path, int name)")]
    internal static Errno lpathconf(SystemCall call) => OfPath(call, follow: false);

    /// <summary>kern_fpathconf. EOPNOTSUPP for what is neither a named file nor a pipe nor a socket.</summary>
    [Syscall(192, "long fpathconf(int fd, int name)")]
    internal static Errno fpathconf(SystemCall call)
    {
        if (call.Process.Files.Get(call.Int(0), CAP_FPATHCONF, out var file) is not Errno.None and var error) return error;
        var name = call.Int(1);
        if (name == _PC_ASYNC_IO) return call.Return(_POSIX_ASYNCHRONOUS_IO);
        error = LimitOf(file.Target, name, out var value);
        return error == Errno.None ? call.Return(value) : error;
    }

    /// <summary>kern___realpathat: the name of a file without links and dots, as far as it has one.</summary>
    [Syscall(574, "int __realpathat(int fd, const char *path, char *buf, size_t size, int flags)")]
    internal static Errno __realpathat(SystemCall call)
    {
        if (call.Int(4) != 0) return Errno.EINVAL;
        if (call.PathAt(call.Int(0), call[1], CAP_FSTAT, out var path) is not Errno.None and var error) return error;
        if ((error = call.Kernel.FileSystem.Lookup(path, follow: true, Intent.Find, out var found)) != Errno.None) return error;
        // vn_fullpath_hardlink
        if (call[3] < 2) return Errno.EINVAL;
        if (call.Process.Directory.Seen(FullPath(found)) is not { Length: > 0 } text) return Errno.ENOENT;
        if ((ulong)text.Length >= Math.Min(call[3], PATH_MAX)) return Errno.ENOMEM;
        return call.Memory.CopyOut(call[2], Encoding.Latin1.GetBytes(text + '\0'));
    }

    /// <summary>A directory has one name; another file has the one by which it was found.</summary>
    private static string FullPath(in Found found)
    {
        if (found.Vnode is DirectoryVnode directory) return directory.Path;
        var above = found.Directory.Path;
        return above.Length == 0 ? "" : above == "/" ? $"/{found.Name}" : $"{above}/{found.Name}";
    }

    private static Errno OfPath(SystemCall call, bool follow)
    {
        var error = call.FindAt(AT_FDCWD, call[0], CAP_NONE, 0, follow, out var vnode);
        if (error != Errno.None) return error;
        error = vnode.GetLimit(call.Int(1), out var value);
        return error == Errno.None ? call.Return(value) : error;
    }

    private static Errno LimitOf(FileObject target, int name, out long value)
    {
        value = PIPE_BUF;
        switch (target)
        {
            case Vnode vnode:
                return vnode.GetLimit(name, out value);
            case Pipe or Socket or TerminalDevice:
                return name == _PC_PIPE_BUF ? Errno.None : Errno.EINVAL;
            default:
                return Errno.EOPNOTSUPP;
        }
    }
}
