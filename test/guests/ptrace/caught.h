// caught.h: children that count the SIGUSR1 they catch, and how a debugger brings a child to a system call.
#pragma once
#include "case.h"

static volatile int count;

static void caught(int signal)
{
    (void)signal;
    count++;
}

// Stops itself, makes one system call, and exits with the count.
static inline int fork_counting(void)
{
    int child = fork();
    if (child != 0)
        return child;
    handle(SIGUSR1, caught);
    trace_me();
    getpid();
    exit(count);
}

// Stops itself with SIGUSR1 blocked, unblocks it, and exits with 1: one came, and it came then.
static inline int fork_blocking(void)
{
    int child = fork();
    if (child != 0)
        return child;
    handle(SIGUSR1, caught);
    block(SIGUSR1);
    trace_me();
    CHECK_EQUAL(count, 0);
    unblock(SIGUSR1);
    CHECK_EQUAL(count, 1);
    exit(1);
}

// From the child's first stop to the entry of its next system call, by PT_SYSCALL or PT_TO_SCE.
static inline void to_entry(int child, int request)
{
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(ptrace(request, child, (void *)1, 0), 0);
    EXPECT_STOP(child, SIGTRAP);
    CHECK_EQUAL(lwpinfo(child).pl_flags, PL_FLAG_SCE);
}

// Resumes the child from stops at system calls until it ends; its status.
static inline int end_through_system_calls(int child)
{
    for (;;)
    {
        int status = wait_for(child);
        if (!WIFSTOPPED(status))
            return status;
        CHECK_EQUAL(status, SIGTRAP << 8 | 0x7f);
        CHECK((lwpinfo(child).pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) != 0);
        RESUME(child, 0);
    }
}
