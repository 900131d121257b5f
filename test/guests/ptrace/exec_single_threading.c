// exec_single_threading.c: while a program is loaded the other threads wait at the user boundary, where the ends of their system calls
// are told. They survive a failure, with their sleeps aborted; after a success they end in the new program's memory.
#include "case.h"

enum { ENOENT = 2, PT_READ_D = 2 };
#define OLD_MEMORY ((char *)0x20000000)

static volatile int interrupted;

static void sleeper(void *argument)
{
    (void)argument;
    struct timespec for_ever = {1000000, 0};
    interrupted = nanosleep(&for_ever, NULL) == -1 && errno == EINTR;
    nanosleep(&for_ever, NULL);
    thread_exit();
}

static void execute(char *program)
{
    char *again[] = {program, "again", NULL};
    start_thread(sleeper);
    for (int i = 0; i < 10; i++)
        yield();
    errno = 0;
    CHECK_EQUAL(execve("/no/such/program", again, environ), -1);
    CHECK_EQUAL(errno, ENOENT);
    while (!interrupted)
        yield();
    for (int i = 0; i < 10; i++)
        yield();
    execve(program, again, environ);
    exit(98);
}

int main(int count, char **arguments)
{
    if (count > 1)
        return 5;
    CHECK_EQUAL(mmap(OLD_MEMORY, 4096, PROT_READ, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0), OLD_MEMORY);
    int child = fork();
    if (child == 0)
    {
        trace_me();
        execute(arguments[0]);
    }
    EXPECT_STOP(child, SIGSTOP);
    int first = lwpinfo(child).pl_lwpid, second = 0, failed_sleeps = 0, exits = 0;
    set_events(child, PTRACE_LWP | PTRACE_SCX | PTRACE_EXEC);
    for (;;)
    {
        RESUME(child, 0);
        EXPECT_STOP(child, SIGTRAP);
        struct ptrace_lwpinfo info = lwpinfo(child);
        errno = 0;
        ptrace(PT_READ_D, child, OLD_MEMORY, 0);
        int old_memory = errno == 0;
        if (info.pl_flags & PL_FLAG_BORN)
            second = info.pl_lwpid;
        if (info.pl_flags == PL_FLAG_SCX && info.pl_syscall_code == SYS_nanosleep)
        {
            struct ptrace_sc_ret result;
            CHECK_EQUAL(ptrace(PT_GET_SC_RET, child, &result, sizeof result), 0);
            CHECK_EQUAL(info.pl_lwpid, second);
            CHECK_EQUAL(result.sr_error, EINTR);
            CHECK(old_memory);
            failed_sleeps++;
        }
        if (info.pl_flags & PL_FLAG_EXITED)
        {
            CHECK_EQUAL(info.pl_flags, PL_FLAG_EXITED);
            CHECK_EQUAL(info.pl_lwpid, second);
            CHECK(!old_memory);
            exits++;
        }
        if (info.pl_flags & PL_FLAG_EXEC)
        {
            CHECK_EQUAL(info.pl_lwpid, first);
            break;
        }
    }
    CHECK_EQUAL(failed_sleeps, 2);
    CHECK_EQUAL(exits, 1);
    set_events(child, 0);
    RESUME(child, 0);
    EXPECT_EXIT(child, 5);
    expect_no_more_children();
    return 0;
}
