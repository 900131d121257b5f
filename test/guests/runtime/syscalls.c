// syscalls.c: the system calls as C functions.
#include "runtime.h"

int errno;

static long checked(long result)
{
    if (result >= 0 || result < -4095)
        return result;
    errno = (int)-result;
    return -1;
}

#define CALL6(name, a, b, c, d, e, f) \
    checked(system_call(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)))
#define CALL4(name, a, b, c, d) CALL6(name, a, b, c, d, 0, 0)
#define CALL3(name, a, b, c) CALL6(name, a, b, c, 0, 0, 0)
#define CALL2(name, a, b) CALL6(name, a, b, 0, 0, 0, 0)
#define CALL1(name, a) CALL6(name, a, 0, 0, 0, 0, 0)
#define CALL0(name) CALL6(name, 0, 0, 0, 0, 0, 0)

_Noreturn void exit(int status)
{
    for (;;)
        CALL1(exit, status);
}

long write(int fd, const void *from, size_t size) { return CALL3(write, fd, from, size); }

#ifndef __linux__
long read(int fd, void *to, size_t size) { return CALL3(read, fd, to, size); }
int open(const char *path, int flags, int mode) { return (int)CALL3(open, path, flags, mode); }
int close(int fd) { return (int)CALL1(close, fd); }

int getpid(void) { return (int)CALL0(getpid); }
int getppid(void) { return (int)CALL0(getppid); }
int fork(void) { return (int)CALL0(fork); }
int wait4(int pid, int *status, int options, void *usage) { return (int)CALL4(wait4, pid, status, options, usage); }
int execve(const char *path, char *const *arguments, char *const *environment)
{
    return (int)CALL3(execve, path, arguments, environment);
}
int getcwd(char *to, size_t size) { return (int)CALL2(__getcwd, to, size); }
int nanosleep(const struct timespec *time, struct timespec *left) { return (int)CALL2(nanosleep, time, left); }

void *mmap(void *address, size_t size, int protection, int flags, int fd, long offset)
{
    return (void *)CALL6(mmap, address, size, protection, flags, fd, offset);
}
int munmap(void *address, size_t size) { return (int)CALL2(munmap, address, size); }
int mprotect(void *address, size_t size, int protection) { return (int)CALL3(mprotect, address, size, protection); }

extern char _end[]; // the linker's end of the program's data, where the break begins

void *sbrk(long increment)
{
    static char *current = _end;
    char *old = current;
    if (CALL1(break, old + increment) == -1)
        return (void *)-1;
    current = old + increment;
    return old;
}

int kill(int pid, int signal) { return (int)CALL2(kill, pid, signal); }

int raise(int signal)
{
    long thread;
    if (CALL1(thr_self, &thread) == -1)
        return -1;
    return (int)CALL2(thr_kill, thread, signal);
}

int sigaction(int signal, const struct sigaction *new, struct sigaction *old)
{
    return (int)CALL3(sigaction, signal, new, old);
}
int sigprocmask(int how, const sigset_t *new, sigset_t *old) { return (int)CALL3(sigprocmask, how, new, old); }
int sigaltstack(const stack_t *new, stack_t *old) { return (int)CALL2(sigaltstack, new, old); }

sigset_t signal_set(int signal)
{
    sigset_t set = {{0}};
    set.bits[(signal - 1) / 32] = 1u << ((signal - 1) % 32);
    return set;
}
#endif
