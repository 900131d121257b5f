// amd64.h: all that the runtime knows of the CPU; arm64.h beside it defines the same names.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define RELATIVE_RELOCATION 8 // R_X86_64_RELATIVE
#define BREAKPOINT() __asm__ volatile("int3")
#define BREAKPOINT_SKIP 0 // what a handler adds to the pc to go on: the trap comes after the instruction
#define SYNCHRONISE_CODE(start, size) ((void)(start), (void)(size)) // the CPU sees every write

// setjmp and longjmp; SET_JUMP is 0, and not 0 when JUMP comes back to it.
typedef void *jump_buffer[5];
#define SET_JUMP(buffer) __builtin_setjmp(buffer)
#define JUMP(buffer) __builtin_longjmp(buffer, 1)

// The first instructions of the program. FreeBSD passes a pointer to argc in rdi, Linux in rsp.
#ifdef __linux__
#define ENTRY_ARGUMENT "mov %rsp, %rdi\n"
#else
#define ENTRY_ARGUMENT ""
#endif
#define DEFINE_ENTRY(function)                                                                                         \
    __asm__(".text\n.globl _start\n.type _start, @function\n_start:\n"                                                 \
            ".cfi_startproc\n.cfi_undefined rip\n"                                                                     \
            "xor %ebp, %ebp\n" ENTRY_ARGUMENT "and $-16, %rsp\n"                                                       \
            "call " #function "\nhlt\n"                                                                                \
            ".cfi_endproc\n.size _start, .-_start\n")

// One system call. The result, or the negative error number.
static inline long system_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    _Bool failed; // FreeBSD sets the carry flag, and rax is the positive error number
    __asm__ volatile("syscall"
                     : "=@ccc"(failed), "+a"(number), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
                     : "D"(a), "S"(b)
                     : "rcx", "r11", "memory");
#ifdef __linux__
    failed = 0; // Linux has negated it already
#endif
    return failed ? -number : number;
}

// What a FreeBSD signal handler finds behind its third argument (sys/amd64/include/ucontext.h).
struct mcontext
{
    long onstack, rdi, rsi, rdx, rcx, r8, r9, rax, rbx, rbp, r10, r11, r12, r13, r14, r15;
    uint32_t trapno;
    uint16_t fs, gs;
    long addr;
    uint32_t flags;
    uint16_t es, ds;
    long err, rip, cs, rflags, rsp, ss;
    long len, fpformat, ownedfp;
    unsigned char fpstate[512];
    long fsbase, gsbase, xfpustate, xfpustate_len, spare[4];
};
_Static_assert(sizeof(struct mcontext) == 800 && offsetof(struct mcontext, rip) == 160, "struct mcontext");

#define CONTEXT_PC(context) ((context)->mcontext.rip)
#define CONTEXT_SP(context) ((context)->mcontext.rsp)
