// reaper.c: orphans come to their reaper, which can ask for its descendants, and may pass them on.
#include "process.h"

enum { PROC_REAP_RELEASE = 3, PROC_REAP_STATUS = 4, PROC_REAP_GETPIDS = 5 };
enum { OWNED = 1, REALINIT = 2, VALID = 1, CHILD = 2, REAPER = 4 };
struct status { unsigned flags, children, descendants; int reaper, pid; unsigned pad[15]; };
struct info { int pid, subtree; unsigned flags, pad[15]; };
struct pids { unsigned count, pad[15]; struct info *pids; };

static struct status status_of(int pid)
{
    struct status status;
    CHECK_EQUAL(procctl(P_PID, pid, PROC_REAP_STATUS, &status), 0);
    return status;
}

int main(void)
{
    struct gate leave = make_gate(), end = make_gate(), report = make_gate();
    struct status status = status_of(0);
    CHECK_EQUAL(status.flags, REALINIT);
    CHECK_EQUAL(status.reaper, 1);
    EXPECT_ERROR(procctl(P_PID, 0, PROC_REAP_RELEASE, NULL), EINVAL);
    EXPECT_ERROR(procctl(P_PID, 0, PROC_REAP_ACQUIRE, &status), EINVAL);
    EXPECT_ERROR(procctl(P_PGID, 0, PROC_REAP_ACQUIRE, NULL), EINVAL);
    EXPECT_ERROR(procctl(P_PID, 99998, PROC_REAP_STATUS, &status), ESRCH);
    EXPECT_ERROR(procctl(P_PID, 0, 99, NULL), EINVAL);
    become_reaper();
    EXPECT_ERROR(procctl(P_PID, 0, PROC_REAP_ACQUIRE, NULL), EBUSY);
    status = status_of(0);
    CHECK_EQUAL(status.flags, OWNED);
    CHECK_EQUAL(status.pid, -1);

    // A child with a child of its own.
    int middle = fork();
    if (middle == 0)
    {
        int grandchild = fork();
        if (grandchild == 0)
        {
            pass_gate(end);
            exit(getppid() == status_of(0).reaper ? 7 : 8);
        }
        EXPECT_ERROR(procctl(P_PID, getppid(), PROC_REAP_ACQUIRE, NULL), EPERM);
        tell(report, grandchild);
        pass_gate(leave);
        return 0;
    }
    int grandchild = hear(report);
    status = status_of(middle);
    CHECK_EQUAL(status.flags, 0);
    CHECK_EQUAL(status.reaper, getpid());
    CHECK_EQUAL(status.children, 1);
    CHECK_EQUAL(status.descendants, 2);
    CHECK_EQUAL(status.pid, middle);

    struct info infos[3] = {{.pid = 0}};
    struct pids pids = {.count = 3, .pids = infos};
    CHECK_EQUAL(procctl(P_PID, 0, PROC_REAP_GETPIDS, &pids), 0);
    CHECK_EQUAL(infos[0].pid, grandchild);
    CHECK_EQUAL(infos[0].subtree, middle);
    CHECK_EQUAL(infos[0].flags, VALID);
    CHECK_EQUAL(infos[1].pid, middle);
    CHECK_EQUAL(infos[1].subtree, middle);
    CHECK_EQUAL(infos[1].flags, VALID | CHILD);
    CHECK_EQUAL(infos[2].flags, 0);

    open_gate(leave);
    EXPECT_EXIT(middle, 0);
    status = status_of(0);
    CHECK_EQUAL(status.children, 1);
    CHECK_EQUAL(status.descendants, 1);
    open_gate(end);
    EXPECT_EXIT(grandchild, 7);

    // A reaper below this one that gives up its office: its descendants are this one's.
    middle = fork();
    if (middle == 0)
    {
        become_reaper();
        grandchild = fork();
        if (grandchild == 0)
            sleep_for_ever();
        tell(report, grandchild);
        pass_gate(leave);
        CHECK_EQUAL(procctl(P_PID, 0, PROC_REAP_RELEASE, NULL), 0);
        exit(status_of(0).reaper == getppid() ? 0 : 1);
    }
    grandchild = hear(report);
    CHECK_EQUAL(status_of(0).descendants, 1);
    CHECK_EQUAL(procctl(P_PID, 0, PROC_REAP_GETPIDS, &pids), 0);
    CHECK_EQUAL(infos[0].flags, VALID | CHILD | REAPER);
    open_gate(leave);
    EXPECT_EXIT(middle, 0);
    CHECK_EQUAL(status_of(0).descendants, 1);
    CHECK_EQUAL(kill(grandchild, SIGKILL), 0);
    EXPECT_KILLED(grandchild, SIGKILL);
    expect_no_more_children();
    return 0;
}
