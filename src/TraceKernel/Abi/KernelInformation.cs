using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>
/// struct kinfo_proc of LP64 FreeBSD 12 and later (1088 bytes): a process or thread as sysctl kern.proc tells it (sys/user.h).
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct kinfo_proc
{
    public const int Bytes = 1088;
    public const sbyte SIDL = 1, SRUN = 2, SSLEEP = 3, SSTOP = 4, SZOMB = 5;

    /// <summary>Bits of ki_flag (sys/proc.h): stopped by a signal, and for its debugger.</summary>
    public const long P_STOPPED_SIG = 0x20000, P_STOPPED_TRACE = 0x40000;

    [FieldOffset(0)] public int ki_structsize;
    [FieldOffset(72)] public int ki_pid;
    [FieldOffset(76)] public int ki_ppid;
    [FieldOffset(80)] public int ki_pgid;
    [FieldOffset(84)] public int ki_tpgid;
    [FieldOffset(88)] public int ki_sid;
    [FieldOffset(92)] public int ki_tsid;
    [FieldOffset(104)] public sigset ki_siglist;
    [FieldOffset(120)] public sigset ki_sigmask;
    [FieldOffset(136)] public sigset ki_sigignore;
    [FieldOffset(152)] public sigset ki_sigcatch;
    [FieldOffset(168)] public uint ki_uid;
    [FieldOffset(172)] public uint ki_ruid;
    [FieldOffset(176)] public uint ki_svuid;
    [FieldOffset(180)] public uint ki_rgid;
    [FieldOffset(184)] public uint ki_svgid;
    [FieldOffset(188)] public short ki_ngroups;
    [FieldOffset(192)] public GroupArray ki_groups;
    /// <summary>Virtual size in bytes.</summary>
    [FieldOffset(256)] public ulong ki_size;
    /// <summary>In pages.</summary>
    [FieldOffset(264)] public long ki_rssize;
    [FieldOffset(304)] public ushort ki_xstat;
    /// <summary>In microseconds.</summary>
    [FieldOffset(328)] public ulong ki_runtime;
    [FieldOffset(336)] public timeval ki_start;
    [FieldOffset(368)] public long ki_flag;
    [FieldOffset(388)] public sbyte ki_stat;
    [FieldOffset(394)] public Name17 ki_tdname;
    [FieldOffset(411)] public Name9 ki_wmesg;
    [FieldOffset(420)] public Name17 ki_login;
    [FieldOffset(447)] public Name20 ki_comm;
    [FieldOffset(467)] public Name17 ki_emul;
    /// <summary>The rest of a thread name longer than ki_tdname.</summary>
    [FieldOffset(502)] public uint ki_moretdname;
    /// <summary>NOCPU, −1, when on none.</summary>
    [FieldOffset(568)] public int ki_oncpu;
    [FieldOffset(572)] public int ki_lastcpu;
    /// <summary>Pid of the debugger; 0 without one.</summary>
    [FieldOffset(576)] public int ki_tracer;
    [FieldOffset(580)] public int ki_flag2;
    [FieldOffset(596)] public int ki_numthreads;
    [FieldOffset(600)] public int ki_tid;
    [FieldOffset(608)] public rusage ki_rusage;
}

/// <summary>A text of at most 8 bytes and its NUL.</summary>
[InlineArray(9)]
public struct Name9
{
    private byte _byte;

    public static implicit operator Name9(string name)
    {
        Name9 bytes = default;
        var length = Math.Min(name.Length, 8);
        for (var i = 0; i < length; i++) bytes[i] = (byte)name[i];
        return bytes;
    }

    public override readonly string ToString() => NullTerminated.ToText(this);
}

/// <summary>A text of at most 16 bytes and its NUL.</summary>
[InlineArray(17)]
public struct Name17
{
    private byte _byte;

    public static implicit operator Name17(string name)
    {
        Name17 bytes = default;
        var length = Math.Min(name.Length, 16);
        for (var i = 0; i < length; i++) bytes[i] = (byte)name[i];
        return bytes;
    }

    public override readonly string ToString() => NullTerminated.ToText(this);
}

/// <summary>C strings as bytes; each byte is one character (Latin-1).</summary>
public static class NullTerminated
{
    /// <summary>What precedes the first NUL.</summary>
    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return System.Text.Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
    }
}

