// int3.c [ARGUMENT]: a breakpoint instruction of the program's own, with a handler for SIGTRAP; with an argument, without.
#include "runtime/runtime.h"

static volatile int traps;

static void on_trap(int signal, siginfo_t *info, void *context)
{
    traps++;
    printf("handler: signal %d, %s, si_addr is the pc: %s\n", signal, info->si_code == TRAP_BRKPT ? "TRAP_BRKPT" : "another code",
           (long)info->si_addr == CONTEXT_PC((ucontext_t *)context) ? "yes" : "no");
    CONTEXT_PC((ucontext_t *)context) += BREAKPOINT_SKIP;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

    (void)argv;
    if (argc == 1)
        sigaction(SIGTRAP, &action, NULL);
    printf("before\n");
    BREAKPOINT();
    printf("between\n");
    BREAKPOINT();
    printf("after %d traps\n", traps);
    return 0;
}
