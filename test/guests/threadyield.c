// threadyield: a thread that works and one that does nothing but offer its turn to others. A debugger may stop the first at each of its turns, and the
// second must get on all the same.
#include "runtime/threads.h"

enum { ENOUGH = 1000000, SYS_sched_yield = 331 };

static thread_t worker, yielder;
static volatile long turns;

NOINLINE void begin(void)
{
    turns = 1;
}

NOINLINE void turn(void)
{
    turns++;
}

static void work(void *argument)
{
    (void)argument;
    while (turns == 0)
        ;
    while (turns < ENOUGH)
        turn();
}

static void yield(void *argument)
{
    (void)argument;
    begin();
    while (turns < ENOUGH)
        system_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

int main(void)
{
    thread_create(&worker, "worker", work, NULL);
    thread_create(&yielder, "yielder", yield, NULL);
    thread_join(&worker);
    thread_join(&yielder);
    return 0;
}
