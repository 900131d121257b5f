// PT_ATTACH_with_SBDRY_thread.c: a process whose threads all sleep where stops are deferred, for a file lock, can be attached to.
#include "case.h"

enum { SYS_flock = 131, LOCK_EX = 2, LOCK_UN = 8 };

static const char path[] = "/tmp/lock";
static volatile int finished;

// An open file of its own, so that each lock is another one.
static void take_lock(void)
{
    int file = open(path, O_RDWR, 0);
    CHECK(file >= 0);
    CHECK_EQUAL(call4(SYS_flock, file, LOCK_EX, 0, 0), 0);
    CHECK_EQUAL(close(file), 0);
}

static void run(void *argument)
{
    (void)argument;
    take_lock();
    finished = 1;
    thread_exit();
}

int main(void)
{
    int file = open(path, O_CREAT | O_RDWR, 0600);
    CHECK(file >= 0);
    CHECK_EQUAL(call4(SYS_flock, file, LOCK_EX, 0, 0), 0);
    int child = fork();
    if (child == 0)
    {
        close(file);
        start_thread(run);
        take_lock();
        while (!finished)
            yield();
        return 0;
    }
    struct timespec moment = {1, 0};
    CHECK_EQUAL(nanosleep(&moment, NULL), 0);
    attach(child);
    CHECK_EQUAL(ptrace(PT_DETACH, child, NULL, 0), 0);
    CHECK_EQUAL(nanosleep(&moment, NULL), 0);
    CHECK_EQUAL(call4(SYS_flock, file, LOCK_UN, 0, 0), 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
