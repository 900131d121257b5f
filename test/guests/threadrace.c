// threadrace: two threads that add without a lock. What is lost is a matter of when they are switched: it depends on the seed, and on
// nothing else.
#include "runtime/threads.h"

static volatile int counter;

static void add(void *argument)
{
    (void)argument;
    for (int turn = 0; turn < 100000; turn++)
    {
        int seen = counter;
        counter = seen + 1;
    }
}

int main(void)
{
    static thread_t threads[2];
    for (int number = 0; number < 2; number++)
        thread_create(&threads[number], "adder", add, NULL);
    for (int number = 0; number < 2; number++)
        thread_join(&threads[number]);
    printf("counter %d\n", counter);
    return 0;
}
