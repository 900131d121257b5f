// new_child_pl_syscall_code_thread.c: a new thread's first stop, at the exit of the call that made it.
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
    int first = lwpinfo(child).pl_lwpid, seen = 0;
    CHECK_EQUAL(ptrace(PT_TO_SCX, child, (void *)1, 0), 0);
    for (;;)
    {
        int status = wait_for(child);
        if (WIFEXITED(status))
        {
            CHECK_EQUAL(WEXITSTATUS(status), 1);
            break;
        }
        CHECK_EQUAL(status, SIGTRAP << 8 | 0x7f);
        struct ptrace_lwpinfo info = lwpinfo(child);
        CHECK((info.pl_flags & PL_FLAG_SCX) != 0);
        CHECK(info.pl_syscall_code != 0);
        seen |= info.pl_lwpid != first;
        RESUME(child, 0);
    }
    CHECK(seen);
    expect_no_more_children();
    return 0;
}
