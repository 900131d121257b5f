// follow_fork_parent_detached.c: the forking process is let go.
#include "fork.h"

int main(void) { return follow_fork(OWN_CHILD, PARENT); }
