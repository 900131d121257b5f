// posix_ipc.c: the semaphores of ksem_open, message queues, and the semaphores of older libraries.
#include "ipc.h"

enum { SYS_ksem_close = 400, SYS_ksem_post = 401, SYS_ksem_wait = 402, SYS_ksem_trywait = 403, SYS_ksem_init = 404, SYS_ksem_open = 405, SYS_ksem_unlink = 406,
    SYS_ksem_getvalue = 407, SYS_ksem_destroy = 408, SYS_ksem_timedwait = 441, SYS_kmq_open = 457, SYS_kmq_setattr = 458, SYS_kmq_timedreceive = 459,
    SYS_kmq_timedsend = 460, SYS_kmq_notify = 461, SYS_kmq_unlink = 462, SYS_umtx_op = 454, SYS_poll = 209, SYS_sigtimedwait = 345 };
enum { ENOENT = 2, EEXIST = 17, EMSGSIZE = 40, ETIMEDOUT = 60, O_EXCL = 0x800, O_NONBLOCK = 4, SIGRT = 67, SI_MESGQ = 0x10005 };
struct attributes { long flags, messages, size, current, reserved[4]; };

static void semaphores(void)
{
    long id = -1, same = -1, own = -1;
    int value = -1;
    CHECK_EQUAL(checked6(SYS_ksem_open, (long)&id, (long)"/sem", O_CREAT, 0600, 1, 0), 0);
    CHECK_EQUAL(checked6(SYS_ksem_open, (long)&same, (long)"/sem", 0, 0, 0, 0), 0);
    EXPECT_ERROR((int)checked6(SYS_ksem_open, (long)&own, (long)"/sem", O_CREAT | O_EXCL, 0600, 1, 0), EEXIST);
    EXPECT_ERROR((int)checked6(SYS_ksem_open, (long)&own, (long)"sem", O_CREAT, 0600, 1, 0), EINVAL);
    EXPECT_ERROR((int)checked6(SYS_ksem_open, (long)&own, (long)"/none", 0, 0600, 1, 0), ENOENT);
    CHECK_EQUAL(checked(SYS_ksem_wait, id, 0, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_ksem_trywait, same, 0, 0, 0), EAGAIN);
    EXPECT_ERROR((int)checked(SYS_ksem_timedwait, same, (long)&(struct timespec){1, 0}, 0, 0), ETIMEDOUT);
    EXPECT_ERROR((int)checked(SYS_ksem_timedwait, same, (long)&(struct timespec){1, -1}, 0, 0), EINVAL);
    int child = fork();
    if (child == 0)
    {
        sleep_for(1000000);
        exit((int)checked(SYS_ksem_post, same, 0, 0, 0));
    }
    CHECK_EQUAL(checked(SYS_ksem_wait, id, 0, 0, 0), 0);
    EXPECT_EXIT(child, 0);
    CHECK_EQUAL(checked(SYS_ksem_getvalue, id, (long)&value, 0, 0), 0);
    CHECK_EQUAL(value, 0);
    CHECK_EQUAL(checked(SYS_ksem_unlink, (long)"/sem", 0, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_ksem_unlink, (long)"/sem", 0, 0, 0), ENOENT);
    EXPECT_ERROR((int)checked(SYS_ksem_destroy, id, 0, 0, 0), EINVAL);
    CHECK_EQUAL(checked(SYS_ksem_close, id, 0, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_ksem_close, same, 0, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_ksem_init, (long)&own, 2, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_ksem_close, own, 0, 0, 0), EINVAL);
    CHECK_EQUAL(checked(SYS_ksem_destroy, own, 0, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_ksem_init, (long)&own, 0x80000000, 0, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_ksem_post, 0, 0, 0, 0), EINVAL);
    // Thirty in all.
    int count = 0;
    while (checked(SYS_ksem_init, (long)&own, 0, 0, 0) == 0)
        count++;
    CHECK_EQUAL(count, 30);
    CHECK_EQUAL(errno, 28);
}

