// target.c: what the kernel's tests debug; the first argument says what it does.
#include "runtime/runtime.h"

enum { SYS_ptrace = 26, SYS_sched_yield = 331, PT_TRACE_ME = 0, PT_GETNUMLWPS = 14 };

// Where "map" puts its pages.
#define PAGES ((char *)0x10000000)
enum { PAGE = 4096 };

static void told(int signal)
{
    printf("%d\n", signal);
}

static void handle(int signal, void (*handler)(int))
{
    sigaction(signal, &(struct sigaction){.sa_handler = handler}, NULL);
}

static void map(int page, int protection, int flags)
{
    mmap(PAGES + page * PAGE, PAGE, protection, flags | MAP_FIXED | MAP_ANON, -1, 0);
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    int number = count > 2 ? (int)strtol10(arguments[2]) : 0;

    if (strcmp(what, "spin") == 0)
        for (;;)
            ;
    if (strcmp(what, "sleep") == 0)
        for (;;)
            nanosleep(&(struct timespec){1000, 0}, NULL);
    if (strcmp(what, "yield") == 0)
        for (;;)
            system_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
    if (strcmp(what, "debug") == 0)
    {
        // Asks for ever how many threads its child has, which has stopped.
        int child = fork();
        if (child == 0)
        {
            system_call(SYS_ptrace, PT_TRACE_ME, 0, 0, 0, 0, 0);
            raise(SIGSTOP);
            return 0;
        }
        wait4(child, NULL, 0, NULL);
        while (system_call(SYS_ptrace, PT_GETNUMLWPS, child, 0, 0, 0, 0) == 1)
            number++;
        return 97;
    }
    if (strcmp(what, "exit") == 0)
        return number;
    if (strcmp(what, "raise") == 0)
    {
        raise(number);
        return 0;
    }
    if (strcmp(what, "map") == 0)
    {
        map(0, PROT_READ | PROT_WRITE, MAP_PRIVATE);
        // page 1 is a hole
        map(2, PROT_READ, MAP_PRIVATE);
        map(3, PROT_NONE, MAP_PRIVATE);
        map(4, PROT_READ | PROT_WRITE, MAP_SHARED);
        map(5, PROT_READ, MAP_SHARED);
        raise(SIGSTOP);
        return 0;
    }
    if (strcmp(what, "handle") == 0)
    {
        // Tells each signal that it is sent; SIGHUP is ignored; blocks the number that it is given until SIGTERM is handled.
        handle(SIGHUP, SIG_IGN);
        handle(SIGUSR1, told);
        handle(SIGUSR2, told);
        handle(SIGTERM, told);
        sigset_t set = signal_set(number != 0 ? number : 128);
        sigprocmask(SIG_BLOCK, &set, NULL);
        raise(SIGSTOP);
        raise(SIGTERM);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        return 3;
    }
    return 98;
}