/// <summary>The fixed part of struct kinfo_file (1392 bytes at most): kf_path follows, cut after its NUL and padded to 8 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = PathOffset)]
public struct kinfo_file
{
    public const int PathOffset = 368, Bytes = PathOffset + 1024;
    public const int KF_TYPE_VNODE = 1, KF_TYPE_SOCKET = 2, KF_TYPE_PIPE = 3, KF_TYPE_FIFO = 4, KF_TYPE_KQUEUE = 5, KF_TYPE_PROCDESC = 11, KF_TYPE_UNKNOWN = 255;
    public const int KF_VTYPE_VREG = 1, KF_VTYPE_VDIR = 2, KF_VTYPE_VCHR = 4, KF_VTYPE_VLNK = 5, KF_VTYPE_VFIFO = 7;
    public const int KF_FD_TYPE_CWD = -1, KF_FD_TYPE_ROOT = -2, KF_FD_TYPE_TEXT = -5;
    public const int KF_FLAG_READ = 1, KF_FLAG_WRITE = 2, KF_FLAG_APPEND = 4, KF_FLAG_ASYNC = 8, KF_FLAG_FSYNC = 0x10, KF_FLAG_NONBLOCK = 0x20, KF_FLAG_DIRECT = 0x40, KF_FLAG_EXEC = 0x4000;

    /// <summary>kf_status: the file is still there.</summary>
    public const ushort KF_ATTR_VALID = 1;

    [FieldOffset(0)] public int kf_structsize;
    [FieldOffset(4)] public int kf_type;
    [FieldOffset(8)] public int kf_fd;
    [FieldOffset(12)] public int kf_ref_count;
    [FieldOffset(16)] public int kf_flags;
    [FieldOffset(24)] public long kf_offset;
    [FieldOffset(32)] public int kf_file_type;
    [FieldOffset(280)] public ulong kf_file_nlink;
    [FieldOffset(288)] public ulong kf_file_fsid;
    [FieldOffset(296)] public ulong kf_file_rdev;
    [FieldOffset(304)] public ulong kf_file_fileid;
    [FieldOffset(312)] public ulong kf_file_size;
    [FieldOffset(328)] public ushort kf_file_mode;
    [FieldOffset(336)] public ushort kf_status;
    [FieldOffset(344)] public cap_rights_t kf_cap_rights;
}

/// <summary>
/// The fixed part of struct kinfo_vmentry (1160 bytes at most): kve_path follows, cut after its NUL and padded to 8 bytes.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = PathOffset)]
public struct kinfo_vmentry
{
    public const int PathOffset = 136, Bytes = PathOffset + 1024;
    public const int KVME_TYPE_NONE = 0, KVME_TYPE_DEFAULT = 1, KVME_TYPE_VNODE = 2;
    public const int KVME_PROT_READ = 1, KVME_PROT_WRITE = 2, KVME_PROT_EXEC = 4;
    public const int KVME_FLAG_COW = 1, KVME_FLAG_NEEDS_COPY = 2, KVME_FLAG_NOCOREDUMP = 4, KVME_FLAG_SUPER = 8, KVME_FLAG_GROWS_UP = 0x10, KVME_FLAG_GROWS_DOWN = 0x20;

    [FieldOffset(0)] public int kve_structsize;
    [FieldOffset(4)] public int kve_type;
    [FieldOffset(8)] public ulong kve_start;
    /// <summary>First address after the entry.</summary>
    [FieldOffset(16)] public ulong kve_end;
    [FieldOffset(24)] public ulong kve_offset;
    [FieldOffset(32)] public ulong kve_vn_fileid;
    [FieldOffset(44)] public int kve_flags;
    /// <summary>In pages: those in memory of the first object, and of it alone.</summary>
    [FieldOffset(48)] public int kve_resident;
    [FieldOffset(52)] public int kve_private_resident;
    [FieldOffset(56)] public int kve_protection;
    [FieldOffset(60)] public int kve_ref_count;
    [FieldOffset(64)] public int kve_shadow_count;
    [FieldOffset(68)] public int kve_vn_type;
    [FieldOffset(72)] public ulong kve_vn_size;
    [FieldOffset(84)] public ushort kve_vn_mode;
    [FieldOffset(86)] public ushort kve_status;
    [FieldOffset(88)] public ulong kve_vn_fsid;
    [FieldOffset(96)] public ulong kve_vn_rdev;
}

/// <summary>ki_groups: the first KI_NGROUPS groups of a process.</summary>
[InlineArray(Count)]
public struct GroupArray
{
    public const int Count = 16;
    private uint _first;

    public static GroupArray Of(IReadOnlyList<uint> groups)
    {
        var array = new GroupArray();
        for (var index = 0; index < Math.Min(groups.Count, Count); index++) array[index] = groups[index];
        return array;
    }
}
