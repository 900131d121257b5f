// PT_CONTINUE_with_sigmask.c: SIGSTOP is replaced by a blocked signal: handled once and told once, when it is unblocked.
#include "caught.h"

int main(void)
{
    int child = fork_blocking();
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
