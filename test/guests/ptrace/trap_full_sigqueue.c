// trap_full_sigqueue.c: a fault is told although as many signals are queued as there may be; only its siginfo is lost.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        block(SIGUSR1);
        trace_me();
        *(volatile int *)8 = 1;
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    for (int i = 0; i < PENDING_LIMIT; i++)
        CHECK_EQUAL(kill(child, SIGUSR1), 0);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGSEGV);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(info.pl_siginfo.si_signo, SIGSEGV);
    CHECK_EQUAL(info.pl_siginfo.si_code, 0);
    RESUME(child, SIGSEGV);
    EXPECT_KILLED(child, SIGSEGV);
    expect_no_more_children();
    return 0;
}
