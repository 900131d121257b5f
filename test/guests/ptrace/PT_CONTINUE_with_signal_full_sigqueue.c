// PT_CONTINUE_with_signal_full_sigqueue.c: a given signal is never lost and never told, even when the queue is full.
#include "case.h"

static void caught(int signal)
{
    (void)signal;
    exit(2);
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, caught);
        trace_me();
        for (;;)
            yield();
    }
    EXPECT_STOP(child, SIGSTOP);
    for (int i = 0; i < PENDING_LIMIT; i++)
        CHECK_EQUAL(kill(child, SIGUSR2), 0);
    RESUME(child, SIGUSR1);
    for (;;)
    {
        int status = wait_for(child);
        if (WIFEXITED(status))
        {
            CHECK_EQUAL(WEXITSTATUS(status), 2);
            break;
        }
        CHECK_EQUAL(status, SIGUSR2 << 8 | 0x7f);
        RESUME(child, 0);
    }
    expect_no_more_children();
    return 0;
}
