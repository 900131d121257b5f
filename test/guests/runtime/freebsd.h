// freebsd.h: the part of FreeBSD's user interface that the guests use; names and values are those of its headers.
#pragma once
#include <stddef.h>
#include <stdint.h>

// System call numbers (sys/kern/syscalls.master).
enum
{
#ifdef __linux__ // only what the programs that compute and print need, so that they run natively for comparison
#ifdef __aarch64__
    SYS_write = 64,
    SYS_exit = 93,
#else
    SYS_write = 1,
    SYS_exit = 60,
#endif
#else
    SYS_exit = 1,
    SYS_fork = 2,
    SYS_read = 3,
    SYS_write = 4,
    SYS_open = 5,
    SYS_close = 6,
    SYS_wait4 = 7,
    SYS_break = 17,
    SYS_getpid = 20,
    SYS_kill = 37,
    SYS_getppid = 39,
    SYS_sigaltstack = 53,
    SYS_execve = 59,
    SYS_munmap = 73,
    SYS_mprotect = 74,
    SYS_nanosleep = 240,
    SYS___getcwd = 326,
    SYS_sigprocmask = 340,
    SYS_sigaction = 416,
    SYS_thr_self = 432,
    SYS_thr_kill = 433,
    SYS_mmap = 477,
#endif
};

enum { EINTR = 4, EFAULT = 14, EINVAL = 22, ERANGE = 34 };
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x200, O_TRUNC = 0x400 };
enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum { MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANON = 0x1000 };
#define MAP_FAILED ((void *)-1)

enum
{
    SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGFPE = 8, SIGKILL = 9, SIGBUS = 10,
    SIGSEGV = 11, SIGPIPE = 13, SIGALRM = 14, SIGTERM = 15, SIGSTOP = 17, SIGCONT = 19, SIGCHLD = 20, SIGUSR1 = 30, SIGUSR2 = 31,
};
enum { SA_ONSTACK = 1, SA_RESTART = 2, SA_RESETHAND = 4, SA_NODEFER = 0x10, SA_SIGINFO = 0x40 };
enum { SIG_BLOCK = 1, SIG_UNBLOCK = 2, SIG_SETMASK = 3 };
enum { SS_ONSTACK = 1, SS_DISABLE = 4 };
enum { SI_USER = 0x10001, SI_LWP = 0x10007, SEGV_MAPERR = 1, SEGV_ACCERR = 2, FPE_INTDIV = 2, TRAP_BRKPT = 1 };
#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)

typedef struct { uint32_t bits[4]; } sigset_t;
typedef struct { void *ss_sp; size_t ss_size; int ss_flags; } stack_t;
struct timespec { long tv_sec, tv_nsec; };

typedef struct
{
    int si_signo, si_errno, si_code, si_pid;
    unsigned si_uid;
    int si_status;
    void *si_addr;
    long si_value;
    int si_trapno;
    long spare[4];
} siginfo_t;

struct sigaction
{
    union
    {
        void (*sa_handler)(int);
        void (*sa_sigaction)(int, siginfo_t *, void *);
    };
    int sa_flags;
    sigset_t sa_mask;
};

_Static_assert(sizeof(siginfo_t) == 80 && offsetof(siginfo_t, si_trapno) == 40, "siginfo_t");
_Static_assert(sizeof(struct sigaction) == 32 && sizeof(stack_t) == 24, "struct sigaction, stack_t");

// The status that wait4 gives.
#define WIFEXITED(status) (((status) & 0x7f) == 0)
#define WEXITSTATUS(status) (((status) >> 8) & 0xff)
#define WTERMSIG(status) ((status) & 0x7f)
