// posix_timers.c: ktimer_create and its kin: what a signal carries, expirations that were missed, the ends of a timer.
#include "ipc.h"

enum { SYS_ktimer_create = 235, SYS_ktimer_delete = 236, SYS_ktimer_settime = 237, SYS_ktimer_gettime = 238, SYS_ktimer_getoverrun = 239,
    SYS_getcpuclockid2 = 247, SYS_gettime = 232, SYS_getres = 234, SYS_clock_nanosleep = 244, SYS_sigwait = 429, SYS_sigtimedwait = 345 };
enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 4, CLOCK_THREAD = 14, CLOCK_PROCESS = 15, TIMER_ABSTIME = 1 };
enum { SIGRT = 70, SI_TIMER = 0x10003 };

struct itimerspec { struct timespec interval, value; };
struct timer_info { int signo, error, code, pid; unsigned uid; int status; void *address; long value; int timer, overrun; long pad[4]; };

static int create(int clock, struct sigevent *event)
{
    int id = -5;
    return checked(SYS_ktimer_create, clock, (long)event, (long)&id, 0) < 0 ? -1 : id;
}

static int set(int id, int flags, long seconds, long nanoseconds, long interval)
{
    struct itimerspec wanted = {{0, interval}, {seconds, nanoseconds}};
    return (int)checked(SYS_ktimer_settime, id, flags, (long)&wanted, 0);
}

static struct timespec now(int clock)
{
    struct timespec time;
    CHECK_EQUAL(checked(SYS_gettime, clock, (long)&time, 0, 0), 0);
    return time;
}

static struct timer_info signal_of(int signal)
{
    unsigned wanted[4] = {0};
    wanted[(signal - 1) / 32] = 1u << (signal - 1) % 32;
    struct timer_info info = {0};
    CHECK_EQUAL(checked(SYS_sigtimedwait, (long)wanted, (long)&info, (long)&(struct timespec){5, 0}, 0), signal);
    return info;
}

static void signals(void)
{
    struct sigevent event = {.notify = SIGEV_SIGNAL, .signo = SIGRT, .value = 0x123456789};
    int id = create(CLOCK_MONOTONIC, &event);
    CHECK_EQUAL(id, 3);
    CHECK_EQUAL(set(id, 0, 0, 5000000, 0), 0);
    struct timer_info info = signal_of(SIGRT);
    CHECK_EQUAL(info.code, SI_TIMER);
    CHECK_EQUAL(info.value, 0x123456789);
    CHECK_EQUAL(info.timer, id);
    CHECK_EQUAL(info.overrun, 0);

    // Ten more expirations while the first one is pending.
    CHECK_EQUAL(set(id, 0, 0, 10000000, 10000000), 0);
    sleep_for(115000000);
    info = signal_of(SIGRT);
    CHECK_EQUAL(info.overrun, 10);
    CHECK_EQUAL(checked(SYS_ktimer_getoverrun, id, 0, 0, 0), 10);
    struct itimerspec left;
    CHECK_EQUAL(checked(SYS_ktimer_gettime, id, (long)&left, 0, 0), 0);
    CHECK_EQUAL(left.interval.tv_nsec, 10000000);
    CHECK(left.value.tv_sec == 0 && left.value.tv_nsec > 0 && left.value.tv_nsec <= 10000000);

    // A deleted timer takes its pending signal along.
    sleep_for(20000000);
    CHECK_EQUAL(checked(SYS_ktimer_delete, id, 0, 0, 0), 0);
    unsigned none[4] = {0, 0, 1u << (SIGRT - 65), 0};
    CHECK_EQUAL(checked(SYS_sigtimedwait, (long)none, 0, (long)&(struct timespec){0, 0}, 0), -1);
    CHECK_EQUAL(errno, EAGAIN);
    EXPECT_ERROR((int)checked(SYS_ktimer_delete, id, 0, 0, 0), EINVAL);
}

