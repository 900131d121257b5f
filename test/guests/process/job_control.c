// job_control.c: who may go to which process group and session, and what becomes of a group that is orphaned.
#include "process.h"

static volatile int hung_up, continued;
static void told(int signal) { signal == SIGHUP ? hung_up++ : continued++; }

static void check_groups(void)
{
    struct gate gate = make_gate(), report = make_gate();
    int child = fork();
    if (child == 0)
    {
        int grandchild = fork();
        if (grandchild != 0)
            tell(report, grandchild);
        sleep_for_ever();
    }
    int grandchild = hear(report);
    EXPECT_ERROR(setpgid(child, -1), EINVAL);
    EXPECT_ERROR(setpgid(99998, 0), ESRCH);
    EXPECT_ERROR(setpgid(getppid(), 0), ESRCH);
    EXPECT_ERROR(setpgid(child, 99998), EPERM);
    CHECK_EQUAL(setpgid(child, 0), 0);
    CHECK_EQUAL(getpgid(child), child);
    // A descendant too, into a group that is there.
    CHECK_EQUAL(setpgid(grandchild, child), 0);
    CHECK_EQUAL(getpgid(grandchild), child);
    CHECK_EQUAL(kill(-child, SIGTERM), 0);
    EXPECT_KILLED(child, SIGTERM);

    // A leader of a group cannot begin a session; a leader of a session cannot leave it.
    child = fork();
    if (child == 0)
    {
        CHECK_EQUAL(setsid(), getpid());
        CHECK_EQUAL(getsid(0), getpid());
        EXPECT_ERROR(setsid(), EPERM);
        EXPECT_ERROR(setpgid(0, 0), EPERM);
        open_gate(gate);
        sleep_for_ever();
    }
    pass_gate(gate);
    EXPECT_ERROR(setpgid(child, 0), EPERM);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    EXPECT_KILLED(child, SIGKILL);
}

static void check_executed(void)
{
    char *const arguments[] = {"job_control", "sleep", NULL};
    int child = fork();
    if (child == 0)
    {
        execve("/bin/job_control", arguments, environ);
        exit(1);
    }
    // Until it has executed its program, it may be moved.
    while (setpgid(child, 0) == 0)
        yield();
    CHECK_EQUAL(errno, EACCES);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    EXPECT_KILLED(child, SIGKILL);
}

// The parent of a stopped process in a group of its own exits: the group is hung up and continued.
static void check_orphaned(void)
{
    struct gate report = make_gate(), go = make_gate();
    int status;
    become_reaper();
    int middle = fork();
    if (middle == 0)
    {
        CHECK_EQUAL(setsid(), getpid());
        int child = fork();
        if (child == 0)
        {
            CHECK_EQUAL(setpgid(0, 0), 0);
            handle(SIGHUP, told);
            handle(SIGCONT, told);
            kill(getpid(), SIGTSTP);
            while (!hung_up || !continued)
                yield();
            // Now nobody could continue it: a terminal's stop is nothing.
            kill(getpid(), SIGTSTP);
            exit(9);
        }
        CHECK_EQUAL(wait4(child, &status, WUNTRACED, NULL), child);
        CHECK_EQUAL(status, SIGTSTP << 8 | 0x7f);
        tell(report, child);
        pass_gate(go);
        exit(0);
    }
    int child = hear(report);
    open_gate(go);
    EXPECT_EXIT(middle, 0);
    EXPECT_EXIT(child, 9);
    expect_no_more_children();
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        sleep_for_ever();
    check_groups();
    check_executed();
    check_orphaned();
    return 0;
}
