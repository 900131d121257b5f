// syscall_args.c: number, arguments and results of three system calls.
#include "case.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        getpid();
        kill(getpid(), 0);
        close(1000);
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_SYSCALL, child, (void *)1, 0), 0);
    // getpid, getpid for kill, kill, close; PT_SYSCALL stays in force.
    static const struct { unsigned code, count; int error; } calls[] = {{20, 0, 0}, {20, 0, 0}, {37, 2, 0}, {6, 1, EBADF}};
    for (int i = 0; i < 4; i++)
    {
        unsigned long arguments[8];
        struct ptrace_sc_ret result;
        EXPECT_STOP(child, SIGTRAP);
        struct ptrace_lwpinfo info = lwpinfo(child);
        CHECK_EQUAL(info.pl_flags, PL_FLAG_SCE);
        CHECK_EQUAL(info.pl_syscall_code, calls[i].code);
        CHECK_EQUAL(info.pl_syscall_narg, calls[i].count);
        CHECK_EQUAL(ptrace(PT_GET_SC_ARGS, child, arguments, sizeof arguments), 0);
        if (calls[i].code == 37)
        {
            CHECK_EQUAL(arguments[0], child);
            CHECK_EQUAL(arguments[1], 0);
        }
        if (calls[i].code == 6)
            CHECK_EQUAL(arguments[0], 1000);
        CHECK_EQUAL(ptrace(PT_GET_SC_RET, child, &result, sizeof result), -1);
        CHECK_EQUAL(errno, EINVAL);
        RESUME(child, 0);
        EXPECT_STOP(child, SIGTRAP);
        info = lwpinfo(child);
        CHECK_EQUAL(info.pl_flags, PL_FLAG_SCX);
        CHECK_EQUAL(info.pl_syscall_code, calls[i].code);
        CHECK_EQUAL(ptrace(PT_GET_SC_RET, child, &result, sizeof result), 0);
        CHECK_EQUAL(result.sr_error, calls[i].error);
        CHECK_EQUAL(result.sr_retval[0], calls[i].code == 20 ? child : 0);
        if (i == 3)
            set_events(child, get_events(child) & ~(PTRACE_SCE | PTRACE_SCX));
        RESUME(child, 0);
    }
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
