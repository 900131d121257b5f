// file_end.c: accesses beyond the end of a mapped file raise SIGBUS with BUS_OBJERR; stores and the other calls see each other.
#include "process.h"

enum { BUS_OBJERR = 3, PAGE = 4096 };

static jump_buffer back;
static volatile int code;
static void *volatile where;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    CHECK_EQUAL(signal, SIGBUS);
    code = info->si_code;
    where = info->si_addr;
    sigset_t none = {{0}};
    sigprocmask(SIG_SETMASK, &none, NULL);
    JUMP(back);
}

#define EXPECT_BUS_ERROR(address, access)                                                                              \
    do                                                                                                                 \
    {                                                                                                                  \
        code = 0;                                                                                                      \
        if (SET_JUMP(back) == 0)                                                                                       \
            access;                                                                                                    \
        CHECK_EQUAL(code, BUS_OBJERR);                                                                                 \
        CHECK(where == (address));                                                                                     \
    } while (0)

static long truncate_to(int file, long size) { return system_call(480, file, size, 0, 0, 0, 0); }
static long write_at(int file, const void *from, size_t size, long at) { return system_call(476, file, (long)from, (long)size, at, 0, 0); }

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    CHECK_EQUAL(sigaction(SIGBUS, &action, NULL), 0);
    int file = open("/tmp/file_end", O_RDWR | O_CREAT, 0600);
    CHECK(file >= 0);
    CHECK_EQUAL(truncate_to(file, PAGE + 100), 0);
    volatile char *shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    volatile char *private = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    CHECK(shared != MAP_FAILED && private != MAP_FAILED);
    CHECK_EQUAL(shared[PAGE + 200], 0);
    EXPECT_BUS_ERROR(shared + 2 * PAGE + 5, shared[2 * PAGE + 5] = 1);
    EXPECT_BUS_ERROR(private + 3 * PAGE, (void)private[3 * PAGE]);
    EXPECT_BUS_ERROR(private + 3 * PAGE, private[3 * PAGE] = 1);
    EXPECT_ERROR(read(file, (char *)shared + 2 * PAGE, 1), 14);

    // A store survives a write to the same page, also one by another process.
    shared[10] = 'm';
    CHECK_EQUAL(write_at(file, "w", 1, 11), 1);
    int child = fork();
    if (child == 0)
    {
        shared[12] = 'c';
        exit((int)write_at(file, "W", 1, 13));
    }
    EXPECT_EXIT(child, 1);
    CHECK(shared[10] == 'm' && shared[11] == 'w' && shared[12] == 'c' && shared[13] == 'W');
    CHECK(private[10] == 'm' && private[11] == 'w' && private[12] == 'c' && private[13] == 'W');
    CHECK_EQUAL(write_at(file, "e", 1, PAGE + 300), 1);
    CHECK(shared[PAGE + 300] == 'e');

    // What is cut off reads as zero when it comes back, and private copies stay.
    private[PAGE] = 'p';
    shared[PAGE - 1] = 's';
    CHECK_EQUAL(truncate_to(file, 12), 0);
    CHECK(shared[11] == 'w' && shared[12] == 0 && shared[PAGE - 1] == 0 && private[PAGE] == 'p');
    EXPECT_BUS_ERROR(shared + PAGE, (void)shared[PAGE]);
    CHECK_EQUAL(truncate_to(file, 2 * PAGE), 0);
    CHECK(shared[12] == 0 && shared[PAGE] == 0);
    return 0;
}
