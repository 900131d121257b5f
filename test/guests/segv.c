// segv.c: the plain crash: a write through NULL, three calls deep, with no handler.
#include "runtime/runtime.h"

NOINLINE static void store(volatile int *where, int value)
{
    *where = value; // SIGSEGV, SEGV_MAPERR, si_addr 0
}

NOINLINE static void middle(volatile int *where)
{
    store(where, 42);
    printf("not reached\n");
}

int main(void)
{
    printf("about to write to NULL\n");
    middle(NULL);
    return 0;
}
