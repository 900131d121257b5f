// parent_wait_after_attach.c: the exit of an attached child is seen exactly once; it is blocked in read when it is attached.
#include "case.h"

int main(void)
{
    int ends[2];
    char byte;
    make_pipe(ends);
    int child = fork();
    if (child == 0)
    {
        close(ends[0]);
        return read(ends[1], &byte, 1) == 0 ? 1 : 2;
    }
    close(ends[1]);
    attach(child);
    RESUME(child, 0);
    close(ends[0]);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
