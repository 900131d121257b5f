// event_files.c: eventfd, timerfd and what kqueue says of timers, tracked children, files that grow and named pipes.
#include "ipc.h"

enum { SYS_specialfd = 577, SYS_timerfd_create = 585, SYS_timerfd_gettime = 586, SYS_timerfd_settime = 587, SYS_kqueuex = 583,
    SYS_fcntl = 92, SYS_mkfifo = 132, SYS_poll = 209, SYS_unlink = 10 };
enum { EVFILT_READ = -1, EVFILT_WRITE = -2, EVFILT_AIO = -3, EVFILT_VNODE = -4, EVFILT_PROC = -5, EVFILT_TIMER = -7, EVFILT_LIO = -10,
    EVFILT_SENDFILE = -12 };
enum { EV_ADD = 1, EV_DELETE = 2, EV_ENABLE = 4, EV_DISABLE = 8, EV_ONESHOT = 16, EV_CLEAR = 32, EV_RECEIPT = 64, EV_KEEPUDATA = 0x200, EV_ERROR = 0x4000,
    EV_EOF = 0x8000 };
enum { NOTE_SECONDS = 1, NOTE_NSECONDS = 8, NOTE_ABSTIME = 16, NOTE_TRACK = 1, NOTE_CHILD = 4, NOTE_WRITE = 2, NOTE_EXTEND = 4 };
enum { EFD_SEMAPHORE = 1, O_NONBLOCK = 4, ENXIO = 6, EPIPE = 32, CLOCK_MONOTONIC = 4, CLOCK_REALTIME = 0 };

struct kevent { unsigned long ident; short filter; unsigned short flags; unsigned fflags; long data; void *udata; unsigned long ext[4]; };
struct itimerspec { struct timespec interval, value; };
static int queue;

static int change(unsigned long ident, int filter, int flags, unsigned fflags, long data)
{
    struct kevent event = {.ident = ident, .filter = (short)filter, .flags = (unsigned short)flags, .fflags = fflags, .data = data, .udata = &queue};
    return (int)checked6(SYS_kevent, queue, (long)&event, 1, 0, 0, 0);
}

static int take(struct kevent *events, int most, long seconds)
{
    struct timespec time = {seconds, 0};
    return (int)checked6(SYS_kevent, queue, 0, 0, (long)events, most, (long)&time);
}

static int event_file(unsigned value, int flags)
{
    struct { unsigned value; int flags; } request = {value, flags};
    return (int)checked(SYS_specialfd, 1, (long)&request, sizeof request, 0);
}

static void counts(void)
{
    unsigned long value = 5;
    int fd = event_file(3, O_NONBLOCK), slow = event_file(2, O_NONBLOCK | EFD_SEMAPHORE);
    CHECK_EQUAL(write(fd, &value, 8), 8);
    CHECK_EQUAL(read(fd, &value, 8), 8);
    CHECK_EQUAL(value, 8);
    EXPECT_ERROR((int)checked(SYS_read, fd, (long)&value, 8, 0), EAGAIN);
    EXPECT_ERROR((int)checked(SYS_read, fd, (long)&value, 7, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_write, fd, (long)&value, 4, 0), EINVAL);
    // What does not fit is not taken, and only eight bytes are.
    unsigned long many[2] = {~0ul - 1, 77};
    CHECK_EQUAL(write(fd, many, 16), 8);
    EXPECT_ERROR((int)checked(SYS_write, fd, (long)(unsigned long[]){1}, 8, 0), EAGAIN);
    EXPECT_ERROR((int)checked(SYS_write, fd, (long)(unsigned long[]){~0ul}, 8, 0), EINVAL);
    for (int turn = 0; turn < 2; turn++)
    {
        CHECK_EQUAL(read(slow, &value, 8), 8);
        CHECK_EQUAL(value, 1);
    }
    EXPECT_ERROR((int)checked(SYS_read, slow, (long)&value, 8, 0), EAGAIN);
    EXPECT_ERROR(event_file(0, 2), EINVAL);
    EXPECT_ERROR((int)checked(SYS_specialfd, 2, 0, 8, 0), EINVAL);
    struct { int fd; short events, revents; } both[] = {{fd, 5, 0}, {slow, 5, 0}};
    CHECK_EQUAL(checked(SYS_poll, (long)both, 2, 0, 0), 2);
    CHECK_EQUAL(both[0].revents, 1);
    CHECK_EQUAL(both[1].revents, 4);
    close(fd);
    // One waits, another one adds.
    int waiting = event_file(0, 0);
    int child = fork();
    if (child == 0)
    {
        sleep_for(5000000);
        value = 9;
        exit(write(waiting, &value, 8) == 8 ? 0 : 1);
    }
    CHECK_EQUAL(read(waiting, &value, 8), 8);
    CHECK_EQUAL(value, 9);
    EXPECT_EXIT(child, 0);
    close(waiting);
    close(slow);
}

