// procdesc_reparent_wait_child.c: a debugger sees the end of a process with a descriptor; its parent still does not.
#include "family.h"

int main(void)
{
    int descriptor, go[2];
    char byte;
    make_pipe(go);
    int child = pdfork(&descriptor, 0);
    if (child == 0)
        return read(go[0], &byte, 1) == 1 ? 0 : 1;
    int debugger = fork();
    if (debugger == 0)
    {
        CHECK_EQUAL(close(descriptor), 0);
        attach(child);
        CHECK_EQUAL(write(go[1], "g", 1), 1);
        RESUME(child, 0);
        EXPECT_EXIT(child, 0);
        expect_no_more_children();
        return 0;
    }
    EXPECT_EXIT(debugger, 0);
    expect_no_more_children();
    CHECK_EQUAL(close(descriptor), 0);
    return 0;
}
