// thread_context.c: thr_create(2) begins a thread with the registers of a saved context, and writes its number.
#include "process.h"

enum { SYS_getcontext = 421, SYS_thr_create = 430 };

static char stack[32768] __attribute__((aligned(16)));
static volatile long ran;

static void body(void)
{
    long self = 0;
    call4(SYS_thr_self, (long)&self, 0, 0, 0);
    ran = self;
    thread_exit();
}

int main(void)
{
    static ucontext_t context;
    long number = 0;
    EXPECT_ERROR(call4(SYS_thr_create, 0, (long)&number, 0, 0), EFAULT);
    CHECK_EQUAL(call4(SYS_getcontext, (long)&context, 0, 0, 0), 0);
    CONTEXT_PC(&context) = (uintptr_t)body;
    CONTEXT_SP(&context) = (uintptr_t)(stack + sizeof stack - 64);
    CHECK_EQUAL(call4(SYS_thr_create, (long)&context, (long)&number, 0, 0), 0);
    CHECK(number > 100000);
    while (ran == 0)
        yield();
    CHECK_EQUAL(ran, number);
    return 0;
}
