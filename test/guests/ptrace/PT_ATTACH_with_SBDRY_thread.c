// PT_ATTACH_with_SBDRY_thread.c: a process whose threads all sleep where stops are deferred, for a file lock, can be attached to.
#include "registers.h"

enum { SYS_flock = 131, LOCK_EX = 2, LOCK_UN = 8, PT_GETLWPLIST = 15 };

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

// Neither thread stays in its call: both will make it anew, and stand before its instruction.
static void expect_restarts(int child)
{
    int lwps[3];
    long registers[REG_WORDS];
    CHECK_EQUAL(ptrace(PT_GETLWPLIST, child, lwps, 3), 2);
    for (int i = 0; i < 2; i++)
    {
        CHECK_EQUAL(ptrace(PT_GETREGS, lwps[i], registers, 0), 0);
        CHECK(is_system_call(registers[REG_PC]));
    }
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
    expect_restarts(child);
    CHECK_EQUAL(ptrace(PT_DETACH, child, NULL, 0), 0);
    CHECK_EQUAL(nanosleep(&moment, NULL), 0);
    CHECK_EQUAL(call4(SYS_flock, file, LOCK_UN, 0, 0), 0);
    EXPECT_EXIT(child, 0);
    expect_no_more_children();
    return 0;
}
