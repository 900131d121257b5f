// PT_KILL_competing_stop.c: PT_KILL wins over the end of a system call that another thread, held by the debugger, would report.
#include "case.h"

static volatile int ready;

static void run(void *argument)
{
    (void)argument;
    // No system calls from here on: they would stop.
    for (ready = 1;;)
        ;
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        start_thread(run);
        while (!ready)
            yield();
        block(SIGUSR2);
        trace_me();
        getppid();
        exit(1);
    }
    EXPECT_STOP(child, SIGSTOP);
    int main_lwp = lwpinfo(child).pl_lwpid;
    CHECK_EQUAL(ptrace(PT_SYSCALL, child, (void *)1, 0), 0);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SCE);
    CHECK_EQUAL(lwpinfo(child).pl_syscall_code, SYS_getppid);
    CHECK_EQUAL(lwpinfo(child).pl_lwpid, main_lwp);
    CHECK_EQUAL(ptrace(PT_SUSPEND, main_lwp, NULL, 0), 0);
    RESUME(child, 0);
    CHECK_EQUAL(kill(child, SIGUSR2), 0);
    EXPECT_STOP(child, SIGUSR2);
    CHECK(lwpinfo(child).pl_lwpid != main_lwp);
    CHECK_EQUAL(ptrace(PT_RESUME, main_lwp, NULL, 0), 0);
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    EXPECT_KILLED(child, SIGKILL);
    expect_no_more_children();
    return 0;
}
