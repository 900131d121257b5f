// interval_timer_stopped.c: the interval timer of a stopped process goes on in FreeBSD 13; in 14 it expires once, and again with the resume.
#include "case.h"

enum { SYS_setitimer = 83, AT_OSRELDATE = 18, MILLISECOND = 1000000 };

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        long every_ten_milliseconds[] = {0, 10000, 0, 10000}, never[4] = {0};
        CHECK_EQUAL(ptrace(PT_TRACE_ME, 0, NULL, 0), 0);
        CHECK_EQUAL(call4(SYS_setitimer, 0, (long)every_ten_milliseconds, 0, 0), 0);
        raise(SIGSTOP);
        CHECK_EQUAL(call4(SYS_setitimer, 0, (long)never, 0, 0), 0);
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    nanosleep(&(struct timespec){0, 105 * MILLISECOND}, NULL);
    int alarms = 0, status;
    for (RESUME(child, 0); status = wait_for(child), WIFSTOPPED(status); RESUME(child, 0))
    {
        CHECK_EQUAL(WSTOPSIG(status), SIGALRM);
        alarms++;
    }
    CHECK_EQUAL(status, 1 << 8);
    CHECK_EQUAL(alarms, auxiliary(AT_OSRELDATE, 0) >= 1400000 ? 2 : 10);
    expect_no_more_children();
    return 0;
}
