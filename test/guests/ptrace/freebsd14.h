// freebsd14.h: what ptrace(2) got in FreeBSD 14. A case that includes it runs under freebsd-14 only.
#pragma once
#include "case.h"

enum { PT_COREDUMP = 29, PT_GETREGS = 33, PT_GETREGSET = 42, PT_SETREGSET = 43, PT_SC_REMOTE = 44 };
enum
{
    NT_PRSTATUS = 1, NT_FPREGSET = 2, NT_THRMISC = 7, NT_PTLWPINFO = 17, NT_X86_SEGBASES = 0x200, NT_X86_XSTATE = 0x202,
    NT_ARM_TLS = 0x401,
};
enum { PC_COMPRESS = 1, PC_ALL = 2 };
enum { EPERM = 1, ESRCH = 3, EDEADLK = 11, EBUSY = 16, EPIPE = 32, ENOSYS = 78 };
#define NOWHERE ((void *)8)

struct iovec
{
    void *iov_base;
    size_t iov_len;
};

#if defined(__x86_64__)
struct reg
{
    long r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint32_t trapno;
    uint16_t fs, gs;
    uint32_t err;
    uint16_t es, ds;
    long rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct reg) == 176, "reg");
enum { FPREG_SIZE = 512 };
#define FIRST_ARGUMENT rdi
#else
struct reg
{
    long x[30], lr, sp, elr, spsr;
};
_Static_assert(sizeof(struct reg) == 272, "reg");
enum { FPREG_SIZE = 528 };
#define FIRST_ARGUMENT x[0]
#endif

struct prstatus
{
    int pr_version;
    size_t pr_statussz, pr_gregsetsz, pr_fpregsetsz;
    int pr_osreldate, pr_cursig, pr_pid;
    struct reg pr_reg;
};
_Static_assert(sizeof(struct prstatus) == 48 + sizeof(struct reg) && offsetof(struct prstatus, pr_reg) == 48, "prstatus");

struct ptrace_coredump
{
    int pc_fd;
    uint32_t pc_flags;
    long pc_limit;
};
_Static_assert(sizeof(struct ptrace_coredump) == 16, "ptrace_coredump");

struct ptrace_sc_remote
{
    struct ptrace_sc_ret pscr_ret;
    uint32_t pscr_syscall, pscr_nargs;
    long *pscr_args;
};
_Static_assert(sizeof(struct ptrace_sc_remote) == 40 && offsetof(struct ptrace_sc_remote, pscr_syscall) == 24, "ptrace_sc_remote");

#define EXPECT_ERROR(error, request, pid, address, data) \
    (errno = 0, CHECK_EQUAL(ptrace(request, pid, address, data), -1), CHECK_EQUAL(errno, error))

// Has the child make a system call; its stop is then reported again.
static inline struct ptrace_sc_ret remote_call(int pid, unsigned number, unsigned count, long *arguments)
{
    struct ptrace_sc_remote call = {.pscr_ret = {{-5, -5}, -5}, .pscr_syscall = number, .pscr_nargs = count, .pscr_args = arguments};
    CHECK_EQUAL(ptrace(PT_SC_REMOTE, pid, &call, sizeof call), 0);
    CHECK_EQUAL(call.pscr_syscall, number);
    return call.pscr_ret;
}
