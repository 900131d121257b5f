// PT_KILL_with_signal_full_sigqueue.c: PT_KILL reaches a process whose signal queue is full.
#include "case.h"

static void caught(int signal)
{
    (void)signal;
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, caught);
        trace_me();
        exit(1);
    }
    EXPECT_STOP(child, SIGSTOP);
    for (int i = 0; i < PENDING_LIMIT; i++)
        CHECK_EQUAL(kill(child, SIGUSR1), 0);
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    EXPECT_KILLED(child, SIGKILL);
    expect_no_more_children();
    return 0;
}
