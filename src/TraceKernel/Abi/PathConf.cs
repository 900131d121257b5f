namespace TraceKernel.Abi;

/// <summary>Names of pathconf(2) and the limits that it returns: sys/unistd.h and sys/syslimits.h.</summary>
public static class PathConf
{
    public const int _PC_LINK_MAX = 1, _PC_MAX_CANON = 2, _PC_MAX_INPUT = 3, _PC_NAME_MAX = 4, _PC_PATH_MAX = 5, _PC_PIPE_BUF = 6,
        _PC_CHOWN_RESTRICTED = 7, _PC_NO_TRUNC = 8, _PC_VDISABLE = 9, _PC_ALLOC_SIZE_MIN = 10, _PC_FILESIZEBITS = 12,
        _PC_REC_INCR_XFER_SIZE = 14, _PC_REC_MAX_XFER_SIZE = 15, _PC_REC_MIN_XFER_SIZE = 16, _PC_REC_XFER_ALIGN = 17, _PC_SYMLINK_MAX = 18,
        _PC_MIN_HOLE_SIZE = 21, _PC_ASYNC_IO = 53, _PC_PRIO_IO = 54, _PC_SYNC_IO = 55, _PC_ACL_EXTENDED = 59, _PC_ACL_PATH_MAX = 60,
        _PC_CAP_PRESENT = 61, _PC_INF_PRESENT = 62, _PC_MAC_PRESENT = 63, _PC_ACL_NFS4 = 64, _PC_DEALLOC_PRESENT = 65;

    /// <summary>Bytes of a terminal's line, and of what it keeps unread.</summary>
    public const int MAX_CANON = 255, MAX_INPUT = 255;

    /// <summary>The character that switches a special character of a terminal off.</summary>
    public const int _POSIX_VDISABLE = 0xff;

    /// <summary>The edition of POSIX whose asynchronous input and output the kernel has.</summary>
    public const int _POSIX_ASYNCHRONOUS_IO = 200112;

    /// <summary>UFS_LINK_MAX of ufs/ufs/dinode.h.</summary>
    public const int UFS_LINK_MAX = 65530;

    /// <summary>ACL_MAX_ENTRIES of sys/acl.h where a file has no list: owner, group and others.</summary>
    public const int TrivialAclEntries = 3;
}
