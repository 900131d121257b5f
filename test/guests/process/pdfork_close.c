// pdfork_close.c: the last close of a descriptor kills its process, but for daemons; the reaper gets it.
#include "process.h"

static int start(int flags, int *descriptor)
{
    int child = pdfork(descriptor, flags);
    if (child == 0)
        sleep_for_ever();
    CHECK(child > 0);
    return child;
}

int main(void)
{
    int descriptor, other;
    become_reaper();

    int child = start(0, &descriptor);
    CHECK_EQUAL(close(descriptor), 0);
    EXPECT_KILLED(child, SIGKILL);

    // Another descriptor for it, in another process, keeps it alive.
    child = start(0, &descriptor);
    struct gate gate = make_gate();
    int holder = fork();
    if (holder == 0)
    {
        pass_gate(gate);
        return 0;
    }
    CHECK_EQUAL(close(descriptor), 0);
    CHECK_EQUAL(kill(child, 0), 0);
    open_gate(gate);
    EXPECT_EXIT(holder, 0);
    EXPECT_KILLED(child, SIGKILL);

    child = start(PD_DAEMON, &descriptor);
    CHECK_EQUAL(close(descriptor), 0);
    CHECK_EQUAL(kill(child, SIGTERM), 0);
    EXPECT_KILLED(child, SIGTERM);

    // pdkill, and a zombie that goes with its descriptor.
    child = start(0, &descriptor);
    CHECK_EQUAL(call4(SYS_pdkill, descriptor, SIGTERM, 0, 0), 0);
    int status;
    CHECK_EQUAL(wait6(P_PID, child, &status, WEXITED | WNOWAIT, NULL, NULL), child);
    CHECK_EQUAL(status, SIGTERM);
    CHECK_EQUAL(close(descriptor), 0);
    EXPECT_ERROR(kill(child, 0), ESRCH);

    // Each forked child that gets a copy holds it too, but a new program only without PD_CLOEXEC.
    child = start(PD_CLOEXEC, &descriptor);
    CHECK_EQUAL(call4(92, descriptor, 1, 0, 0), 1);
    other = start(0, &other);
    CHECK_EQUAL(close(descriptor), 0);
    CHECK_EQUAL(kill(child, 0), 0);
    CHECK_EQUAL(kill(other, SIGKILL), 0);
    EXPECT_KILLED(other, SIGKILL);
    EXPECT_KILLED(child, SIGKILL);
    expect_no_more_children();
    return 0;
}
