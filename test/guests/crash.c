// crash.c [SIGNAL]: two threads; "sleeper" waits for ever, the first dies three calls deep: of writing to no address, or of SIGNAL.
#include "runtime/runtime.h"
#include "runtime/threads.h"

char message[] = "left in memory";
int *nowhere;
volatile int calls;

static thread_t sleeper;
static mutex_t never_free = {.owner = 1};

static NOINLINE void wait_for_ever(void *argument)
{
    (void)argument;
    mutex_lock(&never_free);
}

static NOINLINE int deepest(int signal, int value)
{
    calls += 1;
    if (signal != 0)
        raise(signal);
    else
        *nowhere = value;
    return value;
}

static NOINLINE int deeper(int signal, int value)
{
    int result = deepest(signal, value * 2);
    calls += 1;
    return result + 1;
}

int main(int count, char **arguments)
{
    int signal = count > 1 ? (int)strtol10(arguments[1]) : 0;

    thread_create(&sleeper, "sleeper", wait_for_ever, NULL);
    nanosleep(&(struct timespec){0, 1000000}, NULL);
    printf("%s\n", message);
    return deeper(signal, 21);
}
