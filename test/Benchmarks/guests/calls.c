// calls: makes the system call and the number of calls that its arguments name: `calls getpid 1000000`.
#include "runtime.h"

enum { SYS_clock_gettime = 232, CLOCK_MONOTONIC = 4 };

int main(int argc, char **argv)
{
    long count = 0, time[2];
    if (argc != 3) return 2;
    for (const char *digit = argv[2]; *digit; digit++) count = count * 10 + (*digit - '0');
    if (argv[1][0] == 'g')
        while (count-- > 0) system_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
    else
        while (count-- > 0) system_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)time, 0, 0, 0, 0);
    return 0;
}
