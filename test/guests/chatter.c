// chatter.c: writes without end.
#include "runtime/runtime.h"

int main(void)
{
    static const char line[] = "All work and no play makes a program a dull one, and its server's memory a long one.\n";

    for (;;)
        write(1, line, sizeof line - 1);
}
