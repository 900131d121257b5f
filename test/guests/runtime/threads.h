// threads.h: threads and their locks as libthr makes them of thr_new(2) and _umtx_op(2). Static initialisers are all zeros.
#pragma once
#include "runtime.h"

enum { SYS_thr_exit = 431, SYS__umtx_op = 454, SYS_thr_new = 455, SYS_thr_set_name = 464 };

typedef struct thread
{
    long tid;
    long exited; // thr_exit stores 1 and wakes who waits
    void (*function)(void *);
    void *argument;
    char stack[32768] __attribute__((aligned(16)));
} thread_t;

typedef struct { volatile uint32_t owner; uint32_t flags, ceilings[2]; unsigned long link; uint32_t spare[2]; } mutex_t;
typedef struct { volatile uint32_t has_waiters; uint32_t flags, clock, spare; } condition_t;
typedef struct { volatile uint32_t state; uint32_t flags, blocked_readers, blocked_writers, spare[4]; } rwlock_t;
typedef struct { volatile uint32_t count; uint32_t flags; } semaphore_t;
_Static_assert(sizeof(mutex_t) == 32 && sizeof(condition_t) == 16 && sizeof(rwlock_t) == 32, "sys/_umtx.h");

enum { PROCESS_SHARED = 1, ROBUST = 0x10 }; // flags of any of them; of a mutex

long _umtx_op(void *object, int operation, unsigned long value, void *address, void *address2);

int thread_create(thread_t *thread, const char *name, void (*function)(void *), void *argument);
void thread_join(thread_t *thread);
long thread_self(void);

int mutex_lock(mutex_t *mutex); // 0, or EOWNERDEAD with the mutex
void mutex_unlock(mutex_t *mutex);
void condition_wait(condition_t *condition, mutex_t *mutex);
int condition_wait_until(condition_t *condition, mutex_t *mutex, const struct timespec *time); // of CLOCK_REALTIME
void condition_signal(condition_t *condition);
void condition_broadcast(condition_t *condition);
void rwlock_read(rwlock_t *lock);
void rwlock_write(rwlock_t *lock);
void rwlock_unlock(rwlock_t *lock);
void semaphore_wait(semaphore_t *semaphore);
void semaphore_post(semaphore_t *semaphore);
