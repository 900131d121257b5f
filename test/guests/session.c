// session.c: what the gdb and lldb scripts of the tests debug. Ends with exit status 7.
#include "runtime/runtime.h"

struct point
{
    int x, y;
};

enum colour { RED, GREEN, BLUE };

struct shape
{
    const char *name;
    struct point corners[3];
    enum colour colour;
    unsigned visible : 1, layer : 7;
    double area;
    float scale;
    struct shape *next;
};

// Two neighbours in one aligned group of 8 bytes, for watchpoints that must tell them apart.
__attribute__((section(".data.pair"), aligned(8))) volatile int watched = 1;
__attribute__((section(".data.pair"))) volatile int beside = 2;

volatile int bottoms; // how often the recursion has reached its end
int table[8] = {3, 1, 4, 1, 5, 9, 2, 6};
static struct shape square = {"square", {{0, 0}, {4, 0}, {4, 4}}, BLUE, 0, 2, 16.0, 1.0f, NULL};

// For "print f(3)", which gives 10.
NOINLINE int f(int n)
{
    return n * n + 1;
}

NOINLINE int depth(int n)
{
    if (n == 0)
    {
        bottoms++; // the bottom of the recursion
        return 0;
    }
    int below = depth(n - 1);
    beside++; // keeps this from being a tail call
    return below + 1;
}

NOINLINE double area(const struct shape *shape)
{
    const struct point *c = shape->corners;
    double twice = (double)(c[1].x - c[0].x) * (c[2].y - c[0].y) - (double)(c[2].x - c[0].x) * (c[1].y - c[0].y);
    float half = 0.5f;
    return twice * half * shape->scale;
}

NOINLINE int write_watched(int times)
{
    int sum = 0;
    for (int i = 0; i < times; i++)
    {
        beside = i;
        watched = watched + 10;
        sum += watched;
    }
    return sum;
}

NOINLINE int sum_table(void)
{
    int sum = 0;
    for (int i = 0; i < 8; i++)
        sum += table[i];
    return sum;
}

// One statement a line, for step, next, finish, until and advance.
NOINLINE int lines(int start)
{
    volatile int a = start;
    volatile int b = a + 1;
    volatile int c = f(b);
    b = c - a;
    a = sum_table();
    c = a + b + c;
    return c;
}

int main(int argc, char **argv, char **envp)
{
    struct shape triangle = {"triangle", {{1, 2}, {4, 2}, {1, 6}}, GREEN, 1, 5, 0.0, 1.5f, &square};
    int variables = 0;

    while (envp[variables] != NULL)
        variables++;
    printf("arguments: %d\n", argc - 1);
    for (int i = 1; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
    printf("environment: %s\n", variables > 0 ? "present" : "empty");

    int result = lines(4);
    printf("lines: %d\n", result);
    result = depth(5);
    printf("depth: %d, bottoms %d\n", result, bottoms);
    result = write_watched(3);
    printf("watched: sum %d, watched %d, beside %d\n", result, watched, beside);
    triangle.area = area(&triangle);
    printf("%s: area %d, %s: area %d\n", triangle.name, (int)triangle.area, triangle.next->name, (int)triangle.next->area);
    return 7;
}
