// rfork_signals.c: shared handlers, handlers that are dropped, and children that announce their end by another signal, or by none.
#include "process.h"

enum { RFFDG = 1 << 2, RFPROC = 1 << 4, RFNOWAIT = 1 << 6, RFSIGSHARE = 1 << 14, RFTSIGZMB = 1 << 19, RFTSIGSHIFT = 20 };
static const int RFSPAWN = -0x80000000, WLINUXCLONE = -0x80000000;

static volatile int caught_count;
static void caught(int signal)
{
    (void)signal;
    caught_count++;
}

static void (*handler_of(int signal))(int)
{
    struct sigaction action;
    CHECK_EQUAL(sigaction(signal, NULL, &action), 0);
    return action.sa_handler;
}

static NOINLINE int spawn(void)
{
    int child = (int)call4(SYS_rfork, RFSPAWN, 0, 0, 0);
    if (child == 0)
        exit(handler_of(SIGUSR1) == SIG_DFL && handler_of(SIGUSR2) == SIG_IGN ? 0 : 1);
    return child;
}

int main(void)
{
    handle(SIGUSR1, caught);
    handle(SIGUSR2, SIG_IGN);
    EXPECT_EXIT(spawn(), 0);
    CHECK(handler_of(SIGUSR1) == caught);

    int child = (int)call4(SYS_rfork, RFFDG | RFPROC | RFSIGSHARE, 0, 0, 0);
    if (child == 0)
    {
        handle(SIGUSR2, caught);
        exit(0);
    }
    EXPECT_EXIT(child, 0);
    CHECK(handler_of(SIGUSR2) == caught);

    // By SIGUSR1, and only to those who look for such children.
    child = (int)call4(SYS_rfork, RFFDG | RFPROC | RFTSIGZMB | SIGUSR1 << RFTSIGSHIFT, 0, 0, 0);
    if (child == 0)
        exit(5);
    while (caught_count == 0)
        yield();
    EXPECT_ERROR(wait4(child, NULL, 0, NULL), ECHILD);
    int status;
    CHECK_EQUAL(wait4(child, &status, WLINUXCLONE, NULL), child);
    CHECK_EQUAL(status, 5 << 8);

    // Not our child at all.
    struct gate gate = make_gate();
    child = (int)call4(SYS_rfork, RFFDG | RFPROC | RFNOWAIT, 0, 0, 0);
    if (child == 0)
    {
        tell(gate, getppid());
        exit(0);
    }
    EXPECT_ERROR(wait4(child, NULL, 0, NULL), ECHILD);
    CHECK_EQUAL(hear(gate), 1);
    return 0;
}
