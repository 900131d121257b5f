// rfork_flags.c: what rfork refuses.
#include "process.h"

enum
{
    RFNAMEG = 1, RFFDG = 1 << 2, RFPROC = 1 << 4, RFCFDG = 1 << 12, RFSTOPPED = 1 << 17, RFTSIGZMB = 1 << 19, RFTSIGSHIFT = 20,
    RFPROCDESC = 1 << 28,
};
static const int RFSPAWN = -0x80000000;

int main(void)
{
    const int refused[] = {
        RFNAMEG | RFPROC, RFFDG | RFCFDG, RFFDG | RFCFDG | RFPROC, RFSTOPPED | RFPROC, RFPROCDESC | RFPROC, RFSPAWN | RFPROC,
        RFPROC | 30 << RFTSIGSHIFT, RFPROC | RFTSIGZMB | 129 << RFTSIGSHIFT,
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        EXPECT_ERROR(call4(SYS_rfork, refused[i], 0, 0, 0), EINVAL);
    expect_no_more_children();
    return 0;
}