static void clocks(void)
{
    // Without an event: SIGALRM with the number of the timer; an instant that has passed expires at once.
    int id = create(CLOCK_REALTIME, 0);
    struct timespec time = now(CLOCK_REALTIME);
    CHECK_EQUAL(set(id, TIMER_ABSTIME, time.tv_sec, time.tv_nsec, 0), 0);
    struct timer_info info = signal_of(14);
    CHECK_EQUAL(info.value, id);
    // To one thread, which exists.
    long self = 0;
    checked(SYS_thr_self, (long)&self, 0, 0, 0);
    struct sigevent event = {.notify = SIGEV_THREAD_ID, .signo = SIGRT, .thread = (int)self};
    int to_thread = create(CLOCK_MONOTONIC, &event);
    CHECK_EQUAL(set(to_thread, 0, 0, 1, 0), 0);
    CHECK_EQUAL(signal_of(SIGRT).timer, to_thread);
    // SIGEV_NONE only counts down.
    int silent = create(CLOCK_MONOTONIC, &(struct sigevent){.notify = SIGEV_NONE});
    CHECK_EQUAL(set(silent, 0, 0, 2000000, 0), 0);
    sleep_for(4000000);
    struct itimerspec left;
    CHECK_EQUAL(checked(SYS_ktimer_gettime, silent, (long)&left, 0, 0), 0);
    CHECK_EQUAL(left.value.tv_nsec, 0);
    checked(SYS_ktimer_delete, id, 0, 0, 0);
    checked(SYS_ktimer_delete, to_thread, 0, 0, 0);
    checked(SYS_ktimer_delete, silent, 0, 0, 0);
}

static void mistakes(void)
{
    EXPECT_ERROR(create(9, 0), EINVAL);
    EXPECT_ERROR(create(CLOCK_PROCESS, 0), EINVAL);
    EXPECT_ERROR(create(CLOCK_MONOTONIC, &(struct sigevent){.notify = SIGEV_THREAD, .signo = SIGRT}), EINVAL);
    EXPECT_ERROR(create(CLOCK_MONOTONIC, &(struct sigevent){.notify = SIGEV_SIGNAL, .signo = 129}), EINVAL);
    EXPECT_ERROR(set(0, 0, 1, 0, 0), EINVAL);
    EXPECT_ERROR(set(31, 0, 1, 0, 0), EINVAL);
    int id = create(CLOCK_MONOTONIC, 0);
    EXPECT_ERROR(set(id, 0, -1, 0, 0), EINVAL);
    EXPECT_ERROR(set(id, 0, 1, 1000000000, 0), EINVAL);
    EXPECT_ERROR(set(id, 0, 1, 0, -1), EINVAL);
    CHECK_EQUAL(set(id, 0, 0, 0, -1), 0);
    for (int more = id + 1; more < 32; more++)
        CHECK_EQUAL(create(CLOCK_MONOTONIC, 0), more);
    EXPECT_ERROR(create(CLOCK_MONOTONIC, 0), EAGAIN);
    int child = fork();
    if (child == 0)
    {
        EXPECT_ERROR(set(id, 0, 1, 0, 0), EINVAL);
        exit(0);
    }
    EXPECT_EXIT(child, 0);
}

static void processor_clocks(void)
{
    int clock = 0;
    CHECK_EQUAL(checked(SYS_getcpuclockid2, 0, 0, (long)&clock, 0), 0);
    CHECK_EQUAL(clock, (int)(0xc0000000u | (unsigned)getpid()));
    struct timespec mine = now(clock), whole = now(CLOCK_PROCESS);
    CHECK(mine.tv_sec == whole.tv_sec && mine.tv_nsec <= whole.tv_nsec && mine.tv_nsec > 0);
    CHECK_EQUAL(checked(SYS_getcpuclockid2, 0, 1, (long)&clock, 0), 0);
    CHECK(now(clock).tv_nsec > 0);
    EXPECT_ERROR((int)checked(SYS_getcpuclockid2, 99999, 0, (long)&clock, 0), ESRCH);
    EXPECT_ERROR((int)checked(SYS_getcpuclockid2, 0, 2, (long)&clock, 0), EINVAL);
    CHECK_EQUAL(checked(SYS_getcpuclockid2, 99, 1, (long)&clock, 0), 0);
    struct timespec time;
    EXPECT_ERROR((int)checked(SYS_gettime, clock, (long)&time, 0, 0), EINVAL);
    CHECK_EQUAL(checked(SYS_getres, clock, (long)&time, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_clock_nanosleep, CLOCK_THREAD, 0, (long)&time, 0), EINVAL);
    CHECK_EQUAL(checked(SYS_clock_nanosleep, CLOCK_PROCESS, 0, (long)&time, 0), EOPNOTSUPP);
}

int main(void)
{
    unsigned all[4] = {1u << 13, 0, 1u << (SIGRT - 65), 0};
    CHECK_EQUAL(checked(SYS_sigprocmask, SIG_BLOCK, (long)all, 0, 0), 0);
    signals();
    clocks();
    processor_clocks();
    mistakes();
    return 0;
}
