// ptrace_vfork.c: the parent of a vfork tells that its child is done with its memory; nothing else is asked for.
#include "case.h"

int main(void)
{
    int parent = fork();
    if (parent == 0)
    {
        trace_me();
        CHECK(vfork_exiting_with(2) > 0);
        return 1;
    }
    EXPECT_STOP(parent, SIGSTOP);
    set_events(parent, PTRACE_VFORK);
    RESUME(parent, 0);
    EXPECT_STOP(parent, SIGTRAP);
    struct ptrace_lwpinfo info = lwpinfo(parent);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_VFORK_DONE);
    RESUME(parent, 0);
    EXPECT_EXIT(parent, 1);
    expect_no_more_children();
    return 0;
}
