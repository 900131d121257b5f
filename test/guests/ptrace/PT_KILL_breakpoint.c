// PT_KILL_breakpoint.c: PT_KILL at a breakpoint: the next thing told is the death.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        BREAKPOINT();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    EXPECT_KILLED(child, SIGKILL);
    expect_no_more_children();
    return 0;
}
