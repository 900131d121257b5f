// parent_sees_exit_after_unrelated_debugger.c: as with a sibling, but the debugger is a grandchild that was left to init.
#include "case.h"

int main(void)
{
    int ready[2], go[2], status;
    char byte;
    make_pipe(ready);
    make_pipe(go);
    int child = fork();
    if (child == 0)
        return read(go[0], &byte, 1) == 1 ? 1 : 2;
    int middle = fork();
    if (middle == 0)
    {
        if (fork() != 0)
            return 0;
        attach(child);
        CHECK_EQUAL(write(ready[1], "a", 1), 1);
        RESUME(child, 0);
        EXPECT_EXIT(child, 1);
        return 0;
    }
    EXPECT_EXIT(middle, 0);
    CHECK_EQUAL(read(ready[0], &byte, 1), 1);
    CHECK_EQUAL(wait4(child, &status, WNOHANG, NULL), 0);
    CHECK_EQUAL(write(go[1], "g", 1), 1);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
