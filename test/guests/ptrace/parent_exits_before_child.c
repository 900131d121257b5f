// parent_exits_before_child.c: the parent of a traced process exits; its debugger, which is also its reaper, keeps it to its end.
#include "family.h"

int main(void)
{
    int pids[2], go[2], leave[2], child;
    char byte;
    make_pipe(pids);
    make_pipe(go);
    make_pipe(leave);
    become_reaper();
    int middle = fork();
    if (middle == 0)
    {
        child = fork();
        if (child == 0)
            return read(go[0], &byte, 1) == 1 ? 0 : 1;
        CHECK_EQUAL(write(pids[1], &child, sizeof child), sizeof child);
        return read(leave[0], &byte, 1) == 1 ? 0 : 1;
    }
    CHECK_EQUAL(read(pids[0], &child, sizeof child), sizeof child);
    CHECK_EQUAL(ptrace(PT_ATTACH, child, NULL, 0), 0);
    CHECK_EQUAL(write(leave[1], "l", 1), 1);
    EXPECT_EXIT(middle, 0);
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(write(go[1], "g", 1), 1);
    CHECK_EQUAL(ptrace(PT_DETACH, child, (void *)1, 0), 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
