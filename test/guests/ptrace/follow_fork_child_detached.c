// follow_fork_child_detached.c: the new process is let go.
#include "case.h"

// What is debugged: forks, the new process exits with 2, this one with 1.
static int run_forker(void)
{
    int child = fork();
    if (child == 0)
        return 2;
    CHECK(child > 0);
    return 1;
}

// The two stops of a fork, in either order.
static int follow(int parent)
{
    int child = 0, parent_told = 0, told = 0;
    while (!parent_told || !told)
    {
        int status, pid = wait4(-1, &status, 0, NULL);
        CHECK(pid > 0 && WIFSTOPPED(status));
        struct ptrace_lwpinfo info = lwpinfo(pid);
        CHECK((info.pl_flags & PL_FLAG_SCX) != 0);
        if (pid == parent)
        {
            CHECK_EQUAL(WSTOPSIG(status), SIGTRAP);
            CHECK_EQUAL(info.pl_flags & (PL_FLAG_FORKED | PL_FLAG_CHILD), PL_FLAG_FORKED);
            CHECK(child == 0 || child == info.pl_child_pid);
            child = info.pl_child_pid;
            parent_told = 1;
        }
        else
        {
            CHECK_EQUAL(WSTOPSIG(status), SIGSTOP);
            CHECK_EQUAL(info.pl_flags & (PL_FLAG_FORKED | PL_FLAG_CHILD | PL_FLAG_SI), PL_FLAG_CHILD);
            CHECK(child == 0 || child == pid);
            child = pid;
            told = 1;
        }
    }
    return child;
}

int main(void)
{
    int parent = fork();
    if (parent == 0)
    {
        trace_me();
        return run_forker();
    }
    EXPECT_STOP(parent, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_FOLLOW_FORK, parent, NULL, 1), 0);
    RESUME(parent, 0);
    int child = follow(parent);
    RESUME(parent, 0);
    CHECK_EQUAL(ptrace(PT_DETACH, child, (void *)1, 0), 0);
    EXPECT_EXIT(parent, 1);
    expect_no_more_children();
    return 0;
}
