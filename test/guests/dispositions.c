// dispositions.c: raises a signal, and ends with 3, or 30 and how often SIGUSR1 was handled. The first argument says what is done about
// SIGUSR1 (default, ignore, handle, block: handled once it is let through), the second is the number of the signal that is raised;
// a debugger takes that one away.
#include "runtime/runtime.h"

static volatile int handled;

static void on_usr1(int signal)
{
    (void)signal;
    handled++;
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    sigset_t set = signal_set(SIGUSR1);
    struct sigaction action = {.sa_handler = strcmp(what, "ignore") == 0 ? SIG_IGN : on_usr1};
    if (*what != 0 && strcmp(what, "default") != 0)
        sigaction(SIGUSR1, &action, NULL);
    if (strcmp(what, "block") == 0)
        sigprocmask(SIG_BLOCK, &set, NULL);
    if (count > 2)
        raise((int)strtol10(arguments[2]));
    getpid();
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    return handled == 0 ? 3 : 30 + handled;
}
