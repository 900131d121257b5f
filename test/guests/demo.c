// demo.c: the program that gdbstub serves when it is given none: something pleasant for a first session.
// Try: break visit, print *here, backtrace, watch visited, print fibonacci(20), finish, continue.
#include "runtime/runtime.h"

struct planet
{
    const char *name;
    int moons;
    double year; // in years of the Earth
    struct planet *next;
};

static struct planet planets[] = {
    {"Mercury", 0, 0.24, NULL}, {"Venus", 0, 0.62, NULL},  {"Earth", 1, 1.0, NULL},    {"Mars", 2, 1.88, NULL},
    {"Jupiter", 95, 11.86, NULL}, {"Saturn", 146, 29.45, NULL}, {"Uranus", 28, 84.02, NULL}, {"Neptune", 16, 164.79, NULL},
};
enum { PLANETS = sizeof planets / sizeof *planets };

int visited; // how many planets we have been to

NOINLINE long fibonacci(int n)
{
    if (n < 2)
        return n;
    return fibonacci(n - 1) + fibonacci(n - 2);
}

// Strings the array into a list, the innermost planet first.
static struct planet *line_up(void)
{
    struct planet *first = NULL;
    for (int i = PLANETS - 1; i >= 0; i--)
    {
        planets[i].next = first;
        first = &planets[i];
    }
    return first;
}

NOINLINE void visit(const struct planet *here)
{
    long rabbits = fibonacci(visited + 1);
    int days = (int)(here->year * 365.25);

    visited++;
    printf("%d. %-8s %3d moons, a year of %5d days, %2ld rabbits\n", visited, here->name, here->moons, days, rabbits);
}

int main(void)
{
    struct planet *first = line_up();
    int moons = 0;

    printf("A tour of the planets\n");
    for (struct planet *here = first; here != NULL; here = here->next)
    {
        visit(here);
        moons += here->moons;
    }
    printf("%d planets, %d moons. Home again.\n", visited, moons);
    return 0;
}
