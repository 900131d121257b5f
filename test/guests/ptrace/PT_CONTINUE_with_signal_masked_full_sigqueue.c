// PT_CONTINUE_with_signal_masked_full_sigqueue.c: a given signal that is blocked, with a full queue: handled once, then told once.
#include "case.h"

static volatile int count;

static void caught(int signal)
{
    (void)signal;
    count++;
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, caught);
        block(SIGUSR1);
        trace_me();
        CHECK_EQUAL(count, 0);
        unblock(SIGUSR1);
        CHECK_EQUAL(count, 1);
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    for (int i = 0; i < PENDING_LIMIT; i++)
        CHECK_EQUAL(kill(child, SIGUSR2), 0);
    RESUME(child, SIGUSR1);
    int others = 0;
    for (;;)
    {
        int status = wait_for(child);
        CHECK(WIFSTOPPED(status));
        if (WSTOPSIG(status) == SIGUSR2)
            others++;
        else
        {
            CHECK_EQUAL(WSTOPSIG(status), SIGUSR1);
            CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SI);
            CHECK_EQUAL(lwpinfo(child).pl_siginfo.si_signo, SIGUSR1);
            RESUME(child, 0);
            break;
        }
        RESUME(child, 0);
    }
    CHECK_EQUAL(others, PENDING_LIMIT);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
