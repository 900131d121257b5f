using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>System V interprocess communication: sys/ipc.h, sys/shm.h, sys/sem.h, sys/msg.h.</summary>
public static class Ipc
{
    public const int IPC_CREAT = 0x200, IPC_EXCL = 0x400, IPC_NOWAIT = 0x800;
    public const int IPC_R = 0x100, IPC_W = 0x80, IPC_M = 0x1000;
    public const long IPC_PRIVATE = 0;
    public const int IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2;
    public const int SHM_RDONLY = 0x1000, SHM_RND = 0x2000, SHM_REMAP = 0x3000;
    public const int SHMSEG_FREE = 0x200, SHMSEG_REMOVED = 0x400, SHMSEG_ALLOCATED = 0x800;
    public const int GETNCNT = 3, GETPID = 4, GETVAL = 5, GETALL = 6, GETZCNT = 7, SETVAL = 8, SETALL = 9, SEM_STAT = 10;
    public const int SEM_UNDO = 0x1000, SEM_ALLOC = 0x200;
    public const int MSG_NOERROR = 0x1000;

    /// <summary>ACCESSPERMS.</summary>
    public const int Permissions = 0x1ff;
}

/// <summary>struct ipc_perm.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct ipc_perm
{
    public uint cuid, cgid, uid, gid;
    public ushort mode, seq;
    public long key;
}

/// <summary>struct shmid_ds.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct shmid_ds
{
    public ipc_perm shm_perm;
    public ulong shm_segsz;
    public int shm_lpid, shm_cpid;
    public uint shm_nattch;
    public long shm_atime, shm_dtime, shm_ctime;
}

/// <summary>struct semid_ds.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct semid_ds
{
    public ipc_perm sem_perm;
    public ulong sem_base;
    public ushort sem_nsems;
    public long sem_otime, sem_ctime;
}

/// <summary>struct msqid_ds.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct msqid_ds
{
    public ipc_perm msg_perm;
    public ulong msg_first, msg_last;
    public ulong msg_cbytes, msg_qnum, msg_qbytes;
    public int msg_lspid, msg_lrpid;
    public long msg_stime, msg_rtime, msg_ctime;
}

/// <summary>struct sembuf.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct sembuf(ushort sem_num, short sem_op, short sem_flg);

/// <summary>struct ipc_perm_old: what programs from before 8.0 know.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct ipc_perm_old
{
    public ushort cuid, cgid, uid, gid, mode, seq;
    public long key;

    /// <summary>ipcperm_new2old: ids beyond 65535 are cut.</summary>
    public static ipc_perm_old Of(in ipc_perm perm) => new()
    {
        cuid = (ushort)perm.cuid, cgid = (ushort)perm.cgid, uid = (ushort)perm.uid, gid = (ushort)perm.gid, mode = perm.mode, seq = perm.seq, key = perm.key,
    };

    /// <summary>ipcperm_old2new.</summary>
    public readonly ipc_perm Widen() => new() { cuid = cuid, cgid = cgid, uid = uid, gid = gid, mode = mode, seq = seq, key = key };
}

/// <summary>struct shmid_ds_old.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct shmid_ds_old
{
    public ipc_perm_old shm_perm;
    public int shm_segsz, shm_lpid, shm_cpid;
    public short shm_nattch;
    public long shm_atime, shm_dtime, shm_ctime;
    public ulong shm_internal;
}

/// <summary>struct semid_ds_old.</summary>
[StructLayout(LayoutKind.Explicit, Size = 104)]
public record struct semid_ds_old
{
    [FieldOffset(0)] public ipc_perm_old sem_perm;
    [FieldOffset(32)] public ushort sem_nsems;
    [FieldOffset(40)] public long sem_otime;
    [FieldOffset(56)] public long sem_ctime;
}

/// <summary>struct msqid_ds_old.</summary>
[StructLayout(LayoutKind.Explicit, Size = 152)]
public record struct msqid_ds_old
{
    [FieldOffset(0)] public ipc_perm_old msg_perm;
    [FieldOffset(40)] public ulong msg_cbytes;
    [FieldOffset(48)] public ulong msg_qnum;
    [FieldOffset(56)] public ulong msg_qbytes;
    [FieldOffset(64)] public int msg_lspid;
    [FieldOffset(68)] public int msg_lrpid;
    [FieldOffset(72)] public long msg_stime;
    [FieldOffset(88)] public long msg_rtime;
    [FieldOffset(104)] public long msg_ctime;
}
