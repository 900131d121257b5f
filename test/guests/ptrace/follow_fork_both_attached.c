// follow_fork_both_attached.c: both sides of a fork are debugged.
#include "fork.h"

int main(void) { return follow_fork(OWN_CHILD, NOBODY); }
