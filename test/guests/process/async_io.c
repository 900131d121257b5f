// async_io.c: aio_read and its kin on files and sockets, lists, cancellation, and the three ways to hear of an end.
#include "ipc.h"

enum { SYS_aio_read = 255, SYS_aio_write = 256, SYS_lio_listio = 257, SYS_aio_return = 314, SYS_aio_suspend = 315, SYS_aio_cancel = 316, SYS_aio_error = 317,
    SYS_aio_waitcomplete = 359, SYS_aio_fsync = 465, SYS_aio_mlock = 543, SYS_aio_writev = 578, SYS_aio_readv = 579,
    SYS_socketpair = 135, SYS_shm_open = 482, SYS_sigtimedwait = 345 };
enum { EINPROGRESS = 36, ECANCELED = 85, EIO = 5, O_SYNC = 0x80, SIGRT = 66, SI_ASYNCIO = 0x10004, EVFILT_AIO = -3, EVFILT_LIO = -10 };
enum { LIO_WRITE = 1, LIO_READ = 2, LIO_NOWAIT = 0, LIO_WAIT = 1, AIO_CANCELED = 1, AIO_NOTCANCELED = 2, AIO_ALLDONE = 3 };

struct aiocb { int fd; long offset; void *buffer; unsigned long size; int spare[2]; void *spare2; int opcode, priority; long status, error; void *kernel;
    struct sigevent event; };
_Static_assert(sizeof(struct aiocb) == 160, "struct aiocb");
struct kevent { unsigned long ident; short filter; unsigned short flags; unsigned fflags; long data; void *udata; unsigned long ext[4]; };
struct iovec { void *base; unsigned long size; };

static long outcome(struct aiocb *job)
{
    struct aiocb *list[1] = {job};
    CHECK_EQUAL(checked(SYS_aio_suspend, (long)list, 1, 0, 0), 0);
    CHECK(checked(SYS_aio_error, (long)job, 0, 0, 0) != EINPROGRESS);
    return checked(SYS_aio_return, (long)job, 0, 0, 0);
}

