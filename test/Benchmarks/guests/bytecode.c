// An interpreter of a small stack machine: a computed jump for every one of its instructions.
#include "runtime.h"

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, OVER, DROP, MASK, LOOP, HALT };

static const int program[] = {
    PUSH, 1, PUSH, 6000000,                                   // value counter
    SWAP, PUSH, 1103515245, MUL, PUSH, 12345, ADD, MASK, SWAP, // 4: value = value * m + c
    OVER, DUP, ADD, DROP, PUSH, 3, PUSH, 4, ADD, DROP, LOOP, 4, // counter - 1, back while it is not 0
    DROP, HALT,
};

__attribute__((noinline)) static unsigned long run(const int *code)
{
    static const void *const labels[] = { &&push, &&add, &&sub, &&mul, &&dup, &&swap, &&over, &&drop, &&mask, &&loop, &&halt };
    unsigned long stack[64], *top = stack, kept;
    const int *pc = code;
#define NEXT goto *labels[*pc++]
    NEXT;
push: *++top = (unsigned long)*pc++; NEXT;
add: top[-1] += *top; top--; NEXT;
sub: top[-1] -= *top; top--; NEXT;
mul: top[-1] *= *top; top--; NEXT;
dup: top[1] = *top; top++; NEXT;
swap: kept = *top; *top = top[-1]; top[-1] = kept; NEXT;
over: top[1] = top[-1]; top++; NEXT;
drop: top--; NEXT;
mask: *top &= 0x7fffffff; NEXT;
loop: if (--*top != 0) { pc = code + *pc; NEXT; } pc++; NEXT;
halt: return *top;
}

int main(void)
{
    unsigned long sum = 0;
    for (int i = 0; i < 8; i++) sum += run(program);
    printf("%lu\n", sum);
    return 0;
}
