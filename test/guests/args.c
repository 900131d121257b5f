// args.c: prints what a program is given: arguments, environment, working directory, auxiliary vector.
#include "runtime/runtime.h"

int main(int argc, char **argv, char **envp)
{
    enum { AT_PAGESZ = 6, AT_EXECPATH = 15, AT_OSRELDATE = 18 };
    char directory[1024];

    printf("argc %d\n", argc);
    for (int i = 0; i < argc; i++)
        printf("argv[%d] %s\n", i, argv[i]);
    for (int i = 0; envp[i] != NULL; i++)
        printf("envp[%d] %s\n", i, envp[i]);
    if (getcwd(directory, sizeof directory) == 0)
        printf("cwd %s\n", directory);
    else
        printf("cwd: error %d\n", errno);
    printf("path %s\n", (char *)auxiliary(AT_EXECPATH, 0));
    printf("page size %lu\n", auxiliary(AT_PAGESZ, 0));
    printf("osreldate %lu\n", auxiliary(AT_OSRELDATE, 0));
    return 0;
}
