// stack_growth.c: a stack of mmap(2) grows down to its guard; from 14.0 on with the protection that it was mapped with.
#include "process.h"

enum { MAP_STACK = 0x400, SIZE = 1 << 20, FIRST = 128 * 1024, PAGE = 4096, PROC_STACKGAP_CTL = 17, GAP_DISABLE = 2, AT_OSRELDATE = 18 };

static jump_buffer back;

static void on_fault(int signal)
{
    CHECK_EQUAL(signal, SIGSEGV);
    sigset_t none = {{0}};
    sigprocmask(SIG_SETMASK, &none, NULL);
    JUMP(back);
}

static int can_write(volatile char *at)
{
    if (SET_JUMP(back) != 0)
        return 0;
    *at = 1;
    return 1;
}

static char *map_stack(void)
{
    char *bottom = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_STACK | MAP_PRIVATE | MAP_ANON, -1, 0);
    CHECK(bottom != MAP_FAILED);
    return bottom;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_fault};
    CHECK_EQUAL(sigaction(SIGSEGV, &action, NULL), 0);
    char *bottom = map_stack(), *top = bottom + SIZE;
    CHECK(can_write(top - 1) && can_write(bottom + PAGE) && !can_write(bottom));

    bottom = map_stack(), top = bottom + SIZE;
    CHECK_EQUAL(mprotect(top - FIRST, FIRST, PROT_READ), 0);
    CHECK_EQUAL(can_write(top - 2 * FIRST), auxiliary(AT_OSRELDATE, 0) >= 1400000);

    int disable = GAP_DISABLE;
    CHECK_EQUAL(procctl(P_PID, 0, PROC_STACKGAP_CTL, &disable), 0);
    bottom = map_stack();
    CHECK(can_write(bottom));
    return 0;
}
