// dynamic.c: a program with a library that it is linked with, and one that it opens and closes twice. Ends with exit status 3.
#include "greet.h"

static int use_plugin(int n)
{
    void *plugin = dlopen("/lib/libplugin.so", 0);
    if (plugin == NULL)
        return -1;
    int (*work)(int) = (int (*)(int))dlsym(plugin, "work");
    int result = work(n);
    dlclose(plugin);
    return result;
}

int main(__attribute__((unused)) int argc, char **argv)
{
    int length = greet("world");
    printf("length %d, greetings %d\n", length, greetings);
    for (int n = 3; n < 5; n++)
    {
        int result = use_plugin(n);
        printf("plugin: %d\n", result);
    }
    printf("missing: %s\n", dlopen("/lib/none.so", 0) == NULL ? "yes" : "no");
    greet(argv[0] != NULL ? "again" : "nobody");
    return 3;
}
