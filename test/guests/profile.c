// profile: the timers of processor time tell the thread that has used it, which is what a profiler goes by; here the second of three.
#include "runtime/threads.h"

enum { SYS_setitimer = 83, SIGVTALRM = 26, SIGPROF = 27, ITIMER_VIRTUAL = 1, ITIMER_PROF = 2, ENOUGH = 20 };

static thread_t worker, waiter;
static volatile int at_work, elsewhere;

static void on_signal(int signal)
{
    (void)signal;
    if (thread_self() == worker.tid)
        at_work++;
    else
        elsewhere++;
}

static void measure(int timer, int signal)
{
    struct sigaction action = {.sa_handler = on_signal};
    long every_millisecond[4] = {0, 1000, 0, 1000}, never[4] = {0}; // interval and value, in seconds and microseconds
    sigaction(signal, &action, NULL);
    at_work = elsewhere = 0;
    system_call(SYS_setitimer, timer, (long)every_millisecond, 0, 0, 0, 0);
    while (at_work + elsewhere < ENOUGH)
        ;
    system_call(SYS_setitimer, timer, (long)never, 0, 0, 0, 0);
    printf("signal %d: %s at work, %d elsewhere\n", signal, at_work >= ENOUGH ? "all" : "some", elsewhere);
}

static void work(void *argument)
{
    (void)argument;
    measure(ITIMER_VIRTUAL, SIGVTALRM);
    measure(ITIMER_PROF, SIGPROF);
}

static void idle(void *argument)
{
    (void)argument;
    thread_join(&worker);
}

int main(void)
{
    thread_create(&worker, "worker", work, NULL);
    thread_create(&waiter, "waiter", idle, NULL);
    thread_join(&worker);
    thread_join(&waiter);
    return 0;
}
