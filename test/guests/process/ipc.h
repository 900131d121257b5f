// ipc.h: what the cases on timers, asynchronous transfers, semaphores, messages and shared memory have in common.
#pragma once
#include "process.h"

enum { SIGEV_NONE = 0, SIGEV_SIGNAL = 1, SIGEV_THREAD = 2, SIGEV_KEVENT = 3, SIGEV_THREAD_ID = 4 };
struct sigevent
{
    int notify, signo;
    long value;
    int thread; // with SIGEV_KEVENT the flags
    int pad[15];
};
_Static_assert(sizeof(struct sigevent) == 80, "struct sigevent");

static inline long checked6(long number, long a, long b, long c, long d, long e, long f)
{
    long result = system_call(number, a, b, c, d, e, f);
    errno = result < 0 ? (int)-result : 0;
    return result < 0 ? -1 : result;
}

static inline long checked(long number, long a, long b, long c, long d) { return checked6(number, a, b, c, d, 0, 0); }

static inline void sleep_for(long nanoseconds)
{
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    CHECK_EQUAL(nanosleep(&time, 0), 0);
}
