// PT_CONTINUE_change_sig.c: SIGINT is replaced by SIGTERM, of which the child dies without another stop.
#include "case.h"

int main(void)
{
    int ends[2];
    char byte;
    make_pipe(ends);
    int child = fork();
    if (child == 0)
    {
        trace_me();
        read(ends[0], &byte, 1);
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    CHECK_EQUAL(kill(child, SIGINT), 0);
    EXPECT_STOP(child, SIGINT);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SI);
    RESUME(child, SIGTERM);
    EXPECT_KILLED(child, SIGTERM);
    expect_no_more_children();
    return 0;
}