static long transfer(long number, int queue, void *buffer, long size, long priority, const struct timespec *time)
{
    return checked6(number, queue, (long)buffer, size, priority, (long)time, 0);
}

static void messages(void)
{
    struct attributes wanted = {.messages = 2, .size = 16}, now;
    int queue = (int)checked(SYS_kmq_open, (long)"/queue", O_RDWR | O_CREAT, 0600, (long)&wanted);
    EXPECT_ERROR((int)checked(SYS_kmq_open, (long)"/queue", O_RDWR | O_CREAT | O_EXCL, 0600, 0), EEXIST);
    EXPECT_ERROR((int)checked(SYS_kmq_open, (long)"/a/b", O_RDWR | O_CREAT, 0600, 0), EINVAL);
    wanted.messages = 101;
    EXPECT_ERROR((int)checked(SYS_kmq_open, (long)"/more", O_RDWR | O_CREAT, 0600, (long)&wanted), EINVAL);
    char buffer[16];
    unsigned priority;
    CHECK_EQUAL(transfer(SYS_kmq_timedsend, queue, "low", 4, 1, 0), 0);
    CHECK_EQUAL(transfer(SYS_kmq_timedsend, queue, "high", 5, 9, 0), 0);
    EXPECT_ERROR((int)transfer(SYS_kmq_timedsend, queue, "x", 1, 0, &(struct timespec){1, 0}), ETIMEDOUT);
    EXPECT_ERROR((int)transfer(SYS_kmq_timedsend, queue, "x", 1, 64, 0), EINVAL);
    EXPECT_ERROR((int)transfer(SYS_kmq_timedsend, queue, "x", 17, 0, 0), EMSGSIZE);
    EXPECT_ERROR((int)transfer(SYS_kmq_timedreceive, queue, buffer, 15, (long)&priority, 0), EMSGSIZE);
    CHECK_EQUAL(transfer(SYS_kmq_timedreceive, queue, buffer, 16, (long)&priority, 0), 5);
    CHECK(priority == 9 && strcmp(buffer, "high") == 0);
    wanted.flags = O_NONBLOCK;
    CHECK_EQUAL(checked(SYS_kmq_setattr, queue, (long)&wanted, (long)&now, 0), 0);
    CHECK(now.flags == 0 && now.messages == 2 && now.size == 16 && now.current == 1);
    CHECK_EQUAL(transfer(SYS_kmq_timedreceive, queue, buffer, 16, 0, 0), 4);
    EXPECT_ERROR((int)transfer(SYS_kmq_timedreceive, queue, buffer, 16, 0, 0), EAGAIN);
    struct { int fd; short events, revents; } poll = {queue, 5, 0};
    CHECK_EQUAL(checked(SYS_poll, (long)&poll, 1, 0, 0), 1);
    CHECK_EQUAL(poll.revents, 4);
    // One signal for the message that finds the queue empty.
    block(SIGRT);
    struct sigevent event = {.notify = SIGEV_SIGNAL, .signo = SIGRT, .value = 55};
    CHECK_EQUAL(checked(SYS_kmq_notify, queue, (long)&event, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_kmq_notify, queue, (long)&event, 0, 0), EBUSY);
    CHECK_EQUAL(transfer(SYS_kmq_timedsend, queue, "m", 1, 0, 0), 0);
    CHECK_EQUAL(transfer(SYS_kmq_timedsend, queue, "n", 1, 0, 0), 0);
    unsigned set[4] = {0, 0, 1u << (SIGRT - 65), 0};
    struct { int signo, error, code, pid; unsigned uid; int status; void *address; long value; int mqd; int rest[9]; } info;
    CHECK_EQUAL(checked(SYS_sigtimedwait, (long)set, (long)&info, (long)&(struct timespec){1, 0}, 0), SIGRT);
    CHECK(info.code == SI_MESGQ && info.value == 55 && info.mqd == queue);
    EXPECT_ERROR((int)checked(SYS_sigtimedwait, (long)set, 0, (long)&(struct timespec){0, 0}, 0), EAGAIN);
    CHECK_EQUAL(checked(SYS_kmq_unlink, (long)"queue", 0, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_kmq_unlink, (long)"/queue", 0, 0, 0), ENOENT);
    EXPECT_ERROR((int)checked(SYS_kmq_notify, 0, 0, 0, 0), EBADF);
    // A receiver sleeps until a sender comes.
    wanted.flags = 0;
    checked(SYS_kmq_setattr, queue, (long)&wanted, 0, 0);
    transfer(SYS_kmq_timedreceive, queue, buffer, 16, 0, 0);
    transfer(SYS_kmq_timedreceive, queue, buffer, 16, 0, 0);
    int child = fork();
    if (child == 0)
    {
        sleep_for(1000000);
        exit((int)transfer(SYS_kmq_timedsend, queue, "late", 5, 3, 0));
    }
    CHECK_EQUAL(transfer(SYS_kmq_timedreceive, queue, buffer, 16, (long)&priority, 0), 5);
    EXPECT_EXIT(child, 0);
    // A process that has ended is not to be told, though its descriptors live on in another one.
    enum { SYS_rfork = 251, RFPROC = 16 };
    struct sigevent notice = {.notify = SIGEV_SIGNAL, .signo = SIGRT};
    child = (int)checked(SYS_rfork, RFPROC, 0, 0, 0);
    if (child == 0)
        exit((int)checked(SYS_kmq_notify, queue, (long)&notice, 0, 0));
    EXPECT_EXIT(child, 0);
    CHECK_EQUAL(checked(SYS_kmq_notify, queue, (long)&notice, 0, 0), 0);
}

