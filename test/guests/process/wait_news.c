// wait_news.c: what wait6 tells of children: stops, going on, ends, the time they used; and which SIGCHLD it takes away.
#include "process.h"

static volatile int children_told;
static void told(int signal)
{
    (void)signal;
    children_told++;
}

static int expect_news(int child, int options, int code, int value)
{
    siginfo_t info;
    int status = -1;
    CHECK_EQUAL(wait6(P_PID, child, &status, options, NULL, &info), child);
    CHECK_EQUAL(info.si_signo, SIGCHLD);
    CHECK_EQUAL(info.si_code, code);
    CHECK_EQUAL(info.si_status, value);
    CHECK_EQUAL(info.si_pid, child);
    return status;
}

static void spend_time(void)
{
    for (volatile int i = 0; i < 100000; i++)
        ;
}

int main(void)
{
    enum { CLD_EXITED = 1, CLD_STOPPED = 5, CLD_CONTINUED = 6, P_JAILID = 12 };
    struct gate gate = make_gate();
    struct wrusage usage;
    int status;
    int child = fork();
    if (child == 0)
    {
        int grandchild = fork();
        if (grandchild == 0)
        {
            spend_time();
            exit(0);
        }
        EXPECT_EXIT(grandchild, 0);
        pass_gate(gate);
        exit(3);
    }
    CHECK_EQUAL(wait6(P_ALL, 0, &status, WEXITED | WNOHANG, NULL, NULL), 0);
    CHECK_EQUAL(wait6(P_JAILID, 0, &status, WEXITED | WNOHANG, NULL, NULL), 0);
    EXPECT_ERROR(wait6(P_JAILID, 5, &status, WEXITED | WNOHANG, NULL, NULL), ECHILD);
    // 0 means the own group, for a process number as well.
    CHECK_EQUAL(wait6(P_PID, 0, &status, WEXITED | WNOHANG, NULL, NULL), 0);
    CHECK_EQUAL(wait6(P_PGID, 0, &status, WEXITED | WNOHANG, NULL, NULL), 0);

    CHECK_EQUAL(kill(child, SIGSTOP), 0);
    CHECK_EQUAL(expect_news(child, WUNTRACED, CLD_STOPPED, SIGSTOP), SIGSTOP << 8 | 0x7f);
    CHECK_EQUAL(wait6(P_PID, child, &status, WUNTRACED | WNOHANG, NULL, NULL), 0);
    CHECK_EQUAL(kill(child, SIGCONT), 0);
    CHECK_EQUAL(expect_news(child, WCONTINUED, CLD_CONTINUED, SIGCONT), 0x13);
    CHECK_EQUAL(wait6(P_PID, child, &status, WCONTINUED | WNOHANG, NULL, NULL), 0);

    // Going on is no news any more after the next stop.
    kill(child, SIGSTOP);
    expect_news(child, WUNTRACED, CLD_STOPPED, SIGSTOP);
    kill(child, SIGCONT);
    kill(child, SIGSTOP);
    expect_news(child, WUNTRACED, CLD_STOPPED, SIGSTOP);
    CHECK_EQUAL(wait6(P_PID, child, &status, WCONTINUED | WNOHANG, NULL, NULL), 0);
    kill(child, SIGCONT);

    handle(SIGCHLD, told);
    block(SIGCHLD);
    open_gate(gate);
    expect_news(child, WEXITED | WNOWAIT, CLD_EXITED, 3);
    CHECK_EQUAL(wait6(P_ALL, 0, &status, WEXITED, &usage, NULL), child);
    CHECK_EQUAL(status, 3 << 8);
    CHECK(usage.children.user.tv_usec >= 100);
    // The wait has taken the signal with it.
    unblock(SIGCHLD);
    CHECK_EQUAL(children_told, 0);

    // A parent that ignores SIGCHLD never hears of its children's ends, but waits for them all the same.
    handle(SIGCHLD, SIG_IGN);
    child = fork();
    if (child == 0)
        return 0;
    expect_no_more_children();
    return 0;
}
