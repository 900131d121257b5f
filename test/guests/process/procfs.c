// procfs.c: what a process finds in /proc about itself and about a stopped child, and what it does not find there.
#include "process.h"

enum { ENOENT = 2 };

static char text[16384];

// Reads a file below /proc, with a NUL behind it.
static long contents(const char *path)
{
    int fd = open(path, O_RDONLY, 0);
    CHECK(fd >= 0);
    long size = read(fd, text, sizeof text - 1);
    CHECK(size >= 0);
    text[size] = 0;
    close(fd);
    return size;
}

static bool has(const char *part)
{
    for (const char *at = text; *at; at++)
        if (memcmp(at, part, strlen(part)) == 0)
            return true;
    return false;
}

static void name(char *to, int pid, const char *file)
{
    char digits[12];
    int count = 0;
    do
        digits[count++] = (char)('0' + pid % 10);
    while ((pid /= 10) != 0);
    memcpy(to, "/proc/", 6);
    to += 6;
    while (count > 0)
        *to++ = digits[--count];
    memcpy(to, file, strlen(file) + 1);
}

static long pread(int fd, void *to, size_t size, long offset) { return call4(475, fd, (long)to, (long)size, offset); }
static long pwrite(int fd, const void *from, size_t size, long offset) { return call4(476, fd, (long)from, (long)size, offset); }

static void self(void)
{
    static const char status[] = "procfs ";
    contents("/proc/curproc/status");
    CHECK_EQUAL(memcmp(text, status, sizeof status - 1), 0);
    CHECK_EQUAL(strtol10(text + sizeof status - 1), getpid());
    contents("/proc/self/etype");
    CHECK_EQUAL(strcmp(text, "FreeBSD ELF64"), 0);
    contents("/proc/curproc/map");
    CHECK(has(" r-x ") && has(" vnode /") && has(" COW "));
    contents("/proc/curproc/rlimit");
    CHECK(has("nofile ") && has("cpu -1 -1\n"));
    CHECK(contents("/proc/curproc/cmdline") > 0);
    static const char *absent[] = {"/proc/curproc/maps", "/proc/cpuinfo", "/proc/99999/status", "/proc/curproc/nothing"};
    for (unsigned i = 0; i < sizeof absent / sizeof *absent; i++)
    {
        EXPECT_ERROR(open(absent[i], O_RDONLY, 0), ENOENT);
    }
    EXPECT_ERROR(open("/proc/new", O_WRONLY | O_CREAT, 0644), EACCES);
    EXPECT_ERROR(open("/proc/curproc/note", O_RDONLY, 0), EACCES);
}

static volatile long word = 1;

static void memory(void)
{
    int fd = open("/proc/curproc/mem", O_RDWR, 0);
    long value = 2;
    CHECK_EQUAL(pwrite(fd, &value, sizeof value, (long)&word), sizeof value);
    CHECK_EQUAL(word, 2);
    word = 3;
    CHECK_EQUAL(pread(fd, &value, sizeof value, (long)&word), sizeof value);
    CHECK_EQUAL(value, 3);
    EXPECT_ERROR(pread(fd, &value, sizeof value, 8), EFAULT);
    close(fd);
}

static void registers(void)
{
    char path[64];
    int child = fork();
    if (child == 0)
        sleep_for_ever();
    name(path, child, "/regs");
    int fd = open(path, O_RDONLY, 0);
    CHECK(fd >= 0);
    EXPECT_ERROR(read(fd, text, sizeof text), EBUSY);
    kill(child, SIGSTOP);
    int status;
    CHECK_EQUAL(wait4(child, &status, 2, NULL), child);
    CHECK(read(fd, text, sizeof text) > 100);
    kill(child, 9);
    EXPECT_KILLED(child, 9);
    EXPECT_ERROR(pread(fd, text, 8, 0), 5);
}

int main(void)
{
    self();
    memory();
    registers();
    return 0;
}
