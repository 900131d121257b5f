// traced.c: programs with threads, forks and system calls that the rules of ptrace are tried on; the first argument says which.
#include "runtime/threads.h"

enum { SYS_sched_yield = 331, SYS_vfork = 66, SYS_rfork = 251, SYS_ptrace = 26, RFFDG = 4, PT_TRACE_ME = 0 };
enum { THREADS = 2 };

static thread_t threads[THREADS];

static void yield_for_ever(void *unused)
{
    (void)unused;
    for (;;)
        system_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

// Pid of the child that shares its parent's memory for ever.
static volatile int vforked;

static void vfork_for_ever(void *unused)
{
    if (system_call(SYS_vfork, 0, 0, 0, 0, 0, 0) == 0)
        vforked = getpid();
    yield_for_ever(unused);
}

static void end(int signal)
{
    exit(signal);
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";

    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = end}, NULL);
    if (strcmp(what, "threads") == 0)
    {
        for (int index = 0; index < THREADS; index++)
            thread_create(&threads[index], "worker", yield_for_ever, NULL);
        raise(SIGSTOP);
        yield_for_ever(NULL);
    }
    if (strcmp(what, "page") == 0)
    {
        // One page that can be read and written, and nothing after it.
        mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_ANON, -1, 0);
        yield_for_ever(NULL);
    }
    if (strcmp(what, "vfork-trace") == 0)
    {
        // The child of a vfork has its parent, which waits, debug it, and gets a signal.
        if (system_call(SYS_vfork, 0, 0, 0, 0, 0, 0) == 0)
        {
            system_call(SYS_ptrace, PT_TRACE_ME, 0, 0, 0, 0, 0);
            raise(SIGUSR1);
            exit(2);
        }
        return 1;
    }
    if (strcmp(what, "alone") == 0 || strcmp(what, "exec-alone") == 0)
    {
        // Wants to be alone, for rfork(2) or execve(2), while its other thread waits in vfork(2).
        thread_create(&threads[0], "worker", vfork_for_ever, NULL);
        while (vforked == 0)
            system_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
        if (strcmp(what, "alone") == 0)
            system_call(SYS_rfork, RFFDG, 0, 0, 0, 0, 0);
        else
            execve(arguments[0], (char *[]){arguments[0], "page", NULL}, NULL);
        yield_for_ever(NULL);
    }
    raise(SIGSTOP);
    if (strcmp(what, "calls") == 0)
    {
        // A call without arguments, one with two, one that fails; the handler of SIGUSR1 ends it with 30.
        int self = getpid();
        kill(self, 0);
        close(99);
        return 4;
    }
    if (strcmp(what, "fork") == 0)
    {
        int child = fork();
        if (child == 0)
            exit(2);
        wait4(child, NULL, 0, NULL);
        return 1;
    }
    if (strcmp(what, "vfork") == 0)
    {
        if (system_call(SYS_vfork, 0, 0, 0, 0, 0, 0) == 0)
            exit(2);
        return 1;
    }
    if (strcmp(what, "exec") == 0)
        execve(arguments[0], (char *[]){arguments[0], "calls", NULL}, environ);
    return 98;
}
