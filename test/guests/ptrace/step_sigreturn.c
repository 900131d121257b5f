// step_sigreturn.c: a step over sigreturn(2) ends before the first instruction that it returns to, though the flags it restores have no step.
#include "registers.h"

static volatile int handled;

static void caught(int signal)
{
    (void)signal;
    raise(SIGUSR2);
    handled = 1;
}

static long pc_of(int child)
{
    long registers[REG_WORDS];
    CHECK_EQUAL(ptrace(PT_GETREGS, child, registers, 0), 0);
    return registers[REG_PC];
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, caught);
        trace_me();
        raise(SIGUSR1);
        return handled;
    }
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    EXPECT_STOP(child, SIGUSR1);
    long interrupted = pc_of(child);
    RESUME(child, SIGUSR1);
    EXPECT_STOP(child, SIGUSR2);
    CHECK(pc_of(child) == interrupted);
    // Out of the handler, through the trampoline in the shared page and back: to where the first signal came.
    int left = 0, steps = 0;
    for (long pc = 0; pc != interrupted || !left; steps++)
    {
        CHECK(steps < 1000);
        CHECK_EQUAL(ptrace(PT_STEP, child, (void *)1, 0), 0);
        EXPECT_STOP(child, SIGTRAP);
        struct ptrace_lwpinfo info = lwpinfo(child);
        CHECK_EQUAL(info.pl_flags & PL_FLAG_SI, PL_FLAG_SI);
        CHECK_EQUAL(info.pl_siginfo.si_code, TRAP_TRACE);
        pc = pc_of(child);
        left |= (unsigned long)pc > 0x7000000000UL;
    }
    CHECK_EQUAL(ptrace(PT_STEP, child, (void *)1, 0), 0);
    EXPECT_STOP(child, SIGTRAP);
    CHECK(pc_of(child) != interrupted);
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
