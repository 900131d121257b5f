// identity: programs by descriptor, saved contexts, set-user-ID and locks between processes: what needs more than one process or program.
#include "runtime/runtime.h"

enum
{
    SYS_geteuid = 25, SYS_fcntl = 92, SYS_getcontext = 421, SYS_setcontext = 422, SYS_swapcontext = 423, SYS_issetugid = 253,
    SYS_shm_open2 = 571, SYS_ftruncate = 480, SYS_fexecve = 492, SYS_pipe2 = 542, SYS__umtx_op = 454,
};
enum { F_SETLKW = 13, F_WRLCK = 3, F_UNLCK = 2, SHM_ANON = 1, UMTX_OP_SHM = 25 };

struct flock { long start, length; int pid; short type, whence; int sysid, spare; };

static long call(long number, long a, long b, long c, long d) { return system_call(number, a, b, c, d, 0, 0); }

// In the caller's own frame, which is still there when the context is taken up again.
#if defined(__aarch64__)
#define CALL_HERE(number, first, second)                                                                               \
    ({                                                                                                                 \
        register long x8_ __asm__("x8") = (number);                                                                    \
        register long x0_ __asm__("x0") = (long)(first);                                                               \
        register long x1_ __asm__("x1") = (long)(second);                                                              \
        __asm__ volatile("svc #0" : "+r"(x0_), "+r"(x1_) : "r"(x8_) : "cc", "memory");                                 \
        x0_;                                                                                                           \
    })
#else
#define CALL_HERE(number, first, second)                                                                               \
    ({                                                                                                                 \
        long result_ = (number);                                                                                       \
        __asm__ volatile("syscall" : "+a"(result_) : "D"(first), "S"(second)                                           \
                         : "rcx", "rdx", "r8", "r9", "r10", "r11", "cc", "memory");                                    \
        result_;                                                                                                       \
    })
#endif

static long lock(int fd, short type, long start)
{
    struct flock region = {.start = start, .length = 1, .type = type};
    return call(SYS_fcntl, fd, F_SETLKW, (long)&region, 0);
}

static void contexts(void)
{
    static ucontext_t saved, other;
    volatile int passes = 0;
    long result = CALL_HERE(SYS_getcontext, &saved, 0L);
    passes++;
    printf("getcontext %ld, pass %d\n", result, passes);
    if (passes < 3)
    {
        // The mask is part of it.
        sigset_t mask = signal_set(SIGUSR1), now;
        sigprocmask(SIG_BLOCK, &mask, NULL);
        sigprocmask(SIG_BLOCK, NULL, &now);
        printf("blocked %d\n", (now.bits[0] & mask.bits[0]) != 0);
        result = passes == 1 ? CALL_HERE(SYS_setcontext, &saved, 0L) : CALL_HERE(SYS_swapcontext, &other, &saved);
        printf("never: %ld\n", result);
    }
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("mask %u, none %ld\n", now.bits[0], -call(SYS_setcontext, 0, 0, 0, 0));
}

static void locks(void)
{
    int fd = open("/tmp/lock", O_RDWR | O_CREAT, 0600), ends[2], pid;
    call(SYS_pipe2, (long)ends, 0, 0, 0);
    lock(fd, F_WRLCK, 0);
    if ((pid = fork()) == 0)
    {
        long mine = lock(fd, F_WRLCK, 1);
        write(ends[1], "x", 1);
        long parents = lock(fd, F_WRLCK, 0);
        printf("child: %ld %ld\n", mine, parents);
        exit(0);
    }
    char byte;
    read(ends[0], &byte, 1);
    // The child is on its way to wait for the parent's lock.
    struct timespec moment = {0, 10000000};
    nanosleep(&moment, NULL);
    printf("a circle: %ld\n", -lock(fd, F_WRLCK, 1));
    lock(fd, F_UNLCK, 0);
    wait4(pid, NULL, 0, NULL);
}

static void shared_memory(void)
{
    int fd = (int)call(SYS_shm_open2, SHM_ANON, O_RDWR, 0600, 0);
    call(SYS_ftruncate, fd, 8192, 0, 0);
    volatile int *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int pid = fork();
    if (pid == 0)
    {
        shared[1024] = 7;
        exit(0);
    }
    wait4(pid, NULL, 0, NULL);
    printf("from the child: %d\n", shared[1024]);
    long lookup = system_call(SYS__umtx_op, 0, UMTX_OP_SHM, 2, (long)shared, 0, 0);
    long made = system_call(SYS__umtx_op, 0, UMTX_OP_SHM, 1, (long)shared, 0, 0);
    long again = system_call(SYS__umtx_op, 0, UMTX_OP_SHM, 2, (long)shared, 0, 0);
    printf("umtx: %ld, then %d %d\n", -lookup, made > 0, again > made);
}

int main(int argc, char **argv)
{
    if (argc > 1)
    {
        printf("%s: %s, euid %ld, tainted %ld\n", argv[0], argv[1], call(SYS_geteuid, 0, 0, 0, 0), call(SYS_issetugid, 0, 0, 0, 0));
        return 0;
    }
    contexts();
    locks();
    shared_memory();
    int fd = open(argv[0], O_RDONLY, 0), pid = fork();
    char *arguments[] = {"by descriptor", "here", NULL};
    if (pid == 0)
        exit((int)-call(SYS_fexecve, fd, (long)arguments, (long)environ, 0));
    int status;
    wait4(pid, &status, 0, NULL);
    printf("status %d, a pipe %ld\n", WEXITSTATUS(status), -call(SYS_fexecve, 0, (long)arguments, (long)environ, 0));
    return 0;
}
