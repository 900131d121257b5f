// threads.c: the fast paths in user mode; the kernel comes in when there is something to wait for.
#include "threads.h"

enum
{
    UMTX_OP_WAIT = 2, UMTX_OP_MUTEX_LOCK = 5, UMTX_OP_MUTEX_UNLOCK = 6, UMTX_OP_CV_WAIT = 8, UMTX_OP_CV_SIGNAL = 9,
    UMTX_OP_CV_BROADCAST = 10, UMTX_OP_RW_RDLOCK = 12, UMTX_OP_RW_WRLOCK = 13, UMTX_OP_RW_UNLOCK = 14, UMTX_OP_SEM2_WAIT = 23,
    UMTX_OP_SEM2_WAKE = 24,
};
enum { CVWAIT_ABSTIME = 2 };
static const uint32_t CONTESTED = 0x80000000, WRITE_OWNER = 0x80000000, WAITERS = 0x60000000, SEMAPHORE_WAITERS = 0x80000000;

struct thr_param
{
    void (*start_func)(void *);
    void *arg;
    char *stack_base;
    size_t stack_size;
    char *tls_base;
    size_t tls_size;
    long *child_tid, *parent_tid;
    int flags;
    void *rtp, *spare[3];
};
_Static_assert(sizeof(struct thr_param) == 104, "sys/thr.h");

// A failure is the negative error number, as the errno of several threads has no place here.
static long call(long number, const void *a, long b, long c, const void *d, const void *e)
{
    return system_call(number, (long)a, b, c, (long)d, (long)e, 0);
}

long _umtx_op(void *object, int operation, unsigned long value, void *address, void *address2)
{
    return call(SYS__umtx_op, object, operation, (long)value, address, address2);
}

long thread_self(void)
{
    long tid = 0;
    call(SYS_thr_self, &tid, 0, 0, NULL, NULL);
    return tid;
}

static void run(void *argument)
{
    thread_t *thread = argument;
    thread->function(thread->argument);
    call(SYS_thr_exit, &thread->exited, 0, 0, NULL, NULL);
}

int thread_create(thread_t *thread, const char *name, void (*function)(void *), void *argument)
{
    struct thr_param parameters = {
        .start_func = run, .arg = thread, .stack_base = thread->stack, .stack_size = sizeof thread->stack, .parent_tid = &thread->tid,
    };
    thread->exited = 0;
    thread->function = function;
    thread->argument = argument;
    long error = call(SYS_thr_new, &parameters, sizeof parameters, 0, NULL, NULL);
    if (error == 0)
        system_call(SYS_thr_set_name, thread->tid, (long)name, 0, 0, 0, 0);
    return (int)-error;
}

void thread_join(thread_t *thread)
{
    while (*(volatile long *)&thread->exited == 0)
        _umtx_op(&thread->exited, UMTX_OP_WAIT, 0, NULL, NULL);
}

static bool swap(volatile uint32_t *word, uint32_t expected, uint32_t value)
{
    return __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

int mutex_lock(mutex_t *mutex)
{
    uint32_t self = (uint32_t)thread_self();
    if (swap(&mutex->owner, 0, self) || swap(&mutex->owner, CONTESTED, self | CONTESTED))
        return 0;
    return (int)-_umtx_op(mutex, UMTX_OP_MUTEX_LOCK, 0, NULL, NULL);
}

void mutex_unlock(mutex_t *mutex)
{
    if (!swap(&mutex->owner, (uint32_t)thread_self(), 0))
        _umtx_op(mutex, UMTX_OP_MUTEX_UNLOCK, 0, NULL, NULL);
}

int condition_wait_until(condition_t *condition, mutex_t *mutex, const struct timespec *time)
{
    long error = _umtx_op(condition, UMTX_OP_CV_WAIT, CVWAIT_ABSTIME, mutex, (void *)time);
    mutex_lock(mutex);
    return (int)-error;
}

void condition_wait(condition_t *condition, mutex_t *mutex) { condition_wait_until(condition, mutex, NULL); }
void condition_signal(condition_t *condition) { if (condition->has_waiters) _umtx_op(condition, UMTX_OP_CV_SIGNAL, 0, NULL, NULL); }
void condition_broadcast(condition_t *condition) { if (condition->has_waiters) _umtx_op(condition, UMTX_OP_CV_BROADCAST, 0, NULL, NULL); }

void rwlock_read(rwlock_t *lock)
{
    uint32_t state = lock->state;
    if ((state & (WRITE_OWNER | WAITERS)) != 0 || !swap(&lock->state, state, state + 1))
        _umtx_op(lock, UMTX_OP_RW_RDLOCK, 0, NULL, NULL);
}

void rwlock_write(rwlock_t *lock)
{
    if (!swap(&lock->state, 0, WRITE_OWNER))
        _umtx_op(lock, UMTX_OP_RW_WRLOCK, 0, NULL, NULL);
}

void rwlock_unlock(rwlock_t *lock)
{
    uint32_t state = lock->state;
    if ((state & WAITERS) != 0 || !swap(&lock->state, state, (state & WRITE_OWNER) != 0 ? 0 : state - 1))
        _umtx_op(lock, UMTX_OP_RW_UNLOCK, 0, NULL, NULL);
}

void semaphore_wait(semaphore_t *semaphore)
{
    for (;;)
    {
        uint32_t count = semaphore->count;
        if ((count & ~SEMAPHORE_WAITERS) == 0)
            _umtx_op(semaphore, UMTX_OP_SEM2_WAIT, 0, NULL, NULL);
        else if (swap(&semaphore->count, count, count - 1))
            return;
    }
}

void semaphore_post(semaphore_t *semaphore)
{
    if ((__atomic_fetch_add(&semaphore->count, 1, __ATOMIC_SEQ_CST) & SEMAPHORE_WAITERS) != 0)
        _umtx_op(semaphore, UMTX_OP_SEM2_WAKE, 0, NULL, NULL);
}