static void timers(void)
{
    int fd = (int)checked(SYS_timerfd_create, CLOCK_MONOTONIC, 0, 0, 0);
    struct itimerspec wanted = {{0, 10000000}, {0, 20000000}}, left;
    CHECK_EQUAL(checked(SYS_timerfd_settime, fd, 0, (long)&wanted, (long)&left), 0);
    CHECK_EQUAL(left.value.tv_nsec, 0);
    unsigned long count = 0;
    CHECK_EQUAL(read(fd, &count, 8), 8);
    CHECK_EQUAL(count, 1);
    sleep_for(45000000);
    CHECK_EQUAL(read(fd, &count, 8), 8);
    CHECK_EQUAL(count, 4);
    CHECK_EQUAL(checked(SYS_timerfd_gettime, fd, (long)&left, 0, 0), 0);
    CHECK(left.value.tv_nsec > 0 && left.value.tv_nsec <= 10000000 && left.interval.tv_nsec == 10000000);
    EXPECT_ERROR((int)checked(SYS_timerfd_settime, fd, 4, (long)&wanted, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_timerfd_settime, 0, 0, (long)&wanted, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_timerfd_create, 15, 0, 0, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_write, fd, (long)&count, 8, 0), EBADF);
    // An instant that has passed.
    struct timespec now;
    checked(232, CLOCK_REALTIME, (long)&now, 0, 0);
    wanted = (struct itimerspec){{0, 0}, now};
    int real = (int)checked(SYS_timerfd_create, CLOCK_REALTIME, O_NONBLOCK, 0, 0);
    CHECK_EQUAL(checked(SYS_timerfd_settime, real, 1, (long)&wanted, 0), 0);
    struct { int fd; short events, revents; } one = {real, 5, 0};
    CHECK_EQUAL(checked(SYS_poll, (long)&one, 1, 1000, 0), 1);
    CHECK_EQUAL(one.revents, 1);
    CHECK_EQUAL(read(real, &count, 8), 8);
    EXPECT_ERROR((int)checked(SYS_read, real, (long)&count, 8, 0), EAGAIN);
    close(real);
    close(fd);
}

