// lwp_events.c: the birth and the end of a thread are told.
#include "case.h"

static volatile int ready;

static void run(void *argument)
{
    (void)argument;
    ready = 1;
    thread_exit();
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        start_thread(run);
        while (!ready)
            yield();
        exit(1);
    }
    EXPECT_STOP(child, SIGSTOP);
    int lwps[2];
    lwps[0] = lwpinfo(child).pl_lwpid;
    CHECK_EQUAL(ptrace(PT_LWP_EVENTS, child, NULL, 1), 0);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    struct ptrace_lwpinfo info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_BORN | PL_FLAG_SCX);
    CHECK(info.pl_lwpid != lwps[0]);
    lwps[1] = info.pl_lwpid;
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    info = lwpinfo(child);
    CHECK_EQUAL(info.pl_flags, PL_FLAG_EXITED | PL_FLAG_SCE);
    CHECK_EQUAL(info.pl_lwpid, lwps[1]);
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
