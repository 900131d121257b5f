// follow_fork_child_detached.c: the new process is let go.
#include "fork.h"

int main(void) { return follow_fork(OWN_CHILD, CHILD); }
