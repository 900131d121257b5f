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
    public const long P_CONTROLT = 2, P_PPWAIT = 0x10, P_HADTHREADS = 0x80, P_JAILED = 0x1000000, P_INMEM = 0x10000000, P_PPTRACE = 0x80000000;
    public const long KI_CTTY = 1, KI_SLEADER = 2, PS_INMEM = 1;
    public const uint KI_CRF_GRP_OVERFLOW = 0x80000000;
    public const sbyte SIDL = 1, SRUN = 2, SSLEEP = 3, SSTOP = 4, SZOMB = 5;

    /// <summary>Bits of ki_flag (sys/proc.h): stopped by a signal, and for its debugger.</summary>
    public const long P_STOPPED_SIG = 0x20000, P_STOPPED_TRACE = 0x40000;

    [FieldOffset(0)] public int ki_structsize;
    // Addresses of kernel objects: numbers that stand for them.
    [FieldOffset(8)] public ulong ki_args;
    [FieldOffset(16)] public ulong ki_paddr;
    [FieldOffset(40)] public ulong ki_textvp;
    [FieldOffset(48)] public ulong ki_fd;
    [FieldOffset(56)] public ulong ki_vmspace;
    [FieldOffset(64)] public ulong ki_wchan;
    [FieldOffset(72)] public int ki_pid;
    [FieldOffset(76)] public int ki_ppid;
    [FieldOffset(80)] public int ki_pgid;
    /// <summary>The foreground group of its terminal; 0 without a terminal.</summary>
    [FieldOffset(84)] public int ki_tpgid;
    [FieldOffset(88)] public int ki_sid;
    [FieldOffset(92)] public int ki_tsid;
    [FieldOffset(96)] public short ki_jobc;
    [FieldOffset(100)] public uint ki_tdev_freebsd11;
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
    // In pages: what is in memory, and the parts of the program.
    [FieldOffset(264)] public long ki_rssize;
    [FieldOffset(272)] public long ki_swrss;
    [FieldOffset(280)] public long ki_tsize;
    [FieldOffset(288)] public long ki_dsize;
    [FieldOffset(296)] public long ki_ssize;
    [FieldOffset(304)] public ushort ki_xstat;
    [FieldOffset(306)] public ushort ki_acflag;
    /// <summary>A fixed-point number, 1 being FSCALE.</summary>
    [FieldOffset(308)] public uint ki_pctcpu;
    [FieldOffset(312)] public uint ki_estcpu;
    /// <summary>Seconds since it last ran, and since it began.</summary>
    [FieldOffset(316)] public uint ki_slptime;
    [FieldOffset(320)] public uint ki_swtime;
    /// <summary>In microseconds.</summary>
    [FieldOffset(328)] public ulong ki_runtime;
    /// <summary>Since 1970.</summary>
    [FieldOffset(336)] public timeval ki_start;
    [FieldOffset(352)] public timeval ki_childtime;
    [FieldOffset(368)] public long ki_flag;
    [FieldOffset(376)] public long ki_kiflag;
    [FieldOffset(384)] public int ki_traceflag;
    [FieldOffset(388)] public sbyte ki_stat;
    [FieldOffset(389)] public sbyte ki_nice;
    [FieldOffset(392)] public byte ki_oncpu_old;
    [FieldOffset(393)] public byte ki_lastcpu_old;
    [FieldOffset(394)] public Name17 ki_tdname;
    [FieldOffset(411)] public Name9 ki_wmesg;
    [FieldOffset(420)] public Name17 ki_login;
    // LOGNAMELEN is 17 and LOCKNAMELEN 8: ki_lockname is at 438.
    [FieldOffset(447)] public Name20 ki_comm;
    [FieldOffset(467)] public Name17 ki_emul;
    [FieldOffset(484)] public Name17 ki_loginclass;
    /// <summary>The rest of a thread name longer than ki_tdname: 3 bytes and a NUL.</summary>
    [FieldOffset(502)] public uint ki_moretdname;
    /// <summary>Its terminal; NODEV, −1, without one.</summary>
    [FieldOffset(560)] public ulong ki_tdev;
    /// <summary>NOCPU, −1, when on none.</summary>
    [FieldOffset(568)] public int ki_oncpu;
    [FieldOffset(572)] public int ki_lastcpu;
    /// <summary>Pid of the debugger; 0 without one.</summary>
    [FieldOffset(576)] public int ki_tracer;
    [FieldOffset(580)] public int ki_flag2;
    [FieldOffset(588)] public uint ki_cr_flags;
    [FieldOffset(592)] public int ki_jid;
    [FieldOffset(596)] public int ki_numthreads;
    [FieldOffset(600)] public int ki_tid;
    [FieldOffset(604)] public priority ki_pri;
    [FieldOffset(608)] public rusage ki_rusage;
    [FieldOffset(752)] public rusage ki_rusage_ch;
    [FieldOffset(920)] public ulong ki_tdaddr;
    [FieldOffset(928)] public ulong ki_pd;
    [FieldOffset(1072)] public long ki_sflag;
    [FieldOffset(1080)] public long ki_tdflags;

    /// <summary>Whether the thread sleeps in the kernel: ki_wmesg names the event that it waits for.</summary>
    public readonly bool IsAsleep => ki_wmesg[0] != 0;
}

/// <summary>struct priority.</summary>
/// <param name="pri_class">PRI_TIMESHARE and its like.</param>
/// <param name="pri_level">The present one, by which ps(1) and top(1) judge.</param>
/// <param name="pri_native">That without what others lend it.</param>
/// <param name="pri_user">That in user mode.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public record struct priority(byte pri_class, byte pri_level, byte pri_native, byte pri_user)
{
    public const byte PRI_ITHD = 1, PRI_REALTIME = 2, PRI_TIMESHARE = 3, PRI_IDLE = 4, PZERO = 100, PUSER = 120;
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
    [FieldOffset(40)] public uint kve_vn_fsid_freebsd11;
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
