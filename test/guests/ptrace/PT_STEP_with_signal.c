// PT_STEP_with_signal.c: a step with a signal runs the handler freely and ends after it.
#include "case.h"

static void caught(int signal)
{
    (void)signal;
    raise(SIGABRT);
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, caught);
        trace_me();
        raise(SIGABRT);
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGABRT);
    CHECK_EQUAL(ptrace(PT_STEP, child, (void *)1, SIGUSR1), 0);
    EXPECT_STOP(child, SIGABRT);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(info.pl_siginfo.si_code, TRAP_TRACE);
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
