// siginfo.c: the siginfo of a signal that the child raised.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        CHECK_EQUAL(ptrace(PT_TRACE_ME, 0, NULL, 0), 0);
        handle(SIGABRT, SIG_DFL);
        raise(SIGSTOP);
        raise(SIGABRT);
        return 0;
    }
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGABRT);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(info.pl_siginfo.si_signo, SIGABRT);
    CHECK_EQUAL(info.pl_siginfo.si_code, SI_LWP);
    CHECK_EQUAL(info.pl_siginfo.si_pid, child);
    RESUME(child, 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
