// new_child_pl_syscall_code_vfork.c: both stops of a vfork tell which call it was.
#include "case.h"

int main(void)
{
    int parent = fork();
    if (parent == 0)
    {
        trace_me();
        int grandchild = vfork_exiting_with(2);
        CHECK(grandchild > 0);
        return 1;
    }
    EXPECT_STOP(parent, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_FOLLOW_FORK, parent, NULL, 1), 0);
    RESUME(parent, 0);
    int pids[2];
    unsigned arguments[2];
    for (int i = 0; i < 2; i++)
    {
        int status;
        pids[i] = wait4(-1, &status, 0, NULL);
        CHECK(pids[i] > 0 && WIFSTOPPED(status));
        struct ptrace_lwpinfo info = lwpinfo(pids[i]);
        CHECK((info.pl_flags & PL_FLAG_SCX) != 0);
        CHECK_EQUAL(info.pl_syscall_code, 66);
        arguments[i] = info.pl_syscall_narg;
    }
    CHECK(pids[0] != pids[1]);
    CHECK_EQUAL(arguments[0], arguments[1]);
    RESUME(pids[0], 0);
    RESUME(pids[1], 0);
    int grandchild = pids[0] == parent ? pids[1] : pids[0];
    EXPECT_EXIT(grandchild, 2);
    EXPECT_EXIT(parent, 1);
    expect_no_more_children();
    return 0;
}
