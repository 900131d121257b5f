// terminate.h: a debugger that exits while its tracee, of two threads, is stopped.
#pragma once
#include "family.h"

static inline void spin(void)
{
    for (;;)
        yield();
}

// The tracee must not stay stopped, whichever of its threads took the SIGSTOP: it is killed, and comes to this process, its reaper.
static inline int terminate(void (*run_thread)(void *), void (*run_main)(void))
{
    int pids[2], child;
    make_pipe(pids);
    become_reaper();
    int debugger = fork();
    if (debugger == 0)
    {
        child = fork();
        if (child == 0)
        {
            CHECK_EQUAL(ptrace(PT_TRACE_ME, 0, NULL, 0), 0);
            start_thread(run_thread);
            run_main();
            exit(1);
        }
        EXPECT_STOP(child, SIGSTOP);
        CHECK_EQUAL(write(pids[1], &child, sizeof child), sizeof child);
        exit(0);
    }
    CHECK_EQUAL(read(pids[0], &child, sizeof child), sizeof child);
    EXPECT_EXIT(debugger, 0);
    EXPECT_KILLED(child, SIGKILL);
    expect_no_more_children();
    return 0;
}
