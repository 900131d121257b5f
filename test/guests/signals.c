// signals.c: handlers: SIGUSR1 by raise and by kill, a blocked signal, an ignored one, SIGSEGV mended and escaped from,
// an alternate stack, SIGFPE.
#include "runtime/runtime.h"

enum { PAGE = 4096 };

static char alternate[32768];
static char *hole;         // a page that may not be touched until the handler opens it
static jump_buffer escape;
static volatile int usr1s; // signals that on_usr1 has seen

static void on_usr1(int signal, siginfo_t *info, void *context)
{
    (void)context;
    usr1s++;
    printf("handler: signal %d, %s, from %s\n", signal, info->si_code == SI_USER ? "kill" : info->si_code == SI_LWP ? "thr_kill" : "?",
           info->si_pid == getpid() ? "myself" : "another");
}

static const char *code_name(int code)
{
    return code == SEGV_MAPERR ? "SEGV_MAPERR" : code == SEGV_ACCERR ? "SEGV_ACCERR" : "another code";
}

static void on_segv_mend(int signal, siginfo_t *info, void *context)
{
    char here;
    (void)context;
    printf("handler: signal %d, %s at hole + %ld, %s stack\n", signal, code_name(info->si_code), (long)((char *)info->si_addr - hole),
           &here >= alternate && &here < alternate + sizeof alternate ? "alternate" : "normal");
    mprotect(hole, PAGE, PROT_READ | PROT_WRITE);
}

static void on_segv_escape(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("handler: signal %d, %s at %p\n", signal, code_name(info->si_code), info->si_addr);
    JUMP(escape);
}

static void on_fpe(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("handler: signal %d, code %d, at its own instruction: %s\n", signal, info->si_code,
           (long)info->si_addr == CONTEXT_PC((ucontext_t *)context) ? "yes" : "no");
    JUMP(escape);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    if (sigaction(signal, &action, NULL) != 0)
        printf("sigaction: error %d\n", errno);
}

static void unblock(int signal)
{
    sigset_t set = signal_set(signal);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void asynchronous(void)
{
    sigset_t usr1 = signal_set(SIGUSR1);
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    handle(SIGUSR1, on_usr1, 0);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);

    sigprocmask(SIG_BLOCK, &usr1, NULL);
    raise(SIGUSR1);
    printf("blocked: %d so far\n", usr1s);
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    printf("unblocked: %d so far\n", usr1s);

    sigaction(SIGUSR2, &ignore, NULL);
    raise(SIGUSR2);
    printf("ignored: SIGUSR2\n");
}

NOINLINE static void read_null(void)
{
    if (SET_JUMP(escape) == 0)
        printf("read %d\n", *(volatile int *)16);
    unblock(SIGSEGV);
    printf("escaped\n");
}

NOINLINE static void divide_by_zero(void)
{
    volatile int one = 1, zero = 0;
    if (SET_JUMP(escape) == 0)
        printf("quotient %d\n", one / zero);
    unblock(SIGFPE);
    printf("escaped\n");
}

int main(void)
{
    stack_t stack = {alternate, sizeof alternate, 0};

    asynchronous();

    hole = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    handle(SIGSEGV, on_segv_mend, 0);
    hole[100] = 42; // faults once, then is done
    printf("mended: %d\n", hole[100]);

    sigaltstack(&stack, NULL);
    mprotect(hole, PAGE, PROT_READ);
    handle(SIGSEGV, on_segv_mend, SA_ONSTACK);
    hole[200] = 43;
    printf("mended: %d\n", hole[200]);

    handle(SIGSEGV, on_segv_escape, 0);
    read_null();
    handle(SIGFPE, on_fpe, 0);
    divide_by_zero();
    return 0;
}
