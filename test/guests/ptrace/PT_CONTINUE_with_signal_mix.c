// PT_CONTINUE_with_signal_mix.c: a signal given at an entry, and one that replaces another at its own stop: both are delivered.
#include "caught.h"

int main(void)
{
    int child = fork_counting();
    to_entry(child, PT_SYSCALL);
    RESUME(child, SIGUSR1);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SCX);
    CHECK_EQUAL(kill(child, SIGABRT), 0);
    RESUME(child, 0);
    for (int seen = 0;;)
    {
        int status = wait_for(child);
        if (WIFEXITED(status))
        {
            CHECK_EQUAL(seen, 1);
            CHECK_EQUAL(WEXITSTATUS(status), 2);
            break;
        }
        if (status == (SIGABRT << 8 | 0x7f))
        {
            CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SI);
            seen++;
            RESUME(child, SIGUSR1);
            continue;
        }
        CHECK_EQUAL(status, SIGTRAP << 8 | 0x7f);
        CHECK((lwpinfo(child).pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) != 0);
        RESUME(child, 0);
    }
    expect_no_more_children();
    return 0;
}
