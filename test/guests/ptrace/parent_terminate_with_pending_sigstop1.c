// parent_terminate_with_pending_sigstop1.c: the debugger exits while the main thread has stopped.
#include "terminate.h"

static void run(void *argument)
{
    (void)argument;
    spin();
}

static void stop(void) { raise(SIGSTOP); }

int main(void) { return terminate(run, stop); }
