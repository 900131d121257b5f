// debugger_exits_after_continue.c: a debugger hands a signal on and exits at once; the signal's handler runs before the process is killed.
#include "case.h"

static int output[2];

static void report(int signal)
{
    CHECK_EQUAL(signal, SIGUSR1);
    CHECK_EQUAL(write(output[1], "r", 1), 1);
}

int main(void)
{
    int ready[2], never[2];
    char byte;
    make_pipe(output);
    make_pipe(ready);
    make_pipe(never);
    int child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, report);
        CHECK_EQUAL(write(ready[1], "r", 1), 1);
        for (;;)
            read(never[0], &byte, 1);
    }
    CHECK_EQUAL(read(ready[0], &byte, 1), 1);
    int debugger = fork();
    if (debugger == 0)
    {
        attach(child);
        RESUME(child, 0);
        CHECK_EQUAL(kill(child, SIGUSR1), 0);
        EXPECT_STOP(child, SIGUSR1);
        RESUME(child, SIGUSR1);
        return 0;
    }
    EXPECT_EXIT(debugger, 0);
    close(output[1]);
    EXPECT_KILLED(child, SIGKILL);
    CHECK_EQUAL(read(output[0], &byte, 1), 1);
    return 0;
}
