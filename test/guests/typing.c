// typing.c: says how often it looked before each line of its input came, what its clock was then, and how often a timer rang meanwhile.
#include "runtime/runtime.h"

enum { SYS_poll = 209, SYS_clock_gettime = 232, SYS_setitimer = 83, CLOCK_MONOTONIC = 4, ITIMER_REAL = 0, POLLIN = 1 };

struct pollfd { int fd; short events, revents; };
struct timeval { long seconds, microseconds; };
struct itimerval { struct timeval interval, value; };

static volatile int rings;

static long ready(struct pollfd *input, int milliseconds)
{
    return system_call(SYS_poll, (long)input, 1, milliseconds, 0, 0, 0) == 1 && input->revents != 0;
}

static void ring(int signal) { (void)signal; rings++; }

int main(void)
{
    struct sigaction action = {.sa_handler = ring};
    struct itimerval often = {{0, 10000}, {0, 10000}};
    char line[256];
    long got;

    sigaction(SIGALRM, &action, NULL);
    system_call(SYS_setitimer, ITIMER_REAL, (long)&often, 0, 0, 0, 0);
    write(1, "ready\n", 6);
    for (int number = 1;; number++)
    {
        struct pollfd input = {0, POLLIN, 0};
        struct timespec now;
        long looks = 0;
        // Busy for the odd lines, asleep for the even ones.
        while (ready(&input, number % 2 ? 0 : 7) <= 0)
            looks++;
        if ((got = read(0, line, sizeof line)) <= 0)
            break;
        system_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
        dprintf(1, "line %d of %ld bytes after %ld looks and %d rings at %ld.%09ld\n", number, got, looks, rings, now.tv_sec, now.tv_nsec);
    }
    return 0;
}
