// vfork_memory.c: the child of a vfork writes its parent's memory, and the parent waits for it.
#include "process.h"

static volatile int written;

static NOINLINE int run(void)
{
    int child = (int)call4(SYS_vfork, 0, 0, 0, 0);
    if (child == 0)
    {
        written = getpid();
        exit(3);
    }
    return child;
}

int main(void)
{
    int child = run();
    CHECK_EQUAL(written, child);
    EXPECT_EXIT(child, 3);
    return 0;
}
