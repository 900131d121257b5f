// ptrace_vfork_follow.c: vfork with both events: forked, then the child's exit, then done.
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
    set_events(parent, PTRACE_FORK | PTRACE_VFORK);
    RESUME(parent, 0);
    int child = 0;
    for (int i = 0; i < 2; i++)
    {
        int status, pid = wait4(-1, &status, 0, NULL);
        CHECK(pid > 0 && WIFSTOPPED(status));
        struct ptrace_lwpinfo info = lwpinfo(pid);
        if (pid == parent)
            CHECK_EQUAL(info.pl_flags, PL_FLAG_FORKED | PL_FLAG_VFORKED | PL_FLAG_SCX);
        else
        {
            CHECK_EQUAL(info.pl_flags, PL_FLAG_CHILD | PL_FLAG_SCX);
            child = pid;
        }
    }
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
