// PT_CONTINUE_with_sigtrap_system_call_entry.c: a SIGTRAP given at a system call's entry is a real one.
#include "caught.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        getpid();
        return 1;
    }
    to_entry(child, PT_SYSCALL);
    RESUME(child, SIGTRAP);
    CHECK_EQUAL(end_through_system_calls(child) & ~0x80, SIGTRAP);
    expect_no_more_children();
    return 0;
}
