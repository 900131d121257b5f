// lwp_events_exec.c: a thread executes a program: the main thread's end is told, then the program, by the thread that asked.
#include "case.h"

static char *program;

static void run(void *argument)
{
    (void)argument;
    char *again[] = {program, "again", NULL};
    execve(program, again, environ);
    exit(98);
}

int main(int count, char **arguments)
{
    if (count > 1)
        return 0;
    int child = fork();
    if (child == 0)
    {
        trace_me();
        program = arguments[0];
        start_thread(run);
        for (;;)
            yield();
    }
    EXPECT_STOP(child, SIGSTOP);
    int lwps[2];
    lwps[0] = lwpinfo(child).pl_lwpid;
    CHECK_EQUAL(ptrace(PT_LWP_EVENTS, child, NULL, 1), 0);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_BORN | PL_FLAG_SCX);
    lwps[1] = info.pl_lwpid;
    CHECK(lwps[1] != lwps[0]);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_EXITED);
    CHECK_EQUAL(info.pl_lwpid, lwps[0]);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_EXEC | PL_FLAG_SCX);
    CHECK_EQUAL(info.pl_lwpid, lwps[1]);
    RESUME(child, 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
