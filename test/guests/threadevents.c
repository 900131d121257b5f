// threadevents: kqueue, socketpairs, interval timers and signals taken without handlers.
#include "runtime/threads.h"

enum
{
    SYS_socketpair = 135, SYS_setitimer = 83, SYS_kqueue = 362, SYS_kevent = 560, SYS_pipe2 = 542, SYS_sigwait = 429,
    SYS_sigtimedwait = 345, SYS_shutdown = 134, SYS_socket = 97,
};
enum { EVFILT_READ = -1, EVFILT_WRITE = -2, EVFILT_PROC = -5, EVFILT_SIGNAL = -6, EVFILT_TIMER = -7, EVFILT_USER = -11 };
enum { EV_ADD = 1, EV_DELETE = 2, EV_ENABLE = 4, EV_DISABLE = 8, EV_ONESHOT = 16, EV_CLEAR = 32, EV_RECEIPT = 64, EV_DISPATCH = 128 };

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

static int queue;

static long call4(long number, long a, long b, long c, long d) { return system_call(number, a, b, c, d, 0, 0); }

static long change(unsigned long ident, int filter, int flags, unsigned fflags, long data)
{
    struct kevent event = {.ident = ident, .filter = (short)filter, .flags = (unsigned short)flags, .fflags = fflags, .data = data, .udata = &queue};
    return system_call(SYS_kevent, queue, (long)&event, 1, 0, 0, 0);
}

// What has happened, or that nothing has.
static void show(const char *what, const struct timespec *timeout)
{
    struct kevent events[4];
    long count = system_call(SYS_kevent, queue, 0, 0, (long)events, 4, (long)timeout);
    printf("%s: %ld", what, count);
    for (long index = 0; index < count; index++)
        printf(" [filter %d flags 0x%x fflags 0x%x data %ld%s]", events[index].filter, events[index].flags, events[index].fflags,
               events[index].data, events[index].udata == &queue ? "" : " udata lost");
    printf("\n");
}

static const struct timespec now = {0, 0}, soon = {1, 0};

static void files(void)
{
    int ends[2];
    char byte;
    call4(SYS_pipe2, (long)ends, 0, 0, 0);
    printf("add: %ld %ld\n", change(ends[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0), change(99, EVFILT_READ, EV_ADD, 0, 0));
    show("empty pipe", &now);
    write(ends[1], "abc", 3);
    show("three bytes", &now);
    show("cleared", &now);
    write(ends[1], "d", 1);
    show("one more", &now);
    change(ends[0], EVFILT_READ, EV_DELETE, 0, 0);
    change(ends[0], EVFILT_READ, EV_ADD | EV_DISPATCH, 0, 0);
    show("dispatch", &now);
    show("disabled", &now);
    read(ends[0], &byte, 1);
    change(ends[0], EVFILT_READ, EV_ENABLE, 0, 0);
    show("enabled", &now);
    change(ends[1], EVFILT_WRITE, EV_ADD | EV_ONESHOT, 0, 0);
    show("room", &now);
    close(ends[1]);
    change(ends[0], EVFILT_READ, EV_ENABLE, 0, 0);
    show("end", &now);
    close(ends[0]);
    show("closed", &now);
}

static void sockets(void)
{
    int ends[2];
    char text[16];
    printf("socketpair: %ld\n", call4(SYS_socketpair, 1, 1, 0, (long)ends));
    write(ends[0], "hello", 5);
    change(ends[1], EVFILT_READ, EV_ADD, 0, 0);
    show("socket", &now);
    long count = read(ends[1], text, sizeof text);
    printf("read: %ld\n", count);
    call4(SYS_shutdown, ends[0], 1, 0, 0);
    show("shut", &now);
    printf("end: %ld\n", read(ends[1], text, sizeof text));
    close(ends[0]);
    close(ends[1]);
    printf("inet: %ld\n", call4(SYS_socket, 17, 1, 0, 0));
}

static void times(void)
{
    change(7, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 5);
    show("timer", &soon);
    show("no timer", &now);
    change(1, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0);
    change(1, EVFILT_USER, 0, 0x01000000 | 0x40000000 * 3u | 0x12, 34);
    show("user", &now);
    show("user cleared", &now);
}

static void processes(void)
{
    sigset_t set = signal_set(SIGUSR1);
    int got = 0, child;
    siginfo_t info;

    sigprocmask(SIG_BLOCK, &set, NULL);
    change(SIGUSR1, EVFILT_SIGNAL, EV_ADD, 0, 0);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    show("signal", &now);
    printf("sigwait: %ld", call4(SYS_sigwait, (long)&set, (long)&got, 0, 0));
    printf(" %d\n", got);
    printf("sigtimedwait: %ld", call4(SYS_sigtimedwait, (long)&set, (long)&info, (long)&soon, 0));
    printf(" %d from %s\n", info.si_code == SI_USER, info.si_pid == getpid() ? "us" : "others");
    printf("none left: %ld\n", call4(SYS_sigtimedwait, (long)&set, (long)&info, (long)&now, 0));

    if ((child = fork()) == 0)
    {
        nanosleep(&(struct timespec){0, 1000000}, NULL);
        exit(5);
    }
    change(child, EVFILT_PROC, EV_ADD, 0x80000000, 0);
    show("exit", &soon);
    wait4(child, NULL, 0, NULL);
}

static volatile int alarms;
static void on_alarm(int signal) { alarms += signal == SIGALRM; }

static void alarm(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    long timer[4] = {0, 2000, 0, 1000}; // interval and value, in seconds and microseconds
    sigaction(SIGALRM, &action, NULL);
    call4(SYS_setitimer, 0, (long)timer, 0, 0);
    while (alarms < 3)
        ;
    timer[1] = timer[3] = 0;
    call4(SYS_setitimer, 0, (long)timer, 0, 0);
    printf("alarms: %d\n", alarms);
}

int main(void)
{
    queue = (int)system_call(SYS_kqueue, 0, 0, 0, 0, 0, 0);
    files();
    sockets();
    times();
    processes();
    alarm();
    return 0;
}
