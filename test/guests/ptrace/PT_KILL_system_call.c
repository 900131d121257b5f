// PT_KILL_system_call.c: PT_KILL at the entry of a system call: no stop at its exit.
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
    to_entry(child, PT_TO_SCE);
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    EXPECT_KILLED(child, SIGKILL);
    expect_no_more_children();
    return 0;
}
