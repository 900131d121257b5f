// writable_code.c: procctl(2) on memory that is writable and executable at once, and the commands of the machine and of 14.0.
#include "process.h"

enum
{
    PROC_WXMAP_CTL = 21, PROC_WXMAP_STATUS = 22, PROC_LOGSIGEXIT_CTL = 23, PROC_LOGSIGEXIT_STATUS = 24,
    PROC_KPTI_CTL = 0x10000000, PROC_KPTI_STATUS, PROC_LA_CTL, PROC_LA_STATUS,
};
enum { PERMIT = 1, DISALLOW_EXEC = 2, ENFORCE = (int)0x80000000, RWX = PROT_READ | PROT_WRITE | PROT_EXEC, AT_EXECPATH = 15, AT_OSRELDATE = 18 };

static int get(int command)
{
    int value = 77;
    CHECK_EQUAL(procctl(P_PID, getpid(), command, &value), 0);
    return value;
}

static int set(int command, int value) { return procctl(P_PID, getpid(), command, &value); }
static void *map(int protection) { return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANON, -1, 0); }

static void check_enforced(void)
{
    CHECK_EQUAL(get(PROC_WXMAP_STATUS), DISALLOW_EXEC | ENFORCE);
    CHECK(map(RWX) == MAP_FAILED);
    CHECK_EQUAL(errno, EACCES);
    void *page = map(PROT_READ | PROT_WRITE);
    EXPECT_ERROR(mprotect(page, 4096, RWX), EACCES);
    CHECK_EQUAL(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
    int child = fork();
    if (child == 0)
        exit(map(RWX) == MAP_FAILED ? get(PROC_WXMAP_STATUS) == (DISALLOW_EXEC | ENFORCE) : 9);
    EXPECT_EXIT(child, 1);
    CHECK_EQUAL(set(PROC_WXMAP_CTL, PERMIT), 0);
    CHECK_EQUAL(get(PROC_WXMAP_STATUS), PERMIT | DISALLOW_EXEC);
    CHECK(map(RWX) != MAP_FAILED);
}

static void check_log_control(void)
{
    if (auxiliary(AT_OSRELDATE, 0) < 1400000)
    {
        EXPECT_ERROR(set(PROC_LOGSIGEXIT_CTL, 2), EINVAL);
        return;
    }
    CHECK_EQUAL(get(PROC_LOGSIGEXIT_STATUS), 1);
    for (int wanted = 3; wanted >= 1; wanted--)
    {
        CHECK_EQUAL(set(PROC_LOGSIGEXIT_CTL, wanted), 0);
        CHECK_EQUAL(get(PROC_LOGSIGEXIT_STATUS), wanted);
    }
    EXPECT_ERROR(set(PROC_LOGSIGEXIT_CTL, 4), EINVAL);
}

static void check_machine(void)
{
#if defined(__x86_64__)
    EXPECT_ERROR(set(PROC_KPTI_CTL, 1), EPERM);
    CHECK_EQUAL(get(PROC_KPTI_STATUS), 2);
    CHECK_EQUAL(get(PROC_LA_STATUS), 3 | 0x1000000);
    EXPECT_ERROR(set(PROC_LA_CTL, 2), EOPNOTSUPP);
    EXPECT_ERROR(set(PROC_LA_CTL, 4), EINVAL);
    CHECK_EQUAL(set(PROC_LA_CTL, 1), 0);
    CHECK_EQUAL(get(PROC_LA_STATUS), 1 | 0x1000000);
    int value = 0;
    EXPECT_ERROR(procctl(P_PID, 99998, PROC_LA_STATUS, &value), ESRCH);
    EXPECT_ERROR(procctl(P_PGID, getpid(), PROC_LA_STATUS, &value), EINVAL);
#else
    EXPECT_ERROR(set(PROC_KPTI_STATUS, 1), EINVAL);
#endif
    EXPECT_ERROR(set(PROC_LA_STATUS + 1, 1), EINVAL);
}

int main(int argc, char **argv)
{
    if (argc > 1)
    {
        check_enforced();
        return 0;
    }
    check_log_control();
    check_machine();
    EXPECT_ERROR(set(PROC_WXMAP_CTL, 3), EINVAL);
    CHECK_EQUAL(get(PROC_WXMAP_STATUS), 0);
    CHECK_EQUAL(set(PROC_WXMAP_CTL, DISALLOW_EXEC), 0);
    CHECK_EQUAL(get(PROC_WXMAP_STATUS), DISALLOW_EXEC);
    CHECK(map(RWX) != MAP_FAILED);
    char *again[] = {argv[0], "again", NULL}, *none[] = {NULL};
    execve((char *)auxiliary(AT_EXECPATH, 0), again, none);
    return 1;
}
