// stack.c [CALLS]: recursion in frames of 1 KiB, so that the stack must grow; 16384 calls unless told.
#include "runtime/runtime.h"

NOINLINE static long descend(long calls)
{
    volatile char frame[1024];

    frame[0] = (char)calls;
    frame[sizeof frame - 1] = 1;
    if (calls == 0)
        return 0;
    long below = descend(calls - 1);
    return below + (frame[0] == (char)calls) + frame[sizeof frame - 1];
}

int main(int argc, char **argv)
{
    long calls = argc > 1 ? strtol10(argv[1]) : 16384;

    printf("%ld calls: %ld\n", calls, descend(calls));
    return 0;
}
