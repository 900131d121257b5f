// greet.c: a library that is there from the start.
#include "greet.h"

// Relocated without a symbol.
static const char *const words[] = {"hello", "good day"};

int greetings;

int greet(const char *name)
{
    int length = (int)strlen(name);
    printf("%s, %s\n", words[greetings % 2], name);
    greetings++;
    return length;
}

int twice(int (*what)(int), int n)
{
    int once = what(n);
    return what(once);
}

int add_one(int n)
{
    return n + 1;
}
