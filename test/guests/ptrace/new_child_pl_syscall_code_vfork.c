// new_child_pl_syscall_code_vfork.c: both stops of a vfork tell which call it was.
#include "fork.h"

static int run(void) { return vfork_exiting_with(2) > 0 ? 1 : 3; }

int main(void)
{
    int parent = start_traced(run);
    CHECK_EQUAL(ptrace(PT_FOLLOW_FORK, parent, NULL, 1), 0);
    RESUME(parent, 0);
    int child = await_fork(parent, PL_FLAG_FORKED | PL_FLAG_VFORKED, 66);
    RESUME(parent, 0);
    RESUME(child, 0);
    EXPECT_EXIT(child, 2);
    EXPECT_EXIT(parent, 1);
    expect_no_more_children();
    return 0;
}
