// wait_handler.c: a wait whose SIGCHLD handler lacks SA_RESTART still returns a child that stops, traps or goes on. It takes the signal
// back with the news, so that no handler runs, unless it leaves the news there (WNOWAIT).
#include "process.h"

enum { SA_NOCLDSTOP = 8, W_STOPPED = 2 };

static volatile int handled;
static void on_child(int signal) { handled += signal == SIGCHLD; }

static void rest(void)
{
    struct timespec moment = {0, 1000000};
    nanosleep(&moment, NULL);
}

// A child that stops itself while the parent waits, and is continued by another.
static void check_job_control(int flags, int more, int expected)
{
    struct sigaction action = {.sa_handler = on_child, .sa_flags = flags};
    CHECK_EQUAL(sigaction(SIGCHLD, &action, NULL), 0);
    int status, child = fork();
    if (child == 0)
    {
        rest();
        kill(getpid(), SIGSTOP);
        sleep_for_ever();
    }
    handled = 0;
    CHECK_EQUAL(wait6(P_PID, child, &status, W_STOPPED | more, NULL, NULL), child);
    CHECK_EQUAL(status, 0x117f);
    CHECK_EQUAL(handled, expected);
    int waker = fork();
    if (waker == 0)
    {
        rest();
        kill(child, SIGCONT);
        sleep_for_ever();
    }
    handled = 0;
    CHECK_EQUAL(wait6(P_PID, child, &status, WCONTINUED | more, NULL, NULL), child);
    CHECK_EQUAL(status, 0x13);
    CHECK_EQUAL(handled, expected);
    kill(waker, SIGKILL);
    while (wait4(waker, &status, 0, NULL) != waker) { }
    kill(child, SIGKILL);
    while (wait4(child, &status, 0, NULL) != child) { }
}

int main(void)
{
    check_job_control(0, 0, 0);
    check_job_control(0, WNOWAIT, 1);
    check_job_control(SA_NOCLDSTOP, WNOWAIT, 0);

    struct sigaction action = {.sa_handler = on_child};
    CHECK_EQUAL(sigaction(SIGCHLD, &action, NULL), 0);
    int status, child = fork();
    if (child == 0)
    {
        ptrace(PT_TRACE_ME, 0, NULL, 0);
        rest();
        kill(getpid(), SIGUSR1);
        exit(7);
    }
    handled = 0;
    CHECK_EQUAL(wait6(P_ALL, 0, &status, WEXITED | WTRAPPED, NULL, NULL), child);
    CHECK_EQUAL(status, SIGUSR1 << 8 | 0x7f);
    CHECK_EQUAL(handled, 0);
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    while (wait4(child, &status, 0, NULL) != child) { }
    return 0;
}
