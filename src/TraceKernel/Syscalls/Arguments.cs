using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Files;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>Arguments that many calls have in common.</summary>
internal static class Arguments
{
    /// <summary>A path relative to a descriptor (AT_FDCWD: the current directory). EFAULT, ENAMETOOLONG.</summary>
    /// <param name="needed">What the descriptor must allow.</param>
    /// <param name="flags">AT_RESOLVE_BENEATH and AT_EMPTY_PATH count.</param>
    public static Errno PathAt(this SystemCall call, int directory, ulong address, in cap_rights_t needed, int flags, out PathArgument path)
    {
        var error = call.Memory.CopyInString(address, PATH_MAX, out var text);
        path = new PathArgument(call.Process, directory, text)
        {
            Needed = needed,
            IsBeneath = (flags & AT_RESOLVE_BENEATH) != 0,
            MayBeEmpty = (flags & AT_EMPTY_PATH) != 0,
        };
        return error;
    }

    /// <inheritdoc cref="PathAt(SystemCall, int, ulong, in cap_rights_t, int, out PathArgument)"/>
    public static Errno PathAt(this SystemCall call, int directory, ulong address, in cap_rights_t needed, out PathArgument path) =>
        call.PathAt(directory, address, needed, 0, out path);

    /// <summary>A path relative to the current directory.</summary>
    public static Errno Path(this SystemCall call, int argument, out PathArgument path) =>
        call.PathAt(AT_FDCWD, call[argument], cap_rights_t.CAP_NONE, out path);

    /// <summary>The file that must be there, by a path relative to a descriptor.</summary>
    public static Errno FindAt(
        this SystemCall call, int directory, ulong address, in cap_rights_t needed, int flags, bool follow, out Vnode vnode)
    {
        vnode = null!;
        var error = call.PathAt(directory, address, needed, flags, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Find(path, follow, out vnode) : error;
    }

    /// <summary>
    /// getvnode: the named file behind a descriptor. EBADF, ENOTCAPABLE; EINVAL for what has no name; EBADF for a descriptor of O_PATH.
    /// </summary>
    /// <param name="mayBePath">getvnode_path: O_PATH will do.</param>
    public static Errno OpenVnode(this SystemCall call, int descriptor, in cap_rights_t needed, out Vnode vnode, bool mayBePath = false)
    {
        vnode = null!;
        if (call.Process.Files.Get(descriptor, needed, out var file) is not Errno.None and var error) return error;
        if (file.IsPath && !mayBePath) return Errno.EBADF;
        vnode = (file.Target as Vnode)!;
        return vnode is null ? Errno.EINVAL : Errno.None;
    }

    /// <summary>fget of a call whose operation a descriptor of O_PATH lacks (badfileops): EBADF.</summary>
    public static Errno OpenFile(this SystemCall call, int descriptor, in cap_rights_t needed, out OpenFile file)
    {
        var error = call.Process.Files.Get(descriptor, needed, out file);
        if (error == Errno.ENOTCAPABLE)
            KernelTracing.Violation(call.Lwp, Ktrace.CAPFAIL_NOTCAPABLE, needed, call.Process.Files.CapabilitiesOf(descriptor).Rights);
        return error == Errno.None && file.IsPath ? Errno.EBADF : error;
    }
}
