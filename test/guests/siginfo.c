// siginfo.c: tells what comes with its signals: a value to a handler, the address of a fault that the handler mends, a value to
// sigwaitinfo. For debuggers that change it on the way.
#include "runtime/runtime.h"

enum { SYS_sigwaitinfo = 346, SYS_sigqueue = 456, PAGE = 4096 };

static char *hole; // a page that may not be touched until the handler opens it

// For a debugger to call.
NOINLINE int twice(int number) { return 2 * number; }

static void on_usr1(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("handler: signal %d, code %d, value %ld\n", signal, info->si_code, info->si_value);
}

static void on_segv(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("handler: signal %d, code %d, at hole + %ld\n", signal, info->si_code, (long)((char *)info->si_addr - hole));
    mprotect(hole, PAGE, PROT_READ | PROT_WRITE);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(signal, &action, NULL);
}

static void queue(int signal, long value)
{
    system_call(SYS_sigqueue, getpid(), signal, value, 0, 0, 0);
}

int main(void)
{
    sigset_t usr2 = signal_set(SIGUSR2);
    siginfo_t info;

    handle(SIGUSR1, on_usr1);
    queue(SIGUSR1, twice(21));

    hole = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    handle(SIGSEGV, on_segv);
    hole[100] = 1;

    sigprocmask(SIG_BLOCK, &usr2, NULL);
    queue(SIGUSR2, 7);
    system_call(SYS_sigwaitinfo, (long)&usr2, (long)&info, 0, 0, 0, 0);
    printf("sigwaitinfo: signal %d, code %d, value %ld\n", info.si_signo, info.si_code, info.si_value);
    return 0;
}
