// step_siginfo.c: the siginfo of a step.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_STEP, child, (void *)1, 0), 0);
    EXPECT_STOP(child, SIGTRAP);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(info.pl_siginfo.si_code, TRAP_TRACE);
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
