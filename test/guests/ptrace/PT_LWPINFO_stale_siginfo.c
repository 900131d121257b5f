// PT_LWPINFO_stale_siginfo.c: a system call stop does not show the siginfo of an earlier signal stop.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        raise(SIGABRT);
        getpid();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGABRT);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(ptrace(PT_TO_SCE, child, (void *)1, 0), 0);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SCE);
    set_events(child, get_events(child) & ~PTRACE_SCE);
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