static void files(void)
{
    int file = open("/tmp/aio", O_RDWR | O_CREAT, 0600);
    char back[16] = "";
    struct aiocb out = {.fd = file, .offset = 3, .buffer = "abcdef", .size = 6}, in = {.fd = file, .buffer = back, .size = 16};
    CHECK_EQUAL(checked(SYS_aio_write, (long)&out, 0, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_aio_error, (long)&out, 0, 0, 0), EINPROGRESS);
    EXPECT_ERROR((int)checked(SYS_aio_return, (long)&out, 0, 0, 0), EINVAL);
    struct aiocb sync = {.fd = file};
    CHECK_EQUAL(checked(SYS_aio_fsync, O_SYNC, (long)&sync, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_aio_suspend, (long)(struct aiocb *[]){&sync}, 1, 0, 0), 0);
    // The file is in step only after what was asked for before.
    CHECK_EQUAL(checked(SYS_aio_error, (long)&out, 0, 0, 0), 0);
    CHECK_EQUAL(outcome(&sync), 0);
    CHECK_EQUAL(outcome(&out), 6);
    EXPECT_ERROR((int)checked(SYS_aio_return, (long)&out, 0, 0, 0), EINVAL);
    CHECK_EQUAL(checked(SYS_aio_read, (long)&in, 0, 0, 0), 0);
    struct aiocb *done = 0;
    CHECK_EQUAL(checked(SYS_aio_waitcomplete, (long)&done, 0, 0, 0), 9);
    CHECK(done == &in && memcmp(back, "\0\0\0abcdef", 9) == 0);
    EXPECT_ERROR((int)checked(SYS_aio_waitcomplete, (long)&done, (long)&(struct timespec){0, 0}, 0, 0), EAGAIN);
    struct iovec parts[] = {{"xy", 2}, {"z", 1}};
    struct aiocb vector = {.fd = file, .buffer = parts, .size = 2};
    CHECK_EQUAL(checked(SYS_aio_writev, (long)&vector, 0, 0, 0), 0);
    CHECK_EQUAL(outcome(&vector), 3);
    // Given up before a worker has begun.
    CHECK_EQUAL(checked(SYS_aio_read, (long)&in, 0, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_aio_cancel, file, 0, 0, 0), AIO_CANCELED);
    EXPECT_ERROR((int)outcome(&in), ECANCELED);
    CHECK_EQUAL(checked(SYS_aio_cancel, file, 0, 0, 0), AIO_ALLDONE);
    struct aiocb lock = {.buffer = back, .size = 16};
    CHECK_EQUAL(checked(SYS_aio_mlock, (long)&lock, 0, 0, 0), 0);
    CHECK_EQUAL(outcome(&lock), 0);
    close(file);
    // An object of shared memory takes nothing past its end.
    struct aiocb beyond = {.fd = (int)checked(SYS_shm_open, 1, O_RDWR, 0600, 0), .buffer = back, .size = 1};
    CHECK_EQUAL(checked(SYS_aio_write, (long)&beyond, 0, 0, 0), 0);
    CHECK_EQUAL(outcome(&beyond), 0);
    // Mistakes, the last of which is found by the worker.
    struct aiocb wrong = {.fd = 99, .buffer = back, .size = 1};
    EXPECT_ERROR((int)checked(SYS_aio_read, (long)&wrong, 0, 0, 0), EBADF);
    CHECK_EQUAL(checked(SYS_aio_error, (long)&wrong, 0, 0, 0), EBADF);
    int reader = open("/tmp/aio", O_RDONLY, 0), ends[2];
    wrong.fd = reader;
    EXPECT_ERROR((int)checked(SYS_aio_write, (long)&wrong, 0, 0, 0), EBADF);
    wrong.offset = -1;
    EXPECT_ERROR((int)checked(SYS_aio_read, (long)&wrong, 0, 0, 0), EINVAL);
    wrong = (struct aiocb){.fd = reader, .buffer = (void *)8, .size = 1};
    CHECK_EQUAL(checked(SYS_aio_read, (long)&wrong, 0, 0, 0), 0);
    EXPECT_ERROR((int)outcome(&wrong), EFAULT);
    make_pipe(ends);
    wrong = (struct aiocb){.fd = ends[0], .buffer = back, .size = 1};
    EXPECT_ERROR((int)checked(SYS_aio_read, (long)&wrong, 0, 0, 0), EOPNOTSUPP);
    wrong.event.notify = SIGEV_THREAD;
    EXPECT_ERROR((int)checked(SYS_aio_read, (long)&wrong, 0, 0, 0), EINVAL);
}

// A synchronisation behind one transfer and before another, which both end before it begins: it ends once.
static void synchronised_once(void)
{
    int file = open("/tmp/aio", O_RDWR | O_CREAT, 0600);
    struct aiocb before = {.fd = file, .buffer = "a", .size = 1}, sync = {.fd = file}, after = before, *done = 0;
    CHECK_EQUAL(checked(SYS_aio_write, (long)&before, 0, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_aio_fsync, O_SYNC, (long)&sync, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_aio_write, (long)&after, 0, 0, 0), 0);
    sleep_for(1000000);
    for (int count = 0; count < 3; count++)
        CHECK(checked(SYS_aio_waitcomplete, (long)&done, 0, 0, 0) >= 0);
    CHECK(done == &sync);
    EXPECT_ERROR((int)checked(SYS_aio_waitcomplete, (long)&done, (long)&(struct timespec){0, 0}, 0, 0), EAGAIN);
    CHECK_EQUAL(close(file), 0);
}

