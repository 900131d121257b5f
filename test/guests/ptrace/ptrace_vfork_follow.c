// ptrace_vfork_follow.c: vfork with both events: forked, then the child's exit, then done.
#include "fork.h"

static int run(void) { return vfork_exiting_with(2) > 0 ? 1 : 3; }

int main(void)
{
    int parent = start_traced(run);
    set_events(parent, PTRACE_FORK | PTRACE_VFORK);
    RESUME(parent, 0);
    int child = await_fork(parent, PL_FLAG_FORKED | PL_FLAG_VFORKED, SYS_vfork);
    RESUME(parent, 0);
    RESUME(child, 0);
    EXPECT_EXIT(child, 2);
    EXPECT_STOP(parent, SIGTRAP);
    CHECK_EQUAL(lwpinfo(parent).pl_flags, PL_FLAG_VFORK_DONE);
    RESUME(parent, 0);
    EXPECT_EXIT(parent, 1);
    expect_no_more_children();
    return 0;
}
