using System.Collections.Frozen;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>SYF_CAPENABLED: the system calls that a process in capability mode may make, and what follows when it makes another.</summary>
internal static class CapabilityMode
{
    /// <summary>The numbers marked CAPENABLED in syscalls.master of FreeBSD 13 and 14, those of older forms included.</summary>
    private static readonly FrozenSet<uint> s_allowed = new uint[]
    {
        // _exit, fork, read, write, close, break, lseek, getpid
        1, 2, 3, 4, 6, 17, 19, 20,
        // Users: setuid, getuid, geteuid
        23, 24, 25,
        // recvmsg, sendmsg, recvfrom, accept, getpeername, getsockname, fchflags, sync, kill, getppid
        27, 28, 29, 30, 31, 32, 35, 36, 37, 39,
        // dup, pipe, getegid, profil, sigaction, getgid, sigprocmask, getlogin
        41, 42, 43, 44, 46, 47, 48, 49,
        // sigpending, sigaltstack, ioctl, umask, fstat, getpagesize, msync, vfork, sbrk, sstk, mmap
        52, 53, 54, 60, 62, 64, 65, 66, 69, 70, 71,
        // munmap, mprotect, madvise, mincore, getgroups, getpgrp, setitimer, getitimer, gethostname, getdtablesize
        73, 74, 75, 78, 79, 81, 83, 86, 87, 89,
        // dup2, fcntl, select, fsync, setpriority, socket, accept, getpriority, send, recv, sigreturn, setsockopt, listen, sigvec
        90, 92, 93, 95, 96, 97, 99, 100, 101, 102, 103, 105, 106, 108,
        // sigblock, sigsetmask, sigsuspend, sigstack, recvmsg, sendmsg, gettimeofday, getrusage, getsockopt
        109, 110, 111, 112, 113, 114, 116, 117, 118,
        // readv, writev, fchown, fchmod, recvfrom, setreuid, setregid, ftruncate, flock, sendto, shutdown, socketpair
        120, 121, 123, 124, 125, 126, 127, 130, 131, 133, 134, 135,
        // getpeername, gethostid, getrlimit, setrlimit, setsid, getsockname, getdirentries, fstatfs, getdomainname, sysarch, rtprio
        141, 142, 144, 145, 147, 150, 156, 158, 162, 165, 166,
        // pread, pwrite, setgid, setegid, seteuid, fstat, fpathconf, getrlimit, setrlimit, getdirentries, mmap, lseek, ftruncate, __sysctl
        173, 174, 181, 182, 183, 189, 192, 194, 195, 196, 197, 199, 201, 202,
        // mlock, munlock, futimes, getpgid, poll, clock_gettime, clock_getres, ktimer_*, nanosleep, ntp_gettime, minherit, rfork
        203, 204, 206, 207, 209, 232, 234, 235, 236, 237, 238, 239, 240, 248, 250, 251,
        // openbsd_poll, issetugid, aio_read, aio_write, lio_listio, getdents, preadv, pwritev
        252, 253, 255, 256, 257, 272, 289, 290,
        // getsid, setresuid, setresgid, aio_*, yield, mlockall, munlockall, sched_*, utrace, sendfile
        310, 311, 312, 314, 315, 316, 317, 318, 319, 320, 321, 324, 325, 327, 328, 329, 330, 331, 332, 333, 334, 335, 336,
        // sigprocmask, sigsuspend, sigaction, sigpending, sigreturn, sigtimedwait, sigwaitinfo
        340, 341, 342, 343, 344, 345, 346,
        // __acl_*_fd, aio_waitcomplete, getresuid, getresgid, kqueue, kevent, extattr_*_fd
        349, 350, 352, 354, 359, 360, 361, 362, 363, 371, 372, 373,
        // __mac_*, uuidgen, sendfile, fstatfs, sigaction, sigreturn, getcontext, setcontext, sigwait, thr_create, thr_exit, thr_self, thr_kill
        384, 385, 386, 388, 392, 393, 397, 416, 417, 421, 422, 429, 430, 431, 432, 433,
        // extattr_list_fd, thr_suspend, thr_wake, audit, _umtx_op, thr_new, sigqueue, kmq_*, abort2, thr_set_name, aio_fsync, rtprio_thread
        437, 442, 443, 447, 448, 449, 450, 451, 452, 454, 455, 456, 458, 459, 460, 461, 463, 464, 465, 466,
        // sctp_*, pread, pwrite, mmap, lseek, ftruncate, shm_open, cpuset_*affinity
        471, 472, 473, 474, 475, 476, 477, 478, 480, 482, 487, 488,
        // faccessat, fchmodat, fchownat, fexecve, fstatat, futimesat, linkat, mkdirat, mkfifoat, mknodat, openat, readlinkat
        489, 490, 491, 492, 493, 494, 495, 496, 497, 498, 499, 500,
        // renameat, symlinkat, unlinkat, closefrom, __cap_rights_get, cap_enter, cap_getmode, pdfork, pdkill, pdgetpid, pselect
        501, 502, 503, 509, 515, 516, 517, 518, 519, 520, 522,
        // getloginclass, posix_fallocate, posix_fadvise, cap_*, bindat, connectat, chflagsat, accept4, pipe2, ppoll, futimens, utimensat
        523, 530, 531, 533, 534, 535, 536, 537, 538, 539, 540, 541, 542, 545, 546, 547,
        // fdatasync, fstat, fstatat, getdirentries, fstatfs, mknodat, kevent, cpuset_*domain, getrandom, funlinkat, copy_file_range
        550, 551, 552, 554, 556, 559, 560, 561, 562, 563, 568, 569,
        // __sysctlbyname, shm_open2, sigfastblock, close_range, __specialfd, aio_*v, fspacectl, sched_getcpu, kqueuex, membarrier, timerfd_*
        570, 571, 573, 575, 577, 578, 579, 580, 581, 583, 584, 585, 586, 587,
    }.ToFrozenSet();

    /// <summary>syscallenter: ECAPMODE for a call that a process in capability mode may not make.</summary>
    public static Errno Check(SystemCall call)
    {
        if (!call.Process.Credentials.InCapabilityMode || s_allowed.Contains(call.Code)) return Errno.None;
        KernelTracing.Violation(call.Lwp, Ktrace.CAPFAIL_SYSCALL, default, default);
        return Errno.ECAPMODE;
    }

    /// <summary>The call that ended asked for what capability mode or a descriptor does not allow, and the process is to be trapped.</summary>
    public static bool IsViolation(Lwp lwp) => lwp.Call.Error is Errno.ENOTCAPABLE or Errno.ECAPMODE
        && lwp.Process.Credentials.InCapabilityMode && lwp.Process.Has(ProcessFlags2.TrapCapabilities);

    /// <summary>syscallret: a violation is a trap for who has asked for it by procctl(2), PROC_TRAPCAP_CTL.</summary>
    public static ValueTask Trap(Lwp lwp)
    {
        // si_syscall shares its place with si_trapno.
        var trap = new TrapSignal(Abi.Signals.SIGTRAP, Abi.Signals.TRAP_CAP, 0, (int)lwp.Call.Code) { Error = lwp.Call.Error };
        return Signals.Issuing.TrapSignal(lwp, trap);
    }
}
