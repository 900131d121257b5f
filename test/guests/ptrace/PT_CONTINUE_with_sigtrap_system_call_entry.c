// PT_CONTINUE_with_sigtrap_system_call_entry.c: a SIGTRAP given at a system call's entry is a real one.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        getpid();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_SYSCALL, child, (void *)1, 0), 0);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SCE);
    RESUME(child, SIGTRAP);
    for (;;)
    {
        int status = wait_for(child);
        if (WIFSIGNALED(status))
        {
            CHECK_EQUAL(WTERMSIG(status), SIGTRAP);
            break;
        }
        CHECK_EQUAL(status, SIGTRAP << 8 | 0x7f);
        CHECK((lwpinfo(child).pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) != 0);
        RESUME(child, 0);
    }
    expect_no_more_children();
    return 0;
}
