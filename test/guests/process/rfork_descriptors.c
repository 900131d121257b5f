// rfork_descriptors.c: descriptors and the current directory are shared, copied or cleared; a shared table becomes one's own.
#include "process.h"

enum { RFFDG = 1 << 2, RFPROC = 1 << 4, RFCFDG = 1 << 12, F_GETFD = 1, SYS_fcntl = 92, SYS_chdir = 12 };

static bool is_open(int descriptor) { return call4(SYS_fcntl, descriptor, F_GETFD, 0, 0) >= 0; }

static bool is_at(const char *path)
{
    char here[64];
    CHECK_EQUAL(getcwd(here, sizeof here), 0);
    return strcmp(here, path) == 0;
}

// The child closes a descriptor and goes elsewhere: what is that to its parent?
static void fork_with(int flags, bool open_in_child, bool open_afterwards)
{
    int file = open("/dev/null", O_RDWR, 0);
    CHECK(file >= 0);
    CHECK_EQUAL(call4(SYS_chdir, (long)"/", 0, 0, 0), 0);
    int child = (int)call4(SYS_rfork, RFPROC | flags, 0, 0, 0);
    if (child == 0)
    {
        if (is_open(file) != open_in_child)
            exit(1);
        close(file);
        exit(call4(SYS_chdir, (long)"/tmp", 0, 0, 0) == 0 ? 0 : 2);
    }
    EXPECT_EXIT(child, 0);
    CHECK_EQUAL(is_open(file), open_afterwards);
    CHECK_EQUAL(is_at("/"), open_afterwards);
    close(file);
}

int main(void)
{
    fork_with(RFFDG, true, true);
    fork_with(RFCFDG, false, true);
    fork_with(0, true, false);

    // A child that shares the table, and then does not any more.
    int file = open("/dev/null", O_RDWR, 0);
    int child = (int)call4(SYS_rfork, RFPROC, 0, 0, 0);
    if (child == 0)
    {
        if (call4(SYS_rfork, RFFDG, 0, 0, 0) != 0)
            exit(1);
        close(file);
        exit(0);
    }
    EXPECT_EXIT(child, 0);
    CHECK(is_open(file));
    CHECK_EQUAL(call4(SYS_rfork, RFCFDG, 0, 0, 0), 0);
    return is_open(file);
}
