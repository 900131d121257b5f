// PT_CONTINUE_with_signal_system_call_entry.c: a signal given at the entry of a system call is delivered after it, without a stop of its own.
#include "case.h"

static void caught(int signal)
{
    (void)signal;
    exit(2);
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, caught);
        trace_me();
        getpid();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_SYSCALL, child, (void *)1, 0), 0);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SCE);
    RESUME(child, SIGUSR1);
    for (;;)
    {
        int status = wait_for(child);
        if (WIFEXITED(status))
        {
            CHECK_EQUAL(WEXITSTATUS(status), 2);
            break;
        }
        CHECK_EQUAL(status, SIGTRAP << 8 | 0x7f);
        CHECK((lwpinfo(child).pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) != 0);
        RESUME(child, 0);
    }
    expect_no_more_children();
    return 0;
}
