// proc_reparent.c: the last descriptor of a traced process is closed: nobody but its reaper gets it when it is detached.
#include "family.h"

int main(void)
{
    int descriptor, status;
    int traced = pdfork(&descriptor, 0);
    if (traced == 0)
    {
        raise(SIGSTOP);
        return 0;
    }
    CHECK_EQUAL(wait4(traced, &status, WUNTRACED, NULL), traced);
    CHECK_EQUAL(status, SIGSTOP << 8 | 0x7f);
    int debugger = fork();
    if (debugger == 0)
    {
        attach(traced);
        CHECK_EQUAL(close(descriptor), 0);
        CHECK_EQUAL(ptrace(PT_DETACH, traced, (void *)1, 0), 0);
        expect_no_more_children();
        return 0;
    }
    CHECK_EQUAL(close(descriptor), 0);
    EXPECT_EXIT(debugger, 0);
    expect_no_more_children();
    // It was killed when nobody held it any more.
    for (int turns = 0; kill(traced, 0) == 0 && turns < 100; turns++)
        yield();
    CHECK_EQUAL(kill(traced, 0), -1);
    return 0;
}
