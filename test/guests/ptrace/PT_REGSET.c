// PT_REGSET.c: the size of a register set, the set, and the same set put back.
#include "freebsd14.h"

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);

    struct prstatus status = {0};
    struct iovec vector = {NULL, 0};
    CHECK_EQUAL(ptrace(PT_GETREGSET, child, &vector, NT_PRSTATUS), 0);
    CHECK_EQUAL(vector.iov_len, sizeof status);
    CHECK_EQUAL(vector.iov_base, 0);

    vector.iov_base = &status;
    CHECK_EQUAL(ptrace(PT_GETREGSET, child, &vector, NT_PRSTATUS), 0);
    CHECK_EQUAL(vector.iov_base, &status);
    CHECK_EQUAL(vector.iov_len, sizeof status);
    CHECK_EQUAL(status.pr_statussz, sizeof status);
    CHECK_EQUAL(status.pr_gregsetsz, sizeof status.pr_reg);
    CHECK_EQUAL(status.pr_pid, lwpinfo(child).pl_lwpid);
    struct reg registers;
    CHECK_EQUAL(ptrace(PT_GETREGS, child, &registers, 0), 0);
    CHECK_EQUAL(memcmp(&registers, &status.pr_reg, sizeof registers), 0);

    CHECK_EQUAL(ptrace(PT_SETREGSET, child, &vector, NT_PRSTATUS), 0);
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
