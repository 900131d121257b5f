// plugin.c: a library that the program opens and closes.
#include "greet.h"

// A pointer to another library's function, in data.
static int (*const steps[])(int) = {add_one};

int calls; // begins at 0 each time that the library is opened

EXPORTED int work(int n)
{
    int result = twice(steps[0], n);
    calls++;
    return result * 10 + calls;
}
