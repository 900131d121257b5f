// PT_COREDUMP.c: what PT_COREDUMP refuses, in its order; what it writes; and that the stop is reported again after it.
#include "freebsd14.h"

enum { NOBODY = 4711, SYS_fstat = 551, SYS_pread = 475, SYS_ftruncate = 480 };

static long size_of(int fd)
{
    long stat[28];
    CHECK_EQUAL(call4(SYS_fstat, fd, (long)stat, 0, 0), 0);
    return stat[14];
}

static unsigned first_word(int fd)
{
    unsigned word = 0;
    CHECK_EQUAL(call4(SYS_pread, fd, (long)&word, sizeof word, 0), sizeof word);
    return word;
}

static void dump(int child, int fd, unsigned flags)
{
    struct ptrace_coredump wanted = {fd, flags, 0};
    CHECK_EQUAL(call4(SYS_ftruncate, fd, 0, 0, 0), 0);
    CHECK_EQUAL(ptrace(PT_COREDUMP, child, &wanted, sizeof wanted), 0);
    EXPECT_ERROR(EBUSY, PT_COREDUMP, child, &wanted, sizeof wanted);
    EXPECT_STOP(child, SIGSTOP);
}

int main(void)
{
    int file = open("/tmp/core", O_RDWR | O_CREAT, 0600), readable = open("/tmp/core", 0, 0), ends[2];
    make_pipe(ends);
    CHECK(file >= 0 && readable >= 0);
    struct ptrace_coredump wanted = {99, 4, 1};
    EXPECT_ERROR(EINVAL, PT_COREDUMP, NOBODY, &wanted, sizeof wanted - 1);
    EXPECT_ERROR(EFAULT, PT_COREDUMP, NOBODY, NOWHERE, sizeof wanted);
    EXPECT_ERROR(ESRCH, PT_COREDUMP, NOBODY, &wanted, sizeof wanted);
    EXPECT_ERROR(EPERM, PT_COREDUMP, getpid(), &wanted, sizeof wanted);

    int child = fork();
    if (child == 0)
    {
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    EXPECT_ERROR(EINVAL, PT_COREDUMP, child, &wanted, sizeof wanted);
    wanted.pc_flags = 0;
    EXPECT_ERROR(EBADF, PT_COREDUMP, child, &wanted, sizeof wanted);
    wanted.pc_fd = readable;
    EXPECT_ERROR(EBADF, PT_COREDUMP, child, &wanted, sizeof wanted);
    wanted.pc_fd = ends[1];
    EXPECT_ERROR(EPIPE, PT_COREDUMP, child, &wanted, sizeof wanted);
    // Up to here nobody has moved: there is no stop to wait for.
    CHECK_EQUAL(wait4(child, NULL, WNOHANG, NULL), 0);
    wanted.pc_fd = file;
    EXPECT_ERROR(EFAULT, PT_COREDUMP, child, &wanted, sizeof wanted);
    EXPECT_STOP(child, SIGSTOP);
    CHECK_EQUAL(size_of(file), 0);

    dump(child, file, 0);
    long size = size_of(file);
    CHECK_EQUAL(first_word(file), 0x464c457f);
    wanted.pc_limit = size;
    EXPECT_ERROR(EFAULT, PT_COREDUMP, child, &wanted, sizeof wanted);
    EXPECT_STOP(child, SIGSTOP);
    wanted.pc_limit = size + 1;
    CHECK_EQUAL(ptrace(PT_COREDUMP, child, &wanted, sizeof wanted), 0);
    EXPECT_STOP(child, SIGSTOP);

    dump(child, file, PC_ALL);
    CHECK(size_of(file) > size);
    dump(child, file, PC_COMPRESS);
    CHECK(size_of(file) < size);
    CHECK_EQUAL(first_word(file) & 0xffffff, 0x088b1f);

    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
