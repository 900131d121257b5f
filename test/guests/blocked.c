// blocked: one thread sleeps in read(2), which is made again after a signal, and one in nanosleep(2), which is not, when the first thread comes to
// "checkpoint". The threads print how their calls ended.
#include "runtime/threads.h"

enum { SYS_pipe2 = 542 };

static thread_t reader, sleeper;
static volatile int begun, calls;
static int ends[2];

NOINLINE int twice(int number)
{
    calls++;
    return 2 * number;
}

NOINLINE int nap(int milliseconds)
{
    struct timespec time = {0, milliseconds * 1000000L};
    calls++;
    return nanosleep(&time, NULL);
}

NOINLINE void checkpoint(void)
{
    __asm__ volatile("");
}

static void read_one(void *unused)
{
    char byte = 0;
    (void)unused;
    begun++;
    long count = read(ends[0], &byte, 1);
    printf("read: %ld, '%c', twice called %d times\n", count, byte, calls);
}

static void sleep_long(void *unused)
{
    struct timespec time = {1000000, 0};
    (void)unused;
    begun++;
    if (nanosleep(&time, NULL) == 0) printf("slept\n");
    else printf("sleep: error %d\n", errno);
}

int main(void)
{
    struct timespec moment = {0, 1000000};
    system_call(SYS_pipe2, (long)ends, 0, 0, 0, 0, 0);
    thread_create(&reader, "reader", read_one, NULL);
    thread_create(&sleeper, "sleeper", sleep_long, NULL);
    while (begun < 2)
        nanosleep(&moment, NULL);
    nanosleep(&moment, NULL);
    checkpoint();
    write(ends[1], "x", 1);
    thread_join(&reader);
    printf("done\n");
    checkpoint();
    return 0;
}
