// usage.c: getrusage(2) and wait4(2) count caught signals, sleeps and page faults, of the process, of a thread and of children.
#include "process.h"

enum { RUSAGE_SELF = 0, RUSAGE_CHILDREN = -1, RUSAGE_THREAD = 1 };
enum { MAXRSS, MINFLT = 4, NSIGNALS = 11, NVCSW = 12 }; // places in others

static volatile int caught;

static void catch(int signal)
{
    (void)signal;
    caught++;
}

static struct rusage usage_of(int who)
{
    struct rusage usage;
    CHECK_EQUAL(call4(117, who, (long)&usage, 0, 0), 0);
    return usage;
}

static void doze(void)
{
    struct timespec time = {0, 1000};
    CHECK_EQUAL(nanosleep(&time, NULL), 0);
}

static void signals_and_sleeps(int who)
{
    struct rusage before = usage_of(who);
    for (int i = 0; i < 5; i++)
        raise(SIGUSR1);
    doze();
    doze();
    struct rusage after = usage_of(who);
    CHECK_EQUAL(after.others[NSIGNALS] - before.others[NSIGNALS], 5);
    CHECK_EQUAL(after.others[NVCSW] - before.others[NVCSW], 2);
}

static void faults(void)
{
    enum { PAGES = 16, PAGE = 4096 };
    struct rusage before = usage_of(RUSAGE_SELF);
    char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    for (int i = 0; i < PAGES; i++)
        memory[i * PAGE] = 1;
    struct rusage after = usage_of(RUSAGE_SELF);
    CHECK(after.others[MINFLT] - before.others[MINFLT] >= PAGES);
    CHECK(after.others[MAXRSS] - before.others[MAXRSS] >= PAGES * PAGE / 1024);
}

static void children(void)
{
    CHECK_EQUAL(usage_of(RUSAGE_CHILDREN).others[NVCSW], 0);
    int child = fork();
    if (child == 0)
    {
        raise(SIGUSR1);
        doze();
        exit(0);
    }
    struct rusage usage;
    CHECK_EQUAL(wait4(child, NULL, 0, &usage), child);
    CHECK_EQUAL(usage.others[NSIGNALS], 1);
    CHECK_EQUAL(usage.others[NVCSW], 1);
    CHECK(usage.others[MAXRSS] > 0);
    usage = usage_of(RUSAGE_CHILDREN);
    CHECK_EQUAL(usage.others[NSIGNALS], 1);
    CHECK_EQUAL(usage.others[NVCSW], 1);
}

int main(void)
{
    handle(SIGUSR1, catch);
    signals_and_sleeps(RUSAGE_SELF);
    signals_and_sleeps(RUSAGE_THREAD);
    CHECK_EQUAL(caught, 10);
    faults();
    children();
    return 0;
}
