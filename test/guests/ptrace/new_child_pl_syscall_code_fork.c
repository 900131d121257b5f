// new_child_pl_syscall_code_fork.c: both stops of a fork tell which call it was.
#include "fork.h"

int main(void)
{
    int parent = start_traced(run_forker);
    CHECK_EQUAL(ptrace(PT_FOLLOW_FORK, parent, NULL, 1), 0);
    RESUME(parent, 0);
    int child = await_fork(parent, PL_FLAG_FORKED, 2);
    RESUME(parent, 0);
    RESUME(child, 0);
    EXPECT_EXIT(child, 2);
    EXPECT_EXIT(parent, 1);
    expect_no_more_children();
    return 0;
}
