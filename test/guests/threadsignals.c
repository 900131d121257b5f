// threadsignals.c: three threads that work until a signal of their own comes; each handler notes whose thread it runs on. A debugger
// may stop them anywhere, and hold and step any of them: "turns" count what each has done.
#include "runtime/threads.h"

enum { THREADS = 3, ENOUGH = 1000000, SYS_sched_yield = 331 };

struct worker
{
    thread_t thread;
    volatile long turns;
    volatile int signal;
};

static struct worker workers[THREADS];
static volatile int ready;

NOINLINE void note(struct worker *worker, int signal)
{
    worker->signal = signal;
}

static void handle(int signal)
{
    long self = thread_self();
    for (int number = 0; number < THREADS; number++)
        if (workers[number].thread.tid == self)
            note(&workers[number], signal);
}

NOINLINE void begin(struct worker *worker)
{
    worker->turns = 1;
}

NOINLINE void turn(struct worker *worker)
{
    worker->turns++;
}

static void work(void *argument)
{
    struct worker *worker = argument;
    __atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
    while (ready < THREADS)
        system_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
    begin(worker);
    while (worker->signal == 0 && worker->turns < ENOUGH)
        turn(worker);
}

int main(void)
{
    static const char *const names[THREADS] = {"first", "second", "third"};
    struct sigaction action = {.sa_handler = handle};

    for (int signal = SIGUSR1; signal <= SIGUSR2; signal++)
        sigaction(signal, &action, NULL);
    for (int number = 0; number < THREADS; number++)
        thread_create(&workers[number].thread, names[number], work, &workers[number]);
    for (int number = 0; number < THREADS; number++)
    {
        thread_join(&workers[number].thread);
        printf("%s: signal %d\n", names[number], workers[number].signal);
    }
    return 0;
}
