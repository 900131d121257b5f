// PT_SC_REMOTE_calls.c: calls of every kind that a debugger may have made: what they return, and what they leave behind.
#include "freebsd14.h"

enum { PT_WRITE_D = 5, SYS_indirect = 0, SYS_indirect64 = 198 };

static void run(void *argument)
{
    (void)argument;
    for (;;)
        yield();
}

static void report_again(int pid, int signal)
{
    // Until the stop has been waited for, the child is busy.
    int events;
    EXPECT_ERROR(EBUSY, PT_GET_EVENT_MASK, pid, &events, sizeof events);
    EXPECT_STOP(pid, signal);
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    struct prstatus before, after;
    struct iovec vector = {&before, sizeof before};
    CHECK_EQUAL(ptrace(PT_GETREGSET, child, &vector, NT_PRSTATUS), 0);

    struct ptrace_sc_ret result = remote_call(child, SYS_mmap, 6, (long[]){0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0});
    CHECK_EQUAL(result.sr_error, 0);
    long address = result.sr_retval[0];
    report_again(child, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_WRITE_D, child, (void *)address, 1000), 0);

    result = remote_call(child, SYS_close, 1, (long[]){99});
    CHECK_EQUAL(result.sr_error, EBADF);
    report_again(child, SIGSTOP);
    result = remote_call(child, SYS_write, 3, (long[]){1, 8, 4});
    CHECK_EQUAL(result.sr_error, EFAULT);
    report_again(child, SIGSTOP);

    // Through syscall(2) and __syscall(2); numbers that no kernel has; one that this kernel has no call for is SIGSYS besides.
    result = remote_call(child, SYS_indirect, 1, (long[]){SYS_getpid});
    CHECK_EQUAL(result.sr_retval[0], child);
    report_again(child, SIGSTOP);
    result = remote_call(child, SYS_indirect64, 2, (long[]){SYS_close, 99});
    CHECK_EQUAL(result.sr_error, EBADF);
    report_again(child, SIGSTOP);
    result = remote_call(child, 100000, 0, NULL);
    CHECK_EQUAL(result.sr_error, ENOSYS);
    report_again(child, SIGSTOP);

    // A sleep ends as it begins: the process is stopped.
    result = remote_call(child, SYS_nanosleep, 2, (long[]){address, 0});
    CHECK_EQUAL(result.sr_error, EINTR);
    report_again(child, SIGSTOP);

    // The registers are none the wiser.
    vector.iov_base = &after;
    CHECK_EQUAL(ptrace(PT_GETREGSET, child, &vector, NT_PRSTATUS), 0);
    CHECK_EQUAL(memcmp(&before, &after, sizeof before), 0);
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    EXPECT_KILLED(child, SIGKILL);

    // A signal is queued; exit(2) answers nobody, and the end is reported.
    child = fork();
    if (child == 0)
    {
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    result = remote_call(child, SYS_kill, 2, (long[]){child, SIGUSR1});
    CHECK_EQUAL(result.sr_error, 0);
    report_again(child, SIGSTOP);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGUSR1);
    struct ptrace_sc_remote end = {.pscr_syscall = SYS_exit, .pscr_nargs = 1, .pscr_args = (long[]){9}};
    EXPECT_ERROR(ESRCH, PT_SC_REMOTE, child, &end, sizeof end);
    EXPECT_EXIT(child, 9);

    // With another thread it has to wait for that one, which is stopped: it ends when both go on.
    child = fork();
    if (child == 0)
    {
        start_thread(run);
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    EXPECT_ERROR(EDEADLK, PT_SC_REMOTE, child, &end, sizeof end);
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    EXPECT_EXIT(child, 9);
    expect_no_more_children();
    return 0;
}
