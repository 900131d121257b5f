// copying.c: what ptrace copies in before it looks for the target, and out after it has done its work.
#include "case.h"

enum { PT_IO = 12, PT_GETREGS = 33, PT_SETREGS = 34, PT_SETFPREGS = 36, PT_SETDBREGS = 38, PT_VM_ENTRY = 41, PT_SETFSBASE = 72 };
enum { ESRCH = 3, PIOD_READ_D = 1, PIOD_WRITE_D = 2, NOBODY = 4711 };
#define NOWHERE ((void *)8)

struct ptrace_io_desc
{
    int operation;
    void *offset, *address;
    size_t length;
};

static void expect(int request, int pid, void *address, int data, int error)
{
    errno = 0;
    int result = ptrace(request, pid, address, data);
    if (error == 0 ? result < 0 : result != -1 || errno != error)
    {
        dprintf(2, "request %d, pid %d, data %d: %d, errno %d, not %d\n", request, pid, data, result, errno, error);
        exit(99);
    }
}

int main(void)
{
    static const int copied_in[] = {PT_SETREGS, PT_SETFPREGS, PT_SETDBREGS, PT_IO, PT_VM_ENTRY};
    static long word = 5, copy;
    unsigned char bytes[200];

    int child = fork();
    if (child == 0)
    {
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    for (size_t i = 0; i < sizeof copied_in / sizeof copied_in[0]; i++)
        expect(copied_in[i], NOBODY, NOWHERE, 0, EFAULT);
    expect(PT_SET_EVENT_MASK, NOBODY, NOWHERE, 4, EFAULT);
    expect(PT_SET_EVENT_MASK, NOBODY, NOWHERE, 5, EINVAL);
    expect(PT_SETFSBASE, NOBODY, NOWHERE, 0, ESRCH);
    expect(PT_GETREGS, NOBODY, NOWHERE, 0, ESRCH);
    expect(PT_GETREGS, child, NOWHERE, 0, EFAULT);
    expect(PT_LWPINFO, child, NOWHERE, 160, EFAULT);
    expect(PT_LWPINFO, child, NOWHERE, 161, EINVAL);
    expect(PT_GET_EVENT_MASK, child, NOWHERE, 4, EFAULT);
    expect(PT_GET_EVENT_MASK, child, NOWHERE, 5, EINVAL);
#if defined(__x86_64__)
    expect(PT_SETFSBASE, child, NOWHERE, 0, EFAULT);
#endif

    // Exactly data bytes.
    memset(bytes, 0xee, sizeof bytes);
    expect(PT_LWPINFO, child, bytes, 13, 0);
    CHECK(bytes[8] == PL_FLAG_SI || bytes[8] == 0);
    CHECK_EQUAL(bytes[13], 0xee);

    struct ptrace_io_desc io = {PIOD_READ_D, &word, &copy, sizeof word};
    expect(PT_IO, child, &io, 0, 0);
    CHECK_EQUAL(copy, 5);
    CHECK_EQUAL(io.length, sizeof word);
    copy = 6;
    io.operation = PIOD_WRITE_D;
    expect(PT_IO, child, &io, 0, 0);
    CHECK_EQUAL(word, 5);
    io.operation = PIOD_READ_D;
    expect(PT_IO, child, &io, 0, 0);
    CHECK_EQUAL(copy, 6);
    io.address = NOWHERE;
    expect(PT_IO, child, &io, 0, EFAULT);
    io.operation = PIOD_WRITE_D;
    expect(PT_IO, NOBODY, &io, 0, ESRCH);
    expect(PT_IO, child, &io, 0, EFAULT);
    // An error leaves the descriptor alone, though one page could be read.
    static char pages[3 * 4096];
    io = (struct ptrace_io_desc){PIOD_READ_D, NOWHERE, pages, sizeof pages};
    expect(PT_IO, child, &io, 0, EFAULT);
    CHECK_EQUAL(io.length, sizeof pages);
    RESUME(child, 0);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
