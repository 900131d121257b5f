// start.c: where the dynamic linker goes on to the program: main, and its end.
#include "linker.h"

int main(int argc, char **argv, char **envp);

__attribute__((used)) _Noreturn void start(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    exit(main(argc, argv, argv + argc + 1));
}

DEFINE_ENTRY(start);
