using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ipc;

namespace TraceKernel.Ipc;

/// <summary>sysv_ipc.c: rights on what has an identifier, and the identifiers.</summary>
internal static class IpcPermission
{
    /// <summary>ipcperm: EACCES. Only the owner, the creator and the super-user may administer (IPC_M).</summary>
    public static Errno Check(Credentials caller, in ipc_perm perm, int access)
    {
        if (caller.IsSuperUser) return Errno.None;
        var isOwner = caller.UserId == perm.cuid || caller.UserId == perm.uid;
        var shift = isOwner ? 0 : caller.IsMember(perm.gid) || caller.IsMember(perm.cgid) ? 3 : 6;
        var granted = perm.mode << shift & (IPC_R | IPC_W) | (isOwner ? IPC_M : 0);
        return (granted & access) == access ? Errno.None : Errno.EACCES;
    }

    /// <summary>What a new object begins with; its sequence number makes its identifier another one than its predecessor's.</summary>
    public static ipc_perm Create(Credentials creator, long key, int mode, in ipc_perm old) => new()
    {
        key = key, mode = (ushort)mode, cuid = creator.UserId, uid = creator.UserId, cgid = creator.GroupId, gid = creator.GroupId,
        seq = (ushort)(old.seq + 1 & 0x7fff),
    };

    /// <summary>IPC_SET: owner, group and permissions are another's.</summary>
    public static void Change(ref ipc_perm perm, in ipc_perm wanted)
    {
        (perm.uid, perm.gid) = (wanted.uid, wanted.gid);
        perm.mode = (ushort)(perm.mode & ~Permissions | wanted.mode & Permissions);
    }

    /// <summary>IXSEQ_TO_IPCID.</summary>
    public static int Identifier(int index, in ipc_perm perm) => perm.seq << 16 | index & 0xffff;

    /// <summary>IPCID_TO_IX.</summary>
    public static int Index(int identifier) => identifier & 0xffff;

    /// <summary>IPCID_TO_SEQ.</summary>
    public static int Sequence(int identifier) => identifier >> 16 & 0xffff;
}
