// pdfork.c: a process that is held by a descriptor: its number, its end, and who is told of it.
#include "process.h"

enum { SYS_poll = 209, SYS_fstat = 551, POLLIN = 1, POLLHUP = 0x10, EVFILT_READ = -1, EVFILT_PROCDESC = -8, EV_ADD = 1, EV_CLEAR = 0x20 };
enum { EV_ONESHOT = 0x10, EV_EOF = 0x8000, S_IFREG = 0x8000 };
static const unsigned NOTE_EXIT = 0x80000000;

struct kevent { unsigned long ident; short filter; unsigned short flags; unsigned fflags; long data; void *udata; unsigned long ext[4]; };
struct pollfd { int fd; short events, revents; };

static int kevent(int queue, const struct kevent *change, struct kevent *event)
{
    struct timespec none = {0, 0};
    long result = system_call(SYS_kevent, queue, (long)change, change != NULL, (long)event, event != NULL, event != NULL ? 0 : (long)&none);
    if (result >= 0)
        return (int)result;
    errno = (int)-result;
    return -1;
}

static unsigned mode_of(int descriptor)
{
    unsigned char stat[224];
    CHECK_EQUAL(call4(SYS_fstat, descriptor, (long)stat, 0, 0), 0);
    return *(unsigned short *)(stat + 24);
}

int main(void)
{
    int descriptor, pid, status;
    struct gate gate = make_gate();
    EXPECT_ERROR(pdfork(&descriptor, 4), EINVAL);
    int child = pdfork(&descriptor, 0);
    if (child == 0)
    {
        // The descriptor is the parent's alone.
        EXPECT_ERROR(call4(SYS_pdgetpid, descriptor, (long)&pid, 0, 0), EBADF);
        pass_gate(gate);
        exit(4);
    }
    CHECK_EQUAL(call4(SYS_pdgetpid, descriptor, (long)&pid, 0, 0), 0);
    CHECK_EQUAL(pid, child);
    EXPECT_ERROR(call4(SYS_pdgetpid, 0, (long)&pid, 0, 0), EBADF);
    EXPECT_ERROR(read(descriptor, &pid, 1), EOPNOTSUPP);
    CHECK_EQUAL(mode_of(descriptor), S_IFREG | 0700);
    CHECK_EQUAL(call4(SYS_pdkill, descriptor, 0, 0, 0), 0);
    EXPECT_ERROR(call4(SYS_pdkill, descriptor, 129, 0, 0), EINVAL);
    EXPECT_ERROR(call4(SYS_pdkill, gate.ends[0], 0, 0, 0), EBADF);

    int queue = (int)call4(SYS_kqueue, 0, 0, 0, 0);
    struct kevent watch = {.ident = (unsigned long)descriptor, .filter = EVFILT_PROCDESC, .flags = EV_ADD, .fflags = NOTE_EXIT}, event;
    CHECK_EQUAL(kevent(queue, &watch, NULL), 0);
    struct kevent wrong = {.ident = (unsigned long)descriptor, .filter = EVFILT_READ, .flags = EV_ADD};
    EXPECT_ERROR(kevent(queue, &wrong, NULL), EINVAL);
    wrong = (struct kevent){.ident = (unsigned long)gate.ends[0], .filter = EVFILT_PROCDESC, .flags = EV_ADD};
    EXPECT_ERROR(kevent(queue, &wrong, NULL), EINVAL);

    // Nobody is told but who holds it.
    struct pollfd poll = {descriptor, POLLIN, 0};
    CHECK_EQUAL(call4(SYS_poll, (long)&poll, 1, 0, 0), 0);
    handle(SIGCHLD, (void (*)(int))exit);
    open_gate(gate);
    CHECK_EQUAL(call4(SYS_poll, (long)&poll, 1, -1, 0), 1);
    CHECK_EQUAL(poll.revents, POLLHUP);
    CHECK_EQUAL(kevent(queue, NULL, &event), 1);
    CHECK_EQUAL(event.data, 4 << 8);
    CHECK_EQUAL(event.fflags, NOTE_EXIT);
    CHECK_EQUAL(event.flags, EV_EOF | EV_ONESHOT | EV_CLEAR);
    EXPECT_ERROR(wait4(-1, &status, 0, NULL), ECHILD);
    CHECK_EQUAL(mode_of(descriptor), S_IFREG);

    // But by its number the zombie can be waited for, once.
    EXPECT_EXIT(child, 4);
    EXPECT_ERROR(wait4(child, &status, 0, NULL), ECHILD);
    EXPECT_ERROR(call4(SYS_pdkill, descriptor, SIGTERM, 0, 0), ESRCH);
    CHECK_EQUAL(call4(SYS_pdgetpid, descriptor, (long)&pid, 0, 0), 0);
    CHECK_EQUAL(pid, child);
    CHECK_EQUAL(close(descriptor), 0);
    return 0;
}
