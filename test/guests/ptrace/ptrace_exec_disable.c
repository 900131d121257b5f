// ptrace_exec_disable.c: without PTRACE_EXEC an execve does not stop.
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
    set_events(child, 0);
    RESUME(child, 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
