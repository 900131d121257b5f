// follow_fork_child_detached_unrelated_debugger.c: the new process is let go, by a process that is not its parent.
#include "fork.h"

int main(void) { return follow_fork(UNRELATED, CHILD); }
