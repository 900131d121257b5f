// ptrace_exec_enable.c: PTRACE_EXEC: a stop at the end of execve.
#include "case.h"

int main(int count, char **arguments)
{
    if (count > 1)
        return 0;
    int child = fork();
    if (child == 0)
    {
        trace_me();
        char *again[] = {arguments[0], "again", NULL};
        execve(arguments[0], again, environ);
        return 98;
    }
    EXPECT_STOP(child, SIGSTOP);
    set_events(child, PTRACE_EXEC);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_EXEC | PL_FLAG_SCX);
    CHECK_EQUAL(info.pl_syscall_code, 59);
    RESUME(child, 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
