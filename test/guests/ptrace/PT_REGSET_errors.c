// PT_REGSET_errors.c: what PT_GETREGSET and PT_SETREGSET refuse, in their order, and what they leave alone.
#include "freebsd14.h"

static unsigned char buffer[1024];

static void expect(int error, int request, int pid, int note, void *base, size_t length)
{
    struct iovec vector = {base, length};
    errno = 0;
    int result = ptrace(request, pid, &vector, note);
    if ((result == 0 ? 0 : errno) == error)
        return;
    dprintf(2, "request %d, note %x, %ld bytes: %d, errno %d, not %d\n", request, note, length, result, errno, error);
    exit(99);
}

int main(void)
{
    static const struct { int note, size, settable; } sets[] = {
        {NT_PRSTATUS, sizeof(struct prstatus), 1}, {NT_FPREGSET, FPREG_SIZE, 1}, {NT_THRMISC, 24, 0}, {NT_PTLWPINFO, 164, 0},
#if defined(__x86_64__)
        {NT_X86_SEGBASES, 16, 1},
#endif
    };
    int child = fork();
    if (child == 0)
    {
        trace_me();
        return 1;
    }
    EXPECT_STOP(child, SIGSTOP);
    EXPECT_ERROR(EFAULT, PT_GETREGSET, 4711, NOWHERE, NT_PRSTATUS);
    EXPECT_ERROR(EFAULT, PT_SETREGSET, 4711, NOWHERE, NT_PRSTATUS);
    expect(ESRCH, PT_GETREGSET, 4711, 99, NULL, 0);
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
    {
        int note = sets[i].note, size = sets[i].size;
        struct iovec vector = {NULL, 77};
        CHECK_EQUAL(ptrace(PT_GETREGSET, child, &vector, note), 0);
        CHECK_EQUAL(vector.iov_len, size);
        memset(buffer, 0xee, sizeof buffer);
        expect(0, PT_GETREGSET, child, note, buffer, size);
        CHECK_EQUAL(buffer[size], 0xee);
        expect(EINVAL, PT_GETREGSET, child, note, buffer, size - 1);
        expect(EINVAL, PT_GETREGSET, child, note, buffer, size + 1);
        expect(EINVAL, PT_GETREGSET, child, note, buffer, (size_t)-1);
        expect(EFAULT, PT_GETREGSET, child, note, NOWHERE, size);
        // A set that cannot be written is found out before its bytes are fetched, and after its size.
        expect(EINVAL, PT_SETREGSET, child, note, buffer, size - 1);
        expect(sets[i].settable ? EFAULT : EINVAL, PT_SETREGSET, child, note, NOWHERE, size);
        expect(sets[i].settable ? EFAULT : EINVAL, PT_SETREGSET, child, note, NULL, size);
        expect(sets[i].settable ? 0 : EINVAL, PT_SETREGSET, child, note, buffer, size);
    }
#if defined(__x86_64__)
    // This processor is not an ARM.
    expect(EINVAL, PT_GETREGSET, child, NT_ARM_TLS, NULL, 0);
#endif
    expect(EINVAL, PT_GETREGSET, child, 0, NULL, 0);
    expect(EINVAL, PT_SETREGSET, child, 99, buffer, 0);

    struct prstatus status;
    struct iovec vector = {&status, sizeof status};
#if defined(__x86_64__)
    // What set_regs refuses is refused silently.
    CHECK_EQUAL(ptrace(PT_GETREGSET, child, &vector, NT_PRSTATUS), 0);
    status.pr_reg.cs = 0x40;
    status.pr_reg.rax = 4711;
    CHECK_EQUAL(ptrace(PT_SETREGSET, child, &vector, NT_PRSTATUS), 0);
    CHECK_EQUAL(ptrace(PT_GETREGSET, child, &vector, NT_PRSTATUS), 0);
    CHECK(status.pr_reg.rax != 4711);
#endif

    RESUME(child, 0);
    EXPECT_ERROR(EBUSY, PT_GETREGSET, child, &vector, NT_PRSTATUS);
    EXPECT_EXIT(child, 1);
    expect_no_more_children();
    return 0;
}
