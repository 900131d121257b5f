// station.c: what the process table of "gdbstub --boot demo" is made of: a program that goes on until a debugger lets it land.
// Try: break report, print *station, set var landed = 1.
#include "runtime/runtime.h"

struct station
{
    const char *name;
    long orbits;
    int lost; // children that have ended
};

enum { WNOHANG = 1 };

volatile int landed;

NOINLINE void report(struct station *station)
{
    printf("%s: orbit %ld, %d lost\n", station->name, station->orbits, station->lost);
}

int main(int argc, char **argv)
{
    struct station station = {argc > 1 ? argv[1] : "station", 0, 0};
    struct timespec orbit = {0, 100 * 1000 * 1000};
    int status;

    while (!landed)
    {
        nanosleep(&orbit, NULL);
        while (wait4(-1, &status, WNOHANG, NULL) > 0)
            station.lost++;
        station.orbits++;
        report(&station);
    }
    return station.lost;
}
