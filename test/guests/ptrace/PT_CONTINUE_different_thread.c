// PT_CONTINUE_different_thread.c: continuing by another thread's id lets the one go on that has reported: nothing is told twice.
#include "registers.h"

enum { THREADS = 2 };

static volatile int done;

static void run(void *argument)
{
    (void)argument;
    BREAKPOINT();
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
    thread_exit();
}

struct thread
{
    int lwp, breakpoints, exits;
};

static struct thread *find(struct thread *threads, int lwp)
{
    int i = 0;
    while (i < THREADS && threads[i].lwp != lwp)
        i++;
    CHECK(i < THREADS);
    return &threads[i];
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        trace_me();
        for (int i = 0; i < THREADS; i++)
            start_thread(run);
        while (done < THREADS)
            yield();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(ptrace(PT_LWP_EVENTS, child, NULL, 1), 0);
    RESUME(child, 0);
    struct thread threads[THREADS] = {{0, 0, 0}};
    int born = 0, status;
    while ((status = wait_for(child)) == (SIGTRAP << 8 | 0x7f))
    {
        struct ptrace_lwpinfo info = lwpinfo(child);
        int resumed = child;
        if ((info.pl_flags & PL_FLAG_BORN) != 0)
        {
            CHECK(born < THREADS);
            threads[born++].lwp = info.pl_lwpid;
        }
        else
        {
            struct thread *thread = find(threads, info.pl_lwpid), *other = &threads[thread == threads];
            if ((info.pl_flags & PL_FLAG_EXITED) != 0)
                thread->exits++;
            else
            {
                thread->breakpoints++;
                skip_breakpoint(info.pl_lwpid);
            }
            if (other->lwp != 0 && other->exits == 0)
                resumed = other->lwp;
        }
        RESUME(resumed, 0);
    }
    CHECK_EQUAL(status, 1 << 8);
    for (int i = 0; i < THREADS; i++)
    {
        CHECK_EQUAL(threads[i].breakpoints, 1);
        CHECK_EQUAL(threads[i].exits, 1);
    }
    expect_no_more_children();
    return 0;
}
