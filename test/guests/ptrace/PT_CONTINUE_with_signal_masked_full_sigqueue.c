// PT_CONTINUE_with_signal_masked_full_sigqueue.c: a given signal that is blocked, with a full queue: handled once, then told once.
#include "caught.h"

int main(void)
{
    int child = fork_blocking();
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
