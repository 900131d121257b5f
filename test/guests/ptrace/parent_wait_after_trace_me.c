// parent_wait_after_trace_me.c: the exit of a child that traces itself is seen exactly once.
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
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
