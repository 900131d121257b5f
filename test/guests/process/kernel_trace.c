// kernel_trace.c: ktrace(2) records calls, returns, paths, transfers, signals and what utrace(2) is given, in order, and children inherit it.
#include "process.h"

enum { SYS_ktrace = 45, SYS_utrace = 335, SYS_access = 33 };
enum { KTROP_SET = 0, KTROP_CLEAR = 1, KTROP_CLEARFILE = 2 };
enum { SYSCALL = 1, SYSRET, NAMEI, GENIO, PSIG, CSW, USER, STRUCT, SYSCTL, PROCCTOR, PROCDTOR };
enum { INHERIT = 0x40000000 };

struct header
{
    int length;
    short type;
    int pid;
    char command[20];
    long seconds, microseconds, thread;
};
_Static_assert(sizeof(struct header) == 56, "ktr_header");

static const char path[] = "/tmp/trace";
static char trace[65536];
static long size, at;
static int handled;

static int ktrace(const char *file, int operation, int facilities, int pid) { return (int)call4(SYS_ktrace, (long)file, operation, facilities, pid); }

static void handler(int signal) { handled = signal; }

// The next record of a process and its contents; the others are passed over.
static const char *next(int pid, int type, int length)
{
    while (at < size)
    {
        struct header *header = (struct header *)(trace + at);
        const char *contents = trace + at + sizeof *header;
        at += (long)sizeof *header + header->length;
        if (header->pid != pid)
            continue;
        CHECK_EQUAL(header->type, type);
        if (length >= 0)
            CHECK_EQUAL(header->length, length);
        return contents;
    }
    failed("no more records", __FILE__, __LINE__);
}

static void expect_call(int pid, int code)
{
    CHECK_EQUAL(*(const short *)next(pid, SYSCALL, -1), code);
}

static void expect_return(int pid, int code, int error, long value)
{
    const char *contents = next(pid, SYSRET, 16);
    CHECK_EQUAL(*(const short *)contents, code);
    CHECK_EQUAL(*(const int *)(contents + 4), error);
    if (value >= 0)
        CHECK_EQUAL(*(const long *)(contents + 8), value);
}

static void read_trace(void)
{
    int file = (int)call4(SYS_open, (long)path, O_RDONLY, 0, 0);
    size = read(file, trace, sizeof trace);
    close(file);
    at = 0;
}

int main(void)
{
    int facilities = 1 << SYSCALL | 1 << SYSRET | 1 << NAMEI | 1 << GENIO | 1 << PSIG | 1 << USER | 1 << PROCCTOR | 1 << PROCDTOR, ends[2], self = getpid();
    make_pipe(ends);
    handle(SIGUSR1, handler);
    EXPECT_ERROR(ktrace(path, KTROP_SET, facilities, 0), 2);
    int file = (int)call4(SYS_open, (long)path, O_CREAT | O_RDWR, 0600, 0);
    close(file);
    EXPECT_ERROR(ktrace(path, KTROP_SET, 0, self), EINVAL);
    EXPECT_ERROR(ktrace("/tmp", KTROP_SET, facilities, self), 21);
    EXPECT_ERROR(ktrace("/dev/null", KTROP_SET, facilities, self), 13);
    EXPECT_ERROR(ktrace(path, KTROP_SET, facilities, 99998), ESRCH);
    EXPECT_ERROR(ktrace(path, KTROP_SET, facilities, 1), 1);
    CHECK_EQUAL(call4(SYS_utrace, 0, 99999, 0, 0), 0);

    CHECK_EQUAL(ktrace(path, KTROP_SET, facilities | INHERIT, self), 0);
    call4(SYS_access, (long)"/tmp/none", 0, 0, 0);
    CHECK_EQUAL(write(ends[1], "pipe", 4), 4);
    CHECK_EQUAL(call4(SYS_utrace, (long)"user", 4, 0, 0), 0);
    kill(self, SIGUSR1);
    int child = fork();
    if (child == 0)
    {
        call4(SYS_getppid, 0, 0, 0, 0);
        exit(3);
    }
    EXPECT_EXIT(child, 3);
    CHECK_EQUAL(ktrace(NULL, KTROP_CLEAR, facilities, self), 0);
    getpid();
    read_trace();

    CHECK_EQUAL(*(const unsigned *)next(self, PROCCTOR, 4) & 0xff, 9);
    expect_return(self, SYS_ktrace, 0, 0);
    expect_call(self, SYS_access);
    CHECK_EQUAL(memcmp(next(self, NAMEI, 9), "/tmp/none", 9), 0);
    expect_return(self, SYS_access, 2, 0);
    expect_call(self, 4);
    const char *transfer = next(self, GENIO, 12);
    CHECK_EQUAL(*(const int *)transfer, ends[1]);
    CHECK_EQUAL(*(const int *)(transfer + 4), 1);
    CHECK_EQUAL(memcmp(transfer + 8, "pipe", 4), 0);
    expect_return(self, 4, 0, 4);
    expect_call(self, SYS_utrace);
    CHECK_EQUAL(memcmp(next(self, USER, 4), "user", 4), 0);
    expect_return(self, SYS_utrace, 0, 0);
    expect_call(self, 37);
    expect_return(self, 37, 0, 0);
    const char *signal = next(self, PSIG, 40);
    CHECK_EQUAL(*(const int *)signal, SIGUSR1);
    CHECK(*(void *const *)(signal + 8) == (void *)handler);
    CHECK_EQUAL(handled, SIGUSR1);

    at = 0;
    next(child, PROCCTOR, 4);
    expect_return(child, 2, 0, 0);
    expect_call(child, SYS_getppid);
    expect_return(child, SYS_getppid, 0, self);
    expect_call(child, 1);
    next(child, PROCDTOR, 0);

    // Nothing has been added since; and CLEARFILE ends what others set.
    long before = size;
    getpid();
    read_trace();
    CHECK_EQUAL(size, before);
    CHECK_EQUAL(ktrace(path, KTROP_SET, facilities, self), 0);
    CHECK_EQUAL(ktrace(path, KTROP_CLEARFILE, 0, 0), 0);
    read_trace();
    CHECK_EQUAL(call4(SYS_utrace, 0, 99999, 0, 0), 0);
    return 0;
}
