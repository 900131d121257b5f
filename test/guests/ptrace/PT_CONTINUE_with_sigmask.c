// PT_CONTINUE_with_sigmask.c: SIGSTOP is replaced by a blocked signal: handled once and told once, when it is unblocked.
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
    RESUME(child, SIGUSR1);
    EXPECT_STOP(child, SIGUSR1);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(lwpinfo(child).pl_siginfo.si_signo, SIGUSR1);
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
