// Calls and returns, and little else.
#include "runtime.h"

__attribute__((noinline)) static unsigned long fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int main(int argc, char **argv)
{
    (void)argv;
    printf("%lu\n", fib(42 + (unsigned)argc));
    return 0;
}
