// protfault.c: a write to a read-only page. FreeBSD sends SIGSEGV (SEGV_ACCERR), but SIGBUS (12) to a program without the
// ABI note: it is built once more without one, as protfault-nonote.
#include "runtime/runtime.h"

static const int constant = 1;

int main(void)
{
    volatile int *where = (volatile int *)&constant;

    printf("about to write to a read-only page\n");
    *where = 42;
    printf("not reached\n");
    return 0;
}
