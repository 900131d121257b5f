// reaper_kill.c: a signal to all descendants of a reaper, to its children, or to what is below one of them.
#include "process.h"

enum { PROC_REAP_KILL = 6, CHILDREN = 1, SUBTREE = 2 };
struct request { int signal; unsigned flags; int subtree; unsigned killed; int failed; unsigned pad[15]; };

static struct gate report;

// A child that has a child; both sleep. The child's child's number is told.
static int family(void)
{
    int child = fork();
    if (child == 0)
    {
        int grandchild = fork();
        if (grandchild != 0)
            tell(report, grandchild);
        sleep_for_ever();
    }
    return child;
}

static unsigned kill_them(unsigned flags, int subtree)
{
    struct request request = {.signal = SIGTERM, .flags = flags, .subtree = subtree, .killed = 77, .failed = 77};
    CHECK_EQUAL(procctl(P_PID, 0, PROC_REAP_KILL, &request), 0);
    CHECK_EQUAL(request.failed, -1);
    return request.killed;
}

int main(void)
{
    report = make_gate();
    become_reaper();
    struct request request = {.signal = SIGTERM, .killed = 77};
    EXPECT_ERROR(procctl(P_PID, 0, PROC_REAP_KILL, &request), ESRCH);
    CHECK_EQUAL(request.killed, 0);
    CHECK_EQUAL(request.failed, -1);
    request.flags = CHILDREN | SUBTREE;
    EXPECT_ERROR(procctl(P_PID, 0, PROC_REAP_KILL, &request), EINVAL);
    request = (struct request){.signal = 0};
    EXPECT_ERROR(procctl(P_PID, 0, PROC_REAP_KILL, &request), EINVAL);

    int first = family(), first_child = hear(report), second = family(), second_child = hear(report);
    CHECK_EQUAL(kill_them(SUBTREE, first), 2);
    EXPECT_KILLED(first, SIGTERM);
    EXPECT_KILLED(first_child, SIGTERM);
    CHECK_EQUAL(kill_them(CHILDREN, 0), 1);
    EXPECT_KILLED(second, SIGTERM);
    CHECK_EQUAL(kill_them(0, 0), 1);
    EXPECT_KILLED(second_child, SIGTERM);
    expect_no_more_children();
    return 0;
}
