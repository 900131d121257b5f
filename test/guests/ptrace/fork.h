// fork.h: a process that forks, the two stops by which its debugger hears of it, and who of the two is debugged afterwards.
#pragma once
#include "case.h"

enum which { NOBODY, PARENT, CHILD };
enum kinship { OWN_CHILD, UNRELATED };

// What is debugged: forks, and waits for the new process, which exits with 2; exits with 1 itself.
static inline int run_forker(void)
{
    int child = fork();
    if (child == 0)
        return 2;
    EXPECT_EXIT(child, 2);
    return 1;
}

// FreeBSD 11 still shows the signal of the stop before; the release stands in the auxiliary vector.
static inline bool shows_stale_signals(void) { return auxiliary(18, 0) < 1200000; }

// The two stops of a fork, in either order; with a code, each tells that system call. The new process's pid.
static inline int await_fork(int parent, int forked, unsigned code)
{
    int child = 0;
    unsigned arguments[2];
    for (int told = 0; told < 2; told++)
    {
        int status, pid = wait4(-1, &status, 0, NULL);
        CHECK(pid > 0 && WIFSTOPPED(status));
        struct ptrace_lwpinfo info = lwpinfo(pid);
        arguments[told] = info.pl_syscall_narg;
        if (code != 0)
            CHECK_EQUAL(info.pl_syscall_code, code);
        CHECK_EQUAL(WSTOPSIG(status), pid == parent ? SIGTRAP : SIGSTOP);
        int stale = shows_stale_signals() ? info.pl_flags & PL_FLAG_SI : 0;
        CHECK_EQUAL(info.pl_flags, stale | PL_FLAG_SCX | (pid == parent ? forked : PL_FLAG_CHILD));
        int its_child = pid == parent ? info.pl_child_pid : pid;
        CHECK(its_child != parent && (told == 0 || its_child == child));
        child = its_child;
    }
    CHECK_EQUAL(arguments[0], arguments[1]);
    return child;
}

// A child that wants to be traced, and is about to run function.
static inline int start_traced(int (*function)(void))
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        exit(function());
    }
    EXPECT_STOP(child, SIGSTOP);
    return child;
}

// The same, but it is a stranger, who had a parent and is attached to.
static inline int attach_stranger(int (*function)(void))
{
    int pids[2], go[2], stranger;
    char byte;
    make_pipe(pids);
    make_pipe(go);
    int middle = fork();
    if (middle == 0)
    {
        stranger = fork();
        if (stranger == 0)
        {
            CHECK_EQUAL(read(go[0], &byte, 1), 1);
            exit(function());
        }
        CHECK_EQUAL(write(pids[1], &stranger, sizeof stranger), sizeof stranger);
        exit(0);
    }
    CHECK_EQUAL(read(pids[0], &stranger, sizeof stranger), sizeof stranger);
    EXPECT_EXIT(middle, 0);
    attach(stranger);
    CHECK_EQUAL(write(go[1], "g", 1), 1);
    return stranger;
}

static inline void let_go(int pid, bool detach)
{
    CHECK_EQUAL(ptrace(detach ? PT_DETACH : PT_CONTINUE, pid, (void *)1, 0), 0);
}

// Both sides of a fork stop; one may be detached then. Everybody ends as he should, before the eyes of whoever still looks.
static inline int follow_fork(enum kinship kinship, enum which detached)
{
    int parent = kinship == UNRELATED ? attach_stranger(run_forker) : start_traced(run_forker);
    CHECK_EQUAL(ptrace(PT_FOLLOW_FORK, parent, NULL, 1), 0);
    RESUME(parent, 0);
    int child = await_fork(parent, PL_FLAG_FORKED, 0);
    let_go(parent, detached == PARENT);
    let_go(child, detached == CHILD);
    // The forking process waits for the new one, but hears of its end only after its debugger.
    if (detached != CHILD)
        EXPECT_EXIT(child, 2);
    if (detached != PARENT || kinship == OWN_CHILD)
        EXPECT_EXIT(parent, 1);
    expect_no_more_children();
    return 0;
}
