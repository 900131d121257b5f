// PT_CONTINUE_with_signal_system_call_entry.c: a signal given at the entry of a system call is delivered after it, without a stop of its own.
#include "caught.h"

int main(void)
{
    int child = fork_counting();
    to_entry(child, PT_SYSCALL);
    RESUME(child, SIGUSR1);
    CHECK_EQUAL(end_through_system_calls(child), 1 << 8);
    expect_no_more_children();
    return 0;
}
