// follow_fork_both_attached_unrelated_debugger.c: both sides of a fork are debugged, by a process that is not its parent.
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

// A process that is not our child stands ready to fork, and we are its debugger.
static int attach_unrelated(int go[2])
{
    int pids[2], forker;
    char byte;
    make_pipe(pids);
    int middle = fork();
    if (middle == 0)
    {
        forker = fork();
        if (forker == 0)
        {
            CHECK_EQUAL(read(go[0], &byte, 1), 1);
            exit(run_forker());
        }
        CHECK_EQUAL(write(pids[1], &forker, sizeof forker), sizeof forker);
        exit(0);
    }
    CHECK_EQUAL(read(pids[0], &forker, sizeof forker), sizeof forker);
    EXPECT_EXIT(middle, 0);
    attach(forker);
    return forker;
}

int main(void)
{
    int go[2];
    make_pipe(go);
    int parent = attach_unrelated(go);
    CHECK_EQUAL(ptrace(PT_FOLLOW_FORK, parent, NULL, 1), 0);
    CHECK_EQUAL(write(go[1], "g", 1), 1);
    RESUME(parent, 0);
    int child = follow(parent);
    RESUME(parent, 0);
    RESUME(child, 0);
    // The child was attached to last: it is found first, and both have ended.
    int first, status;
    for (int i = 0; i < 2; i++)
    {
        first = wait4(-1, &status, 0, NULL);
        CHECK(first == parent || first == child);
        CHECK_EQUAL(status, (first == parent ? 1 : 2) << 8);
    }
    expect_no_more_children();
    return 0;
}
