// Follows pointers through 16 MB in an order that no cache foresees.
#include "runtime.h"

enum { COUNT = 1 << 18, STEPS = 40000000 };
struct node { struct node *next; unsigned long value, spare[6]; };
static struct node nodes[COUNT];
static unsigned order[COUNT];

int main(void)
{
    unsigned seed = 1;
    for (unsigned i = 0; i < COUNT; i++) order[i] = i;
    for (unsigned i = COUNT - 1; i > 0; i--)
    {
        seed = seed * 1664525 + 1013904223;
        unsigned j = (unsigned)((unsigned long)seed * (i + 1) >> 32), swap = order[i];
        order[i] = order[j], order[j] = swap;
    }
    for (unsigned i = 0; i < COUNT; i++)
    {
        nodes[order[i]].next = &nodes[order[(i + 1) % COUNT]];
        nodes[order[i]].value = i;
    }
    unsigned long sum = 0;
    struct node *node = nodes;
    for (long i = 0; i < STEPS; i++)
    {
        sum += node->value;
        node = node->next;
    }
    printf("%lu\n", sum);
    return 0;
}