static volatile unsigned old_semaphore[3];

static void post(void *unused)
{
    (void)unused;
    sleep_for(1000000);
    old_semaphore[1] = 1;
    CHECK_EQUAL(old_semaphore[0], 1);
    CHECK_EQUAL(checked6(SYS_umtx_op, (long)old_semaphore, 20, 0, 0, 0, 0), 0);
    thread_exit();
}

static void old_semaphores(void)
{
    start_thread(post);
    CHECK_EQUAL(checked6(SYS_umtx_op, (long)old_semaphore, 19, 0, 0, 0, 0), 0);
    CHECK_EQUAL(old_semaphore[1], 1);
    CHECK_EQUAL(old_semaphore[0], 0);
    CHECK_EQUAL(checked6(SYS_umtx_op, (long)old_semaphore, 19, 0, 0, 0, 0), 0);
    old_semaphore[1] = 0;
    EXPECT_ERROR((int)checked6(SYS_umtx_op, (long)old_semaphore, 19, 0, 0, (long)&(struct timespec){0, 1000000}, 0), ETIMEDOUT);
    // A sleep with a time lasts at least so long.
    long least = 7;
    CHECK_EQUAL(checked6(SYS_umtx_op, 0, 28, 20000000, 0, 0, 0), 0);
    CHECK_EQUAL(checked6(SYS_umtx_op, 0, 27, 0, (long)&least, 0, 0), 0);
    CHECK_EQUAL(least, 20000000);
    struct timespec before, after;
    checked(232, 4, (long)&before, 0, 0);
    EXPECT_ERROR((int)checked6(SYS_umtx_op, (long)old_semaphore, 19, 0, 0, (long)&(struct timespec){0, 1}, 0), ETIMEDOUT);
    checked(232, 4, (long)&after, 0, 0);
    CHECK((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec >= 20000000);
    EXPECT_ERROR((int)checked6(SYS_umtx_op, 0, 28, -1, 0, 0, 0), EINVAL);
}

int main(void)
{
    messages();
    old_semaphores();
    semaphores();
    return 0;
}
