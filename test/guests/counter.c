// counter: the CPU's counter of time is one for all threads, and goes on while they sleep.
#include "runtime/threads.h"

static unsigned long counter(void)
{
#if defined(__x86_64__)
    unsigned int low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (unsigned long)high << 32 | low;
#else
    unsigned long value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#endif
}

static void read_counter(void *value)
{
    *(unsigned long *)value = counter();
}

int main(void)
{
    static thread_t thread;
    unsigned long elsewhere = 0, first = counter();
    const struct timespec second = {1, 0};
    nanosleep(&second, NULL);
    unsigned long slept = counter();
    thread_create(&thread, "reader", read_counter, &elsewhere);
    thread_join(&thread);
    unsigned long last = counter();

    printf("a second of sleep: %s\n", slept - first >= 1000000000 && slept - first < 1001000000 ? "counted" : "wrong");
    printf("in another thread: %s\n", slept < elsewhere && elsewhere < last ? "between" : "wrong");
    return 0;
}
