// echo.c [STATUS]: copies stdin to stdout line by line, counts the lines on stderr, exits with STATUS.
#include "runtime/runtime.h"

static char line[1024];
static size_t length;
static int lines;

static void end_line(void)
{
    lines++;
    write(1, line, length);
    dprintf(2, "line %d: %lu bytes\n", lines, length);
    length = 0;
}

int main(int argc, char **argv)
{
    char buffer[256];
    long got;

    while ((got = read(0, buffer, sizeof buffer)) > 0)
        for (long i = 0; i < got; i++)
        {
            line[length++] = buffer[i];
            if (buffer[i] == '\n' || length == sizeof line)
                end_line();
        }
    if (length > 0)
        end_line();
    if (got < 0)
        dprintf(2, "read: error %d\n", errno);
    dprintf(2, "%d lines\n", lines);
    return argc > 1 ? (int)strtol10(argv[1]) : 0;
}
