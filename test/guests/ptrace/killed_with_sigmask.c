// killed_with_sigmask.c: a blocked signal is told only when it is unblocked.
#include "caught.h"

int main(void)
{
    int child = fork_blocking();
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(kill(child, SIGUSR1), 0);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGUSR1);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(lwpinfo(child).pl_siginfo.si_signo, SIGUSR1);
    RESUME(child, SIGUSR1);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
