// PT_SC_REMOTE_getpid.c: the child says its pid and its parent's for its debugger; each time its stop is reported anew.
#include "freebsd14.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    struct ptrace_sc_ret result = remote_call(child, SYS_getpid, 0, NULL);
    CHECK_EQUAL(result.sr_error, 0);
    CHECK_EQUAL(result.sr_retval[0], child);
    EXPECT_STOP(child, SIGSTOP);
    result = remote_call(child, SYS_getppid, 0, NULL);
    CHECK_EQUAL(result.sr_error, 0);
    CHECK_EQUAL(result.sr_retval[0], getpid());
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_DETACH, child, (void *)1, 0), 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
