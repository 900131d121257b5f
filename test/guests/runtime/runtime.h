// runtime.h: the whole "libc" of the guests. Names and meanings are those of the real one.
#pragma once
#include "freebsd.h"
#if defined(__x86_64__)
#include "amd64.h"
#elif defined(__aarch64__)
#include "arm64.h"
#else
#error "this CPU has no header here yet"
#endif
#include <stdarg.h>
#include <stdbool.h>

#define NOINLINE __attribute__((noinline))

typedef struct ucontext
{
    sigset_t sigmask;
    struct mcontext mcontext;
} ucontext_t;

// start.c
extern char **environ;
unsigned long auxiliary(unsigned long type, unsigned long otherwise); // a value of the auxiliary vector

// print.c: %d %u %x %c %s %p %%, with l, width, 0 and -; one write(2) per call, at most 512 bytes
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int dprintf(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

// string.c
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
long strtol10(const char *text); // a decimal number, with a sign

// syscalls.c: -1 and errno on failure
extern int errno;
_Noreturn void exit(int status);
long write(int fd, const void *from, size_t size);
long read(int fd, void *to, size_t size);
int open(const char *path, int flags, int mode);
int close(int fd);
int getpid(void);
int getppid(void);
int fork(void);
int wait4(int pid, int *status, int options, void *usage);
int execve(const char *path, char *const *arguments, char *const *environment);
int getcwd(char *to, size_t size);
int nanosleep(const struct timespec *time, struct timespec *left);
void *mmap(void *address, size_t size, int protection, int flags, int fd, long offset);
int munmap(void *address, size_t size);
int mprotect(void *address, size_t size, int protection);
void *sbrk(long increment);
int kill(int pid, int signal);
int raise(int signal); // to this thread
int sigaction(int signal, const struct sigaction *new, struct sigaction *old);
int sigprocmask(int how, const sigset_t *new, sigset_t *old);
int sigaltstack(const stack_t *new, stack_t *old);
sigset_t signal_set(int signal); // the set of one signal
