// event_mask_sigkill_discard.c: a SIGKILL of kill(2) is a stop, can be discarded, and leaves the event mask alone.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        raise(SIGSTOP);
        return 0;
    }
    EXPECT_STOP(child, SIGSTOP);
    set_events(child, PTRACE_EXEC | PTRACE_FORK | PTRACE_LWP);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGKILL);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_SI);
    CHECK_EQUAL(info.pl_siginfo.si_signo, SIGKILL);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(get_events(child), PTRACE_EXEC | PTRACE_FORK | PTRACE_LWP);
    RESUME(child, 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
