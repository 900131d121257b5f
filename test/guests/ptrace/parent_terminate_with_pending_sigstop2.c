// parent_terminate_with_pending_sigstop2.c: the debugger exits while the other thread has stopped; SIGKILL goes to the main thread.
#include "terminate.h"

static void stop(void *argument)
{
    (void)argument;
    sigset_t all = {{~0u, ~0u, ~0u, ~0u}};
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &all, NULL), 0);
    raise(SIGSTOP);
    spin();
}

int main(void) { return terminate(stop, spin); }
