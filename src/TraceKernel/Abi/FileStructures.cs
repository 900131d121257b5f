using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>The fixed part of struct kinfo_file (1392 bytes at most): kf_path follows, cut after its NUL and padded to 8 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = PathOffset)]
public struct kinfo_file
{
    public const int PathOffset = 368, Bytes = PathOffset + 1024;
    public const int KF_TYPE_VNODE = 1, KF_TYPE_SOCKET = 2, KF_TYPE_PIPE = 3, KF_TYPE_FIFO = 4, KF_TYPE_KQUEUE = 5, KF_TYPE_MQUEUE = 7,
        KF_TYPE_SHM = 8, KF_TYPE_SEM = 9, KF_TYPE_PTS = 10, KF_TYPE_PROCDESC = 11, KF_TYPE_DEV = 12, KF_TYPE_EVENTFD = 13, KF_TYPE_UNKNOWN = 255;
    public const int KF_VTYPE_VNON = 0, KF_VTYPE_VREG = 1, KF_VTYPE_VDIR = 2, KF_VTYPE_VBLK = 3, KF_VTYPE_VCHR = 4, KF_VTYPE_VLNK = 5,
        KF_VTYPE_VSOCK = 6, KF_VTYPE_VFIFO = 7;
    public const int KF_FD_TYPE_CWD = -1, KF_FD_TYPE_ROOT = -2, KF_FD_TYPE_JAIL = -3, KF_FD_TYPE_TRACE = -4, KF_FD_TYPE_TEXT = -5, KF_FD_TYPE_CTTY = -6;
    public const int KF_FLAG_READ = 1, KF_FLAG_WRITE = 2, KF_FLAG_APPEND = 4, KF_FLAG_ASYNC = 8, KF_FLAG_FSYNC = 0x10, KF_FLAG_NONBLOCK = 0x20,
        KF_FLAG_DIRECT = 0x40, KF_FLAG_EXEC = 0x4000;
    public const ushort KF_ATTR_VALID = 1;

    [FieldOffset(0)] public int kf_structsize;
    [FieldOffset(4)] public int kf_type;
    [FieldOffset(8)] public int kf_fd;
    [FieldOffset(12)] public int kf_ref_count;
    [FieldOffset(16)] public int kf_flags;
    [FieldOffset(24)] public long kf_offset;

    // kf_file
    [FieldOffset(32)] public int kf_file_type;
    [FieldOffset(280)] public ulong kf_file_nlink;
    [FieldOffset(288)] public ulong kf_file_fsid;
    [FieldOffset(296)] public ulong kf_file_rdev;
    [FieldOffset(304)] public ulong kf_file_fileid;
    [FieldOffset(312)] public ulong kf_file_size;
    [FieldOffset(320)] public uint kf_file_fsid_freebsd11;
    [FieldOffset(324)] public uint kf_file_rdev_freebsd11;
    [FieldOffset(328)] public ushort kf_file_mode;

    // kf_sock; its addresses are at 48 and 176.
    public const int LocalAddressOffset = 48, PeerAddressOffset = 176, AddressBytes = 128;
    [FieldOffset(32)] public uint kf_sock_sendq;
    [FieldOffset(36)] public int kf_sock_domain0;
    [FieldOffset(40)] public int kf_sock_type0;
    [FieldOffset(44)] public int kf_sock_protocol0;
    [FieldOffset(304)] public ulong kf_sock_pcb;
    [FieldOffset(312)] public ulong kf_sock_inpcb;
    [FieldOffset(320)] public ulong kf_sock_unpconn;
    [FieldOffset(332)] public uint kf_sock_recvq;

    // kf_pipe
    [FieldOffset(304)] public ulong kf_pipe_addr;
    [FieldOffset(312)] public ulong kf_pipe_peer;
    [FieldOffset(320)] public uint kf_pipe_buffer_cnt;
    [FieldOffset(332)] public uint kf_pipe_buffer_size;

    // kf_proc
    [FieldOffset(304)] public int kf_pid;

    [FieldOffset(336)] public ushort kf_status;
    [FieldOffset(344)] public cap_rights_t kf_cap_rights;
}

/// <summary>struct xfile: one row of kern.file, 128 bytes (sys/file.h).</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct xfile
{
    public const int Bytes = 128;
    [FieldOffset(0)] public ulong xf_size;
    [FieldOffset(8)] public int xf_pid;
    [FieldOffset(12)] public uint xf_uid;
    [FieldOffset(16)] public int xf_fd;
    [FieldOffset(24)] public ulong xf_file;
    [FieldOffset(32)] public short xf_type;
    [FieldOffset(36)] public int xf_count;
    [FieldOffset(48)] public long xf_offset;
    [FieldOffset(56)] public ulong xf_data;
    [FieldOffset(64)] public ulong xf_vnode;
    [FieldOffset(72)] public uint xf_flag;
}
