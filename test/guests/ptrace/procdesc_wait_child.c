// procdesc_wait_child.c: who waits for anybody sees the stops of a traced process with a descriptor, from FreeBSD 14 on, but not its end.
#include "family.h"

int main(void)
{
    int descriptor;
    int child = pdfork(&descriptor, 0);
    if (child == 0)
    {
        trace_me();
        raise(SIGSTOP);
        return 0;
    }
    // Only by its number, as long as it may not be traced yet.
    EXPECT_STOP(child, SIGSTOP);
    RESUME(child, 0);
    if (!is_freebsd_14())
        expect_no_more_children();
    EXPECT_STOP(is_freebsd_14() ? -1 : child, SIGSTOP);
    RESUME(child, 0);
    expect_no_more_children();
    CHECK_EQUAL(close(descriptor), 0);
    return 0;
}
