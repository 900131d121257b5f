using TraceKernel.Abi;

namespace TraceKernel.Files;

// File handles of getfh(2): VOP_VPTOFH and VFS_FHTOVP.
public sealed partial class FileSystem
{
    private readonly Dictionary<long, Vnode> _handles = [];
    private int _handlesToKeep = 1024;

    /// <summary>VOP_VPTOFH: EOPNOTSUPP for devfs, which has no handles. The file is found again as long as it has a name.</summary>
    internal Errno MakeHandle(Vnode vnode)
    {
        if (vnode.Mount.TypeName == "devfs") return Errno.EOPNOTSUPP;
        if (_handles.Count >= _handlesToKeep)
        {
            foreach (var (id, old) in _handles.ToArray())
                if (old.Links == 0) _handles.Remove(id);
            _handlesToKeep = 2 * Math.Max(_handles.Count, 512);
        }
        _handles[vnode.FileId] = vnode;
        return Errno.None;
    }

    /// <summary>VFS_FHTOVP: ESTALE for a file system or a file that is gone.</summary>
    internal Errno FindHandle(uint fileSystemId, long fileId, out Vnode vnode)
    {
        if (!_handles.TryGetValue(fileId, out vnode!)) return Errno.ESTALE;
        return vnode.Mount.Id == fileSystemId && vnode.Links > 0 ? Errno.None : Errno.ESTALE;
    }
}
