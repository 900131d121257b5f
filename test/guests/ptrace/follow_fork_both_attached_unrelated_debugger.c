// follow_fork_both_attached_unrelated_debugger.c: both sides of a fork are debugged, by a process that is not its parent.
#include "fork.h"

int main(void) { return follow_fork(UNRELATED, NOBODY); }
