// PT_SC_REMOTE_errors.c: what PT_SC_REMOTE refuses before it looks for the process, and at which stops.
#include "freebsd14.h"

enum { NOBODY = 4711 };

static void run(void *argument)
{
    (void)argument;
    thread_exit();
}

// Boundary stops: the child of a fork, the ends of system calls, births, signals on the way to user mode.
static void expect_at_stop(int pid, int flags, int error)
{
    CHECK_EQUAL(lwpinfo(pid).pl_flags & ~PL_FLAG_SI, flags);
    struct ptrace_sc_remote call = {.pscr_syscall = SYS_getpid};
    if (error != 0)
    {
        EXPECT_ERROR(error, PT_SC_REMOTE, pid, &call, sizeof call);
        return;
    }
    CHECK_EQUAL(ptrace(PT_SC_REMOTE, pid, &call, sizeof call), 0);
    EXPECT_STOP(pid, SIGTRAP);
    // What the stop shows is what it showed before.
    CHECK_EQUAL(lwpinfo(pid).pl_flags & ~PL_FLAG_SI, flags);
}

int main(void)
{
    struct ptrace_sc_remote call = {.pscr_syscall = SYS_getpid};
    EXPECT_ERROR(EINVAL, PT_SC_REMOTE, NOBODY, &call, sizeof call - 1);
    EXPECT_ERROR(EINVAL, PT_SC_REMOTE, NOBODY, &call, 0);
    EXPECT_ERROR(EFAULT, PT_SC_REMOTE, NOBODY, NOWHERE, sizeof call);
    call.pscr_nargs = 9;
    EXPECT_ERROR(EINVAL, PT_SC_REMOTE, NOBODY, &call, sizeof call);
    call.pscr_nargs = 8;
    EXPECT_ERROR(EFAULT, PT_SC_REMOTE, NOBODY, &call, sizeof call);
    call.pscr_nargs = 0;
    EXPECT_ERROR(ESRCH, PT_SC_REMOTE, NOBODY, &call, sizeof call);
    EXPECT_ERROR(EPERM, PT_SC_REMOTE, getpid(), &call, sizeof call);

    int child = fork();
    if (child == 0)
    {
        trace_me();
        start_thread(run);
        for (int i = 0; i < 10; i++)
            yield();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    set_events(child, PTRACE_LWP | PTRACE_SCE | PTRACE_SCX);
    int entries = 0, exits = 0, births = 0, deaths = 0;
    for (RESUME(child, 0);; RESUME(child, 0))
    {
        int status = wait_for(child);
        if (!WIFSTOPPED(status))
        {
            CHECK_EQUAL(status, 1 << 8);
            break;
        }
        int flags = lwpinfo(child).pl_flags;
        entries += flags == PL_FLAG_SCE;
        exits += flags == PL_FLAG_SCX;
        births += (flags & PL_FLAG_BORN) != 0;
        deaths += (flags & PL_FLAG_EXITED) != 0;
        expect_at_stop(child, flags, (flags & PL_FLAG_SCE) != 0 || (flags & PL_FLAG_EXITED) != 0 ? EBUSY : 0);
    }
    CHECK(entries > 10 && exits > 10);
    CHECK_EQUAL(births, 1);
    CHECK_EQUAL(deaths, 1);
    expect_no_more_children();
    return 0;
}
