// follow_fork_parent_detached_unrelated_debugger.c: the forking process is let go, by a process that is not its parent.
#include "fork.h"

int main(void) { return follow_fork(UNRELATED, PARENT); }
