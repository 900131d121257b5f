// exclusives: what opens and closes the monitor of load-exclusive and store-exclusive.
#if !defined(__aarch64__)
#error "about arm64's exclusives"
#endif
#include "runtime/threads.h"

static volatile unsigned long cell, other, marked, stored;

// A store of what was loaded, after what is done in between. 0: it was made.
#define STORE_AFTER(between, address)                                                                                  \
    ({                                                                                                                 \
        unsigned long value_;                                                                                          \
        unsigned int status_;                                                                                          \
        register long x0_ __asm__("x0") = 0;                                                                           \
        register long x8_ __asm__("x8") = SYS_getpid;                                                                  \
        __asm__ volatile("ldxr %0, %4\n" between "stxr %w1, %0, %5"                                                    \
                         : "=&r"(value_), "=&r"(status_), "+r"(x0_), "+r"(x8_)                                         \
                         : "Q"(cell), "Q"(address), "r"(&marked), "r"(&stored)                                         \
                         : "x1", "x9", "cc", "memory");                                                                \
        status_;                                                                                                       \
    })

// Stores the value that is there, once the other thread has loaded it.
static void disturb(void *argument)
{
    (void)argument;
    while (!marked)
        ;
    cell = cell;
    stored = 1;
}

static void add(void *argument)
{
    (void)argument;
    for (int turn = 0; turn < 20000; turn++)
    {
        unsigned long value;
        unsigned int status;
        do
            __asm__ volatile("ldxr %0, %2\nadd %0, %0, #1\nstxr %w1, %0, %2" : "=&r"(value), "=&r"(status) : "Q"(cell) : "memory");
        while (status);
    }
}

int main(void)
{
    static thread_t threads[4];
    unsigned int status;

    printf("nothing: %u\n", STORE_AFTER("", cell));
    printf("clrex: %u\n", STORE_AFTER("clrex\n", cell));
    printf("a system call: %u\n", STORE_AFTER("svc #0\n", cell));
    printf("another address: %u\n", STORE_AFTER("", other));
    __asm__ volatile("ldxr x9, %1\nstxr w10, x9, %1\nstxr %w0, x9, %1" : "=&r"(status) : "Q"(cell) : "x9", "x10", "memory");
    printf("twice: %u\n", status);
    thread_create(&threads[0], "disturber", disturb, NULL);
    printf("another thread, the same value: %u\n", STORE_AFTER("mov x9, #1\nstr x9, [%6]\n0: ldr x9, [%7]\ncbz x9, 0b\n", cell));
    thread_join(&threads[0]);
    cell = 0;
    for (int number = 0; number < 4; number++)
        thread_create(&threads[number], "adder", add, NULL);
    for (int number = 0; number < 4; number++)
        thread_join(&threads[number]);
    printf("counter %lu\n", cell);
    return 0;
}
