// process.h: what the cases on processes share beside what the tracing cases have. They print nothing and exit with 0 too.
#pragma once
#include "../ptrace/family.h"

enum { EPERM = 1, ESRCH = 3, EAGAIN = 35, EACCES = 13, EBUSY = 16, EOPNOTSUPP = 45 };
enum { WNOWAIT = 8, WCONTINUED = 4, WEXITED = 16, WTRAPPED = 32 };
enum { SIGTSTP = 18 };

// A call that fails with an error number, which must not be 0.
#define EXPECT_ERROR(call, error)                                                                                      \
    do                                                                                                                 \
    {                                                                                                                  \
        errno = 0;                                                                                                     \
        CHECK_EQUAL(call, -1);                                                                                         \
        CHECK_EQUAL(errno, error);                                                                                     \
    } while (0)

static inline int setpgid(int pid, int group) { return (int)call4(82, pid, group, 0, 0); }
static inline int getpgid(int pid) { return (int)call4(207, pid, 0, 0, 0); }
static inline int setsid(void) { return (int)call4(147, 0, 0, 0, 0); }
static inline int getsid(int pid) { return (int)call4(310, pid, 0, 0, 0); }

struct timeval { long tv_sec, tv_usec; };
struct rusage { struct timeval user, system; long others[14]; };
struct wrusage { struct rusage self, children; };
_Static_assert(sizeof(struct wrusage) == 288, "__wrusage");

static inline int wait6(int id_type, long id, int *status, int options, struct wrusage *usage, siginfo_t *info)
{
    long result = system_call(SYS_wait6, id_type, id, (long)status, options, (long)usage, (long)info);
    if (result >= 0)
        return (int)result;
    errno = (int)-result;
    return -1;
}

// A pipe on which one process tells another to go on.
struct gate { int ends[2]; };
static inline struct gate make_gate(void)
{
    struct gate gate;
    make_pipe(gate.ends);
    return gate;
}
static inline void open_gate(struct gate gate) { CHECK_EQUAL(write(gate.ends[1], "g", 1), 1); }
static inline void pass_gate(struct gate gate)
{
    char byte;
    CHECK_EQUAL(read(gate.ends[0], &byte, 1), 1);
}
static inline void tell(struct gate gate, int number) { CHECK_EQUAL(write(gate.ends[1], &number, sizeof number), sizeof number); }
static inline int hear(struct gate gate)
{
    int number;
    CHECK_EQUAL(read(gate.ends[0], &number, sizeof number), sizeof number);
    return number;
}

// Sleeps until a signal ends it.
_Noreturn static inline void sleep_for_ever(void)
{
    struct timespec long_time = {1000000, 0};
    for (;;)
        nanosleep(&long_time, NULL);
}
