// getppid.c: a process that somebody else debugs keeps its parent.
#include "case.h"

int main(void)
{
    int go[2], ready[2];
    char byte;
    make_pipe(go);
    make_pipe(ready);
    int parent = getpid();
    int child = fork();
    if (child == 0)
    {
        CHECK_EQUAL(read(go[0], &byte, 1), 1);
        return getppid() == parent ? 1 : 2;
    }
    int debugger = fork();
    if (debugger == 0)
    {
        attach(child);
        CHECK_EQUAL(write(go[1], "g", 1), 1);
        RESUME(child, 0);
        EXPECT_EXIT(child, 1);
        return 0;
    }
    EXPECT_EXIT(debugger, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