static void sockets(void)
{
    int pair[2];
    CHECK_EQUAL(checked(SYS_socketpair, 1, 1, 0, (long)pair), 0);
    char back[8] = "";
    struct aiocb in = {.fd = pair[0], .buffer = back, .size = 8, .event = {.notify = SIGEV_SIGNAL, .signo = SIGRT, .value = 44}};
    block(SIGRT);
    CHECK_EQUAL(checked(SYS_aio_read, (long)&in, 0, 0, 0), 0);
    sleep_for(1000000);
    CHECK_EQUAL(checked(SYS_aio_error, (long)&in, 0, 0, 0), EINPROGRESS);
    CHECK_EQUAL(write(pair[1], "hey", 3), 3);
    unsigned set[4] = {0, 0, 1u << (SIGRT - 65), 0};
    struct { int signo, error, code, pid; unsigned uid; int status; void *address; long value; long rest[5]; } info;
    CHECK_EQUAL(checked(SYS_sigtimedwait, (long)set, (long)&info, (long)&(struct timespec){1, 0}, 0), SIGRT);
    CHECK(info.code == SI_ASYNCIO && info.value == 44);
    CHECK_EQUAL(outcome(&in), 3);
    // What waits can be given up; so can a write that waits for room, with what it has done.
    CHECK_EQUAL(checked(SYS_aio_read, (long)&in, 0, 0, 0), 0);
    sleep_for(1000000);
    CHECK_EQUAL(checked(SYS_aio_cancel, pair[0], (long)&in, 0, 0), AIO_CANCELED);
    EXPECT_ERROR((int)outcome(&in), ECANCELED);
    static char much[300000];
    struct aiocb out = {.fd = pair[1], .buffer = much, .size = sizeof much};
    CHECK_EQUAL(checked(SYS_aio_write, (long)&out, 0, 0, 0), 0);
    sleep_for(1000000);
    CHECK_EQUAL(checked(SYS_aio_error, (long)&out, 0, 0, 0), EINPROGRESS);
    long got = 0, part;
    while (got < (long)sizeof much && (part = read(pair[0], much, 4096)) > 0)
        got += part;
    CHECK_EQUAL(got, sizeof much);
    CHECK_EQUAL(outcome(&out), sizeof much);
}

static void events(void)
{
    int queue = (int)checked(SYS_kqueue, 0, 0, 0, 0), file = open("/tmp/aio", O_RDWR, 0);
    struct aiocb one = {.fd = file, .buffer = "1", .size = 1, .event = {.notify = SIGEV_KEVENT, .signo = queue, .value = 7}}, two = one;
    CHECK_EQUAL(checked(SYS_aio_write, (long)&one, 0, 0, 0), 0);
    struct kevent event = {0};
    CHECK_EQUAL(checked6(SYS_kevent, queue, 0, 0, (long)&event, 1, 0), 1);
    CHECK(event.ident == (unsigned long)&one && event.filter == EVFILT_AIO && event.udata == (void *)7 && event.data == 0);
    CHECK_EQUAL(outcome(&one), 1);
    CHECK_EQUAL(checked6(SYS_kevent, queue, 0, 0, (long)&event, 1, (long)&(struct timespec){0, 0}), 0);
    one.event.thread = 0x8000;
    EXPECT_ERROR((int)checked(SYS_aio_write, (long)&one, 0, 0, 0), EINVAL);
    one.event = (struct sigevent){.notify = SIGEV_KEVENT, .signo = file};
    EXPECT_ERROR((int)checked(SYS_aio_write, (long)&one, 0, 0, 0), EBADF);

    // A list: its end is reported once.
    struct sigevent ended = {.notify = SIGEV_KEVENT, .signo = queue, .value = 8};
    one = (struct aiocb){.fd = file, .buffer = "2", .size = 1, .opcode = LIO_WRITE};
    char back;
    two = (struct aiocb){.fd = file, .buffer = &back, .size = 1, .opcode = LIO_READ};
    struct aiocb *list[] = {&one, 0, &two};
    CHECK_EQUAL(checked(SYS_lio_listio, LIO_NOWAIT, (long)list, 3, (long)&ended), 0);
    CHECK_EQUAL(checked6(SYS_kevent, queue, 0, 0, (long)&event, 1, 0), 1);
    CHECK(event.ident == (unsigned long)list && event.filter == EVFILT_LIO && event.udata == (void *)8);
    CHECK_EQUAL(outcome(&one), 1);
    CHECK_EQUAL(outcome(&two), 1);
    CHECK_EQUAL(checked(SYS_lio_listio, LIO_WAIT, (long)list, 3, 0), 0);
    CHECK_EQUAL(checked(SYS_aio_error, (long)&two, 0, 0, 0), 0);
    CHECK_EQUAL(outcome(&one) + outcome(&two), 2);
    two.fd = 99;
    EXPECT_ERROR((int)checked(SYS_lio_listio, LIO_WAIT, (long)list, 3, 0), EIO);
    CHECK_EQUAL(outcome(&one), 1);
    EXPECT_ERROR((int)checked(SYS_lio_listio, 2, (long)list, 3, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_lio_listio, LIO_WAIT, (long)list, 257, 0), EINVAL);
}

int main(void)
{
    files();
    synchronised_once();
    sockets();
    events();
    return 0;
}
