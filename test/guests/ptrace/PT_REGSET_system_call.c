// PT_REGSET_system_call.c: at a system call's entry PT_SETREGS has the arguments fetched again, PT_SETREGSET has not.
#include "freebsd14.h"

int main(void)
{
    for (int set = 0; set < 2; set++)
    {
        int child = fork();
        if (child == 0)
        {
            trace_me();
            exit(1);
        }
        EXPECT_STOP(child, SIGSTOP);
        CHECK_EQUAL(ptrace(PT_TO_SCE, child, (void *)1, 0), 0);
        EXPECT_STOP(child, SIGTRAP);
        CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SCE);
        struct prstatus status;
        struct iovec vector = {&status, sizeof status};
        CHECK_EQUAL(ptrace(PT_GETREGSET, child, &vector, NT_PRSTATUS), 0);
        status.pr_reg.FIRST_ARGUMENT = 7;
        CHECK_EQUAL(ptrace(PT_SETREGSET, child, &vector, NT_PRSTATUS), 0);
        if (set)
            CHECK_EQUAL(ptrace(34, child, &status.pr_reg, 0), 0);
        RESUME(child, 0);
        EXPECT_EXIT(child, set ? 7 : 1);
    }
    expect_no_more_children();
    return 0;
}
