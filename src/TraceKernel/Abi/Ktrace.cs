namespace TraceKernel.Abi;

/// <summary>sys/ktrace.h: records of struct ktr_header as FreeBSD up to 13 writes them.</summary>
public static class Ktrace
{
    // Operations.
    public const int KTROP_SET = 0, KTROP_CLEAR = 1, KTROP_CLEARFILE = 2, KTROP = 3, KTRFLAG_DESCEND = 4;

    // Kinds of records; a bit of each is its KTRFAC_*.
    public const int KTR_SYSCALL = 1, KTR_SYSRET = 2, KTR_NAMEI = 3, KTR_GENIO = 4, KTR_PSIG = 5, KTR_CSW = 6, KTR_USER = 7, KTR_STRUCT = 8, KTR_SYSCTL = 9,
        KTR_PROCCTOR = 10, KTR_PROCDTOR = 11, KTR_CAPFAIL = 12, KTR_FAULT = 13, KTR_FAULTEND = 14;

    /// <summary>KTRFAC_MASK, and the flags above it: set by root, handed on to children.</summary>
    public const uint KTRFAC_MASK = 0x00ffffff, KTRFAC_ROOT = 0x80000000, KTRFAC_INHERIT = 0x40000000;

    /// <summary>KTR_USER_MAXLEN: bytes of one utrace(2).</summary>
    public const int KTR_USER_MAXLEN = 2048;

    /// <summary>sizeof(struct ktr_header).</summary>
    public const int HeaderBytes = 56;

    // enum ktr_cap_fail_type.
    public const int CAPFAIL_NOTCAPABLE = 0, CAPFAIL_INCREASE = 1, CAPFAIL_SYSCALL = 2, CAPFAIL_LOOKUP = 3;
}
