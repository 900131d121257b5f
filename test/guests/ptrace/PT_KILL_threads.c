// PT_KILL_threads.c: PT_KILL at the birth of a thread: no more is told than the death.
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
        for (;;)
            yield();
    }
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_LWP_EVENTS, child, NULL, 1), 0);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_BORN | PL_FLAG_SCX);
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    EXPECT_KILLED(child, SIGKILL);
    expect_no_more_children();
    return 0;
}
