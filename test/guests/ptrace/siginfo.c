// siginfo.c: the siginfo of a signal that the child raised; one that it ignores is not even told to its debugger.
#include "case.h"

static void told(int signal) { (void)signal; }

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        raise(SIGINFO); // ignored by default
        handle(SIGINFO, told);
        raise(SIGINFO);
        return 0;
    }
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGINFO);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(info.pl_siginfo.si_signo, SIGINFO);
    CHECK_EQUAL(info.pl_siginfo.si_code, SI_LWP);
    CHECK_EQUAL(info.pl_siginfo.si_pid, child);
    RESUME(child, 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
