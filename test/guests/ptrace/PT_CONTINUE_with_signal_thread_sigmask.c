// PT_CONTINUE_with_signal_thread_sigmask.c: a signal that the reporting thread blocks goes to the other one, and wakes it at once.
#include "case.h"

static volatile long handled_by;
static volatile int other_may_stop, finished;
static long other_lwp;

static long self(void)
{
    long lwp = 0;
    CHECK_EQUAL(call4(SYS_thr_self, (long)&lwp, 0, 0, 0), 0);
    return lwp;
}

static void caught(int signal)
{
    CHECK_EQUAL(signal, SIGUSR1);
    handled_by = self();
}

// Sleeps longer than the test takes, so that only the signal can end it.
static void sleep_until_handled(void)
{
    struct timespec long_time = {1000, 0};
    CHECK_EQUAL(nanosleep(&long_time, NULL), -1);
    CHECK_EQUAL(errno, EINTR);
    CHECK_EQUAL(handled_by, self());
}

static void run(void *argument)
{
    (void)argument;
    other_lwp = self();
    sleep_until_handled();
    block(SIGUSR1);
    handled_by = 0;
    while (!other_may_stop)
        yield();
    raise(SIGSTOP);
    finished = 1;
    thread_exit();
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, caught);
        CHECK_EQUAL(ptrace(PT_TRACE_ME, 0, NULL, 0), 0);
        start_thread(run);
        while (other_lwp == 0)
            yield();
        block(SIGUSR1);
        raise(SIGSTOP);
        while (handled_by != 0 || other_may_stop)
            yield();
        unblock(SIGUSR1);
        other_may_stop = 1;
        sleep_until_handled();
        while (!finished)
            yield();
        return 1;
    }
    for (int turn = 0; turn < 2; turn++)
    {
        EXPECT_STOP(child, SIGSTOP);
        RESUME(child, SIGUSR1);
    }
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
