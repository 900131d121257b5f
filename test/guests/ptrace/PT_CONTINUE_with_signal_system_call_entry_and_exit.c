// PT_CONTINUE_with_signal_system_call_entry_and_exit.c: the same signal given at entry and at exit is delivered twice.
#include "caught.h"

int main(void)
{
    int child = fork_counting();
    to_entry(child, PT_SYSCALL);
    RESUME(child, SIGUSR1);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SCX);
    RESUME(child, SIGUSR1);
    CHECK_EQUAL(end_through_system_calls(child), 2 << 8);
    expect_no_more_children();
    return 0;
}
