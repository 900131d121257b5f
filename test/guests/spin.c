// spin.c: an endless loop, for ^C.
#include "runtime/runtime.h"

volatile unsigned long turns;

int main(void)
{
    printf("spinning\n");
    for (;;)
        turns++;
}
