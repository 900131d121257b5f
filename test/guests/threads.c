// threads.c: two threads count under a mutex, the last to end wakes the first thread; then a signal is waited for.
#include "runtime/runtime.h"

enum { SYS_sched_yield = 331, SYS_sigwait = 429, SYS_thr_exit = 431, SYS_umtx_op = 454, SYS_thr_new = 455 };
enum { UMTX_MUTEX_LOCK = 5, UMTX_MUTEX_UNLOCK = 6, UMTX_CV_WAIT = 8, UMTX_CV_SIGNAL = 9, UMTX_WAIT_UINT_PRIVATE = 15, UMTX_WAKE_PRIVATE = 16 };
enum { ETIMEDOUT = 60, EACH = 50, STACK = 65536 };

struct umutex { uint32_t owner, flags; uint64_t spare[3]; };
struct ucond { uint32_t has_waiters, flags, clock, spare; };
struct thr_param
{
    void (*start)(void *);
    void *argument;
    char *stack_base;
    size_t stack_size;
    void *spare[9];
};
_Static_assert(sizeof(struct umutex) == 32 && sizeof(struct ucond) == 16 && sizeof(struct thr_param) == 104, "sizes");

static struct umutex mutex;
static struct ucond condition;
static volatile int count, ended;
static volatile uint32_t all_ended;

static long umtx(void *object, int operation, unsigned long value, void *first, void *second)
{
    return system_call(SYS_umtx_op, (long)object, operation, (long)value, (long)first, (long)second, 0);
}

static void run(void *argument)
{
    (void)argument;
    for (int i = 0; i < EACH; i++)
    {
        umtx(&mutex, UMTX_MUTEX_LOCK, 0, NULL, NULL);
        int seen = count;
        system_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
        count = seen + 1;
        umtx(&mutex, UMTX_MUTEX_UNLOCK, 0, NULL, NULL);
    }
    umtx(&mutex, UMTX_MUTEX_LOCK, 0, NULL, NULL);
    if (++ended == 2)
    {
        umtx(&condition, UMTX_CV_SIGNAL, 0, NULL, NULL);
        all_ended = 1;
        umtx((void *)&all_ended, UMTX_WAKE_PRIVATE, 1, NULL, NULL);
    }
    umtx(&mutex, UMTX_MUTEX_UNLOCK, 0, NULL, NULL);
    system_call(SYS_thr_exit, 0, 0, 0, 0, 0, 0);
}

int main(void)
{
    for (int i = 0; i < 2; i++)
    {
        struct thr_param parameters = {
            .start = run, .stack_base = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0), .stack_size = STACK,
        };
        printf("start: %ld\n", system_call(SYS_thr_new, (long)&parameters, sizeof parameters, 0, 0, 0, 0));
    }
    umtx(&mutex, UMTX_MUTEX_LOCK, 0, NULL, NULL);
    while (ended < 2)
    {
        umtx(&condition, UMTX_CV_WAIT, 0, &mutex, NULL);
        umtx(&mutex, UMTX_MUTEX_LOCK, 0, NULL, NULL);
    }
    umtx(&mutex, UMTX_MUTEX_UNLOCK, 0, NULL, NULL);
    while (all_ended == 0)
        umtx((void *)&all_ended, UMTX_WAIT_UINT_PRIVATE, 0, NULL, NULL);
    printf("count %d\n", count);
    printf("not mine: %ld\n", umtx(&mutex, UMTX_MUTEX_UNLOCK, 0, NULL, NULL));
    struct timespec time = {0, 1000000};
    long late = umtx((void *)&all_ended, UMTX_WAIT_UINT_PRIVATE, 1, (void *)sizeof time, &time);
    printf("wait: %s\n", late == -ETIMEDOUT ? "timed out" : "wrong");

    sigset_t set = signal_set(SIGUSR1);
    int signal = 0;
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    long error = system_call(SYS_sigwait, (long)&set, (long)&signal, 0, 0, 0, 0);
    printf("sigwait: %ld, signal %d\n", error, signal);
    return 0;
}
