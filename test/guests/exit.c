// exit.c [STATUS]: exits with STATUS (0), and does nothing else.
#include "runtime/runtime.h"

int main(int argc, char **argv)
{
    return argc > 1 ? (int)strtol10(argv[1]) : 0;
}
