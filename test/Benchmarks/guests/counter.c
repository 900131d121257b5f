// Counts beside a value that stays as it is.
#include "runtime.h"

enum { ROUNDS = 1000000000 };
struct __attribute__((aligned(64))) { unsigned long limit; volatile unsigned long count; } hot = { ROUNDS, 0 };

int main(void)
{
    while (hot.count < ROUNDS) hot.count++;
    printf("%lu of %lu\n", hot.count, hot.limit);
    return 0;
}