static void queues(void)
{
    queue = (int)checked(SYS_kqueuex, 1, 0, 0, 0);
    CHECK_EQUAL(checked(SYS_fcntl, queue, 1, 0, 0), 1);
    EXPECT_ERROR((int)checked(SYS_kqueuex, 2, 0, 0, 0), EINVAL);
    struct kevent events[8];
    struct timespec now;
    checked(232, CLOCK_REALTIME, (long)&now, 0, 0);
    // An instant is not cleared: it stays until it is deleted.
    CHECK_EQUAL(change(1, EVFILT_TIMER, EV_ADD, NOTE_ABSTIME | NOTE_NSECONDS, now.tv_sec * 1000000000 + now.tv_nsec + 1000000), 0);
    for (int turn = 0; turn < 2; turn++)
    {
        CHECK_EQUAL(take(events, 8, 1), 1);
        CHECK_EQUAL(events[0].flags, 0);
        CHECK_EQUAL(events[0].data, 1);
    }
    // A timer that is added once more with a mistake reports it.
    CHECK_EQUAL(change(1, EVFILT_TIMER, EV_ADD, 3, 1), 0);
    CHECK_EQUAL(take(events, 8, 1), 1);
    CHECK_EQUAL(events[0].flags & EV_ERROR, EV_ERROR);
    CHECK_EQUAL(events[0].data, EINVAL);
    CHECK_EQUAL(change(1, EVFILT_TIMER, EV_DELETE, 0, 0), 0);
    EXPECT_ERROR(change(1, EVFILT_TIMER, EV_ADD | EV_ENABLE | EV_DISABLE, 0, 1), EINVAL);
    EXPECT_ERROR(change(1, EVFILT_TIMER, EV_ADD | EV_KEEPUDATA, 0, 1), EINVAL);
    EXPECT_ERROR(change(1, EVFILT_SENDFILE, EV_ADD, 0, 0), ENXIO);
    EXPECT_ERROR(change(1, EVFILT_AIO, EV_ADD, 0, 0), EPERM);
    EXPECT_ERROR(change(1, EVFILT_LIO, EV_ADD, 0, 0), EPERM);
    // Nothing is wanted: the time is not looked at. No place for a receipt ends the call.
    struct timespec wrong = {-1, 0};
    CHECK_EQUAL(checked6(SYS_kevent, queue, 0, 0, (long)events, 0, (long)&wrong), 0);
    EXPECT_ERROR((int)checked6(SYS_kevent, queue, 0, 0, (long)events, 1, (long)&wrong), EINVAL);
    EXPECT_ERROR((int)checked6(SYS_kevent, queue, 0, 0, (long)events, -1, 0), EINVAL);
    EXPECT_ERROR((int)checked6(SYS_kevent, queue, 0, -1, 0, 0, 0), EINVAL);

    // The file grows: the event that was asked for brings the other one along.
    int file = open("/tmp/grows", O_RDWR | O_CREAT, 0600);
    CHECK_EQUAL(change((unsigned long)file, EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTE_WRITE, 0), 0);
    write(file, "x", 1);
    CHECK_EQUAL(take(events, 8, 0), 1);
    CHECK_EQUAL(events[0].fflags, NOTE_WRITE | NOTE_EXTEND);
    close(file);

    // A named pipe: who only reads never hears of room, and of an end only after a writer was there.
    CHECK_EQUAL(checked(SYS_mkfifo, (long)"/tmp/pipe", 0600, 0, 0), 0);
    int reader = open("/tmp/pipe", O_RDONLY | O_NONBLOCK, 0);
    CHECK_EQUAL(change((unsigned long)reader, EVFILT_WRITE, EV_ADD, 0, 0), 0);
    CHECK_EQUAL(change((unsigned long)reader, EVFILT_READ, EV_ADD, 0, 0), 0);
    CHECK_EQUAL(take(events, 8, 0), 0);
    int writer = open("/tmp/pipe", O_WRONLY, 0);
    CHECK_EQUAL(take(events, 8, 0), 0);
    close(writer);
    CHECK_EQUAL(take(events, 8, 0), 1);
    CHECK_EQUAL(events[0].flags, EV_EOF);
    close(reader);
    int ends[2];
    make_pipe(ends);
    close(ends[0]);
    EXPECT_ERROR(change((unsigned long)ends[1], EVFILT_WRITE, EV_ADD, 0, 0), EPIPE);
    close(ends[1]);
}

static void children(void)
{
    struct kevent events[8];
    struct gate gate = make_gate();
    CHECK_EQUAL(change((unsigned long)getpid(), EVFILT_PROC, EV_ADD, NOTE_TRACK | 0x80000000u, 0), 0);
    int child = fork();
    if (child == 0)
    {
        pass_gate(gate);
        exit(5);
    }
    CHECK_EQUAL(take(events, 8, 1), 1);
    CHECK_EQUAL(events[0].ident, child);
    CHECK_EQUAL(events[0].fflags, NOTE_CHILD);
    CHECK_EQUAL(events[0].data, getpid());
    CHECK_EQUAL(events[0].flags & EV_ONESHOT, EV_ONESHOT);
    open_gate(gate);
    EXPECT_EXIT(child, 5);
    CHECK_EQUAL(take(events, 8, 1), 1);
    CHECK_EQUAL(events[0].ident, child);
    CHECK_EQUAL(events[0].fflags, 0x80000000u);
    CHECK_EQUAL(events[0].data, 5 << 8);
}

int main(void)
{
    counts();
    timers();
    queues();
    children();
    return 0;
}
