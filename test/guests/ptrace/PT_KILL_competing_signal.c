// PT_KILL_competing_signal.c: PT_KILL wins over a signal that another thread is about to report.
#include "case.h"

static volatile int ready;

static void run(void *argument)
{
    (void)argument;
    block(SIGUSR2);
    ready = 1;
    for (;;)
        yield();
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
        // Each thread takes one of the two signals.
        block(SIGUSR1);
        kill(getpid(), SIGUSR2);
        for (;;)
            yield();
    }
    EXPECT_STOP(child, SIGSTOP);
    int main_lwp = lwpinfo(child).pl_lwpid;
    RESUME(child, 0);
    EXPECT_STOP(child, SIGUSR2);
    CHECK_EQUAL(lwpinfo(child).pl_lwpid, main_lwp);
    CHECK_EQUAL(kill(child, SIGUSR1), 0);
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    EXPECT_KILLED(child, SIGKILL);
    expect_no_more_children();
    return 0;
}
