// sleeper.c: sleeps for hours, for ^C and for signals in a system call. With an argument: so many milliseconds, once.
#include "runtime/runtime.h"

volatile int naps;

static void on_usr1(int signal)
{
    printf("signal %d\n", signal);
}

int main(int argc, char **argv)
{
    long milliseconds = argc > 1 ? strtol10(argv[1]) : 3600000;
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000}, left = {0, 0};
    struct sigaction action = {.sa_handler = on_usr1};

    sigaction(SIGUSR1, &action, NULL);
    printf("sleeping\n");
    do
    {
        if (nanosleep(&time, &left) == 0)
            printf("slept\n");
        else
            printf("interrupted: error %d, %s left\n", errno, left.tv_sec > 0 || left.tv_nsec > 0 ? "some time" : "nothing");
        naps++;
    } while (argc <= 1);
    return 0;
}
