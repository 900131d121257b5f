// abort.c [SIGNAL]: sends itself SIGNAL (6, SIGABRT).
#include "runtime/runtime.h"

int main(int argc, char **argv)
{
    int signal = argc > 1 ? (int)strtol10(argv[1]) : SIGABRT;

    printf("sending myself signal %d\n", signal);
    if (kill(getpid(), signal) != 0)
        printf("kill: error %d\n", errno);
    printf("still here\n");
    return 0;
}
