// spinignore.c: an endless loop that ignores SIGINT: ^C must stop it all the same.
#include "runtime/runtime.h"

volatile unsigned long turns;

int main(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGINT, &ignore, NULL);
    printf("spinning, deaf to SIGINT\n");
    for (;;)
        turns++;
}
