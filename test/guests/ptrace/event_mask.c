// event_mask.c: PT_FOLLOW_FORK and PT_LWP_EVENTS are bits of the event mask.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        return 0;
    }
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(get_events(child), PTRACE_EXEC);
    CHECK_EQUAL(ptrace(PT_FOLLOW_FORK, child, NULL, 1), 0);
    CHECK_EQUAL(get_events(child), PTRACE_EXEC | PTRACE_FORK);
    CHECK_EQUAL(ptrace(PT_LWP_EVENTS, child, NULL, 1), 0);
    CHECK_EQUAL(get_events(child), PTRACE_EXEC | PTRACE_FORK | PTRACE_LWP);
    CHECK_EQUAL(ptrace(PT_FOLLOW_FORK, child, NULL, 0), 0);
    CHECK_EQUAL(get_events(child), PTRACE_EXEC | PTRACE_LWP);
    CHECK_EQUAL(ptrace(PT_LWP_EVENTS, child, NULL, 0), 0);
    CHECK_EQUAL(get_events(child), PTRACE_EXEC);
    RESUME(child, 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
