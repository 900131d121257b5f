using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>A system call that a GENERIC kernel has and this kernel lacks.</summary>
/// <param name="Number">The call's number in syscalls.master.</param>
/// <param name="Prototype">The C prototype of syscalls.master.</param>
/// <param name="Why">The reason, for docs/syscalls.md.</param>
public sealed record AbsentCall(uint Number, string Prototype, string Why)
{
    /// <summary>The call's name.</summary>
    public string Name => CPrototype.Name(Prototype);

    /// <summary>Arguments that the call takes, sy_narg.</summary>
    public int ArgumentCount => CPrototype.ArgumentCount(Prototype);
}

/// <summary>
/// Every call that GENERIC has and this kernel lacks. Such a call returns ENOSYS without SIGSYS, as a call does whose kernel option is off:
/// programs probe for it and go on. SIGSYS is for numbers that no kernel has (kern_sig.c, nosys).
/// </summary>
public static class AbsentCalls
{
    /// <summary>By number.</summary>
    public static IReadOnlyList<AbsentCall> Rows { get; } =
    [
        new(44, "int profil(char *samples, size_t size, size_t offset, u_int scale)",
            "Statistical profiling of a program by the kernel is not there; SIGPROF timers are."),
        new(154, "int nlm_syscall(int debug_level, int grace_period, int addr_count, char **addrs)", "There is no NFS."),
        new(155, "int nfssvc(int flag, void *argp)", "There is no NFS."),
        new(241, "int ffclock_getcounter(ffcounter *ffcount)", "GENERIC has no FFCLOCK option and returns ENOSYS, too."),
        new(242, "int ffclock_setestimate(struct ffclock_estimate *cest)", "GENERIC has no FFCLOCK option and returns ENOSYS, too."),
        new(243, "int ffclock_getestimate(struct ffclock_estimate *cest)", "GENERIC has no FFCLOCK option and returns ENOSYS, too."),
        new(318, "int freebsd6_aio_read(struct oaiocb *aiocbp)",
            "Control blocks of FreeBSD 6 are not read; the library versions that make them are older than FreeBSD 7."),
        new(319, "int freebsd6_aio_write(struct oaiocb *aiocbp)",
            "Control blocks of FreeBSD 6 are not read; the library versions that make them are older than FreeBSD 7."),
        new(320, "int freebsd6_lio_listio(int mode, struct oaiocb * const *acb_list, int nent, struct osigevent *sig)",
            "Control blocks of FreeBSD 6 are not read; the library versions that make them are older than FreeBSD 7."),
        new(339, "int nnpfs_syscall(int operation, char *a_pathP, int a_opcode, void *a_paramsP, int a_followSymlinks)",
            "The file system is a module of another project."),
        new(374, "int __setugid(int flag)", "GENERIC has no REGRESSION option and returns ENOSYS, too."),
        new(377, "int afs3_syscall(long syscall, long parm1, long parm2, long parm3, long parm4, long parm5, long parm6)",
            "The file system is a module of another project."),
        new(471, "int sctp_peeloff(int sd, uint32_t name)", "There is no SCTP."),
        new(472, "int sctp_generic_sendmsg(int sd, void *msg, int mlen, struct sockaddr *to, __socklen_t tolen, "
            + "struct sctp_sndrcvinfo *sinfo, int flags)",
            "There is no SCTP."),
        new(473, "int sctp_generic_sendmsg_iov(int sd, struct iovec *iov, int iovlen, struct sockaddr *to, "
            + "__socklen_t tolen, struct sctp_sndrcvinfo *sinfo, int flags)",
            "There is no SCTP."),
        new(474, "int sctp_generic_recvmsg(int sd, struct iovec *iov, int iovlen, struct sockaddr *from, "
            + "__socklen_t *fromlenaddr, struct sctp_sndrcvinfo *sinfo, int *msg_flags)",
            "There is no SCTP."),
        new(505, "int gssd_syscall(const char *path)", "There is no kernel RPC."),
        new(576, "int rpctls_syscall(uint64_t socookie)", "There is no kernel RPC."),
        new(588, "int kcmp(pid_t pid1, pid_t pid2, int type, uintptr_t idx1, uintptr_t idx2)",
            "Kernel objects cannot be compared; the call came after 14.0."),
    ];
}
