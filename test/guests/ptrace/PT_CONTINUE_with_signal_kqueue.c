// PT_CONTINUE_with_signal_kqueue.c: a signal that the debugger gives is seen by kevent, though it is ignored.
#include "case.h"

struct kevent
{
    unsigned long ident;
    short filter;
    unsigned short flags;
    unsigned fflags;
    long data;
    void *udata;
    unsigned long ext[4];
};
_Static_assert(sizeof(struct kevent) == 64, "kevent");

enum { EVFILT_SIGNAL = -6, EV_ADD = 1 };

static int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events, int event_count)
{
    return (int)system_call(SYS_kevent, queue, (long)changes, change_count, (long)events, event_count, 0);
}

int main(void)
{
    int child = fork();
    if (child == 0)
    {
        struct kevent watch = {.ident = SIGUSR1, .filter = EVFILT_SIGNAL, .flags = EV_ADD}, event;
        handle(SIGUSR1, SIG_IGN);
        int queue = (int)call4(SYS_kqueue, 0, 0, 0, 0);
        CHECK(queue >= 0);
        CHECK_EQUAL(kevent(queue, &watch, 1, NULL, 0), 0);
        trace_me();
        CHECK_EQUAL(kevent(queue, NULL, 0, &event, 1), 1);
        CHECK_EQUAL(event.filter, EVFILT_SIGNAL);
        CHECK_EQUAL(event.ident, SIGUSR1);
        CHECK_EQUAL(event.data, 1);
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, SIGUSR1);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
