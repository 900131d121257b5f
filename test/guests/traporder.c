// traporder.c: a caught trap's frame is built at once, before those of signals that are pending: they run first, and the trap after them.
#if !defined(__x86_64__)
#error "about amd64's trace flag"
#endif
#include "runtime/runtime.h"

static void told(int signal)
{
    printf("handler of signal %d\n", signal);
}

// kill(pid, signal), with the trace flag set: the step ends after the system call, when the signal is pending already.
static void kill_and_step(int pid, int signal)
{
    long result = SYS_kill;
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
                     "pushfq\n\t"
                     "orq $0x100, (%%rsp)\n\t"
                     "popfq\n\t"
                     "syscall\n\t"
                     "lea 128(%%rsp), %%rsp"
                     : "+a"(result)
                     : "D"((long)pid), "S"((long)signal)
                     : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
    printf("kill: %ld\n", result);
}

int main(void)
{
    static const int lower = SIGHUP, higher = SIGUSR1;

    sigaction(SIGTRAP, &(struct sigaction){.sa_handler = told}, NULL);
    sigaction(lower, &(struct sigaction){.sa_handler = told}, NULL);
    sigaction(higher, &(struct sigaction){.sa_handler = told}, NULL);
    kill_and_step(getpid(), lower);
    kill_and_step(getpid(), higher);
    return 0;
}
