// arm64.h: all that the runtime knows of the CPU; amd64.h beside it defines the same names.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define RELATIVE_RELOCATION 1027 // R_AARCH64_RELATIVE
#define BREAKPOINT() __asm__ volatile("brk #0")
#define BREAKPOINT_SKIP 4 // what a handler adds to the pc to go on: the trap comes at the instruction
#define SYNCHRONISE_CODE(start, size) synchronise_code((char *)(start), (size))

// setjmp and longjmp; SET_JUMP is 0, and not 0 when JUMP comes back to it. clang has no builtins for this CPU.
typedef long jump_buffer[13];
#define SET_JUMP(buffer) set_jump(buffer)
#define JUMP(buffer) jump(buffer)
__attribute__((naked, noinline, returns_twice, unused)) static int set_jump(__attribute__((unused)) long *buffer)
{
    __asm__("stp x19, x20, [x0]\nstp x21, x22, [x0, #16]\nstp x23, x24, [x0, #32]\nstp x25, x26, [x0, #48]\n"
            "stp x27, x28, [x0, #64]\nstp x29, x30, [x0, #80]\nmov x1, sp\nstr x1, [x0, #96]\nmov w0, #0\nret");
}
__attribute__((naked, noinline, noreturn, unused)) static void jump(__attribute__((unused)) long *buffer)
{
    __asm__("ldp x19, x20, [x0]\nldp x21, x22, [x0, #16]\nldp x23, x24, [x0, #32]\nldp x25, x26, [x0, #48]\n"
            "ldp x27, x28, [x0, #64]\nldp x29, x30, [x0, #80]\nldr x1, [x0, #96]\nmov sp, x1\nmov w0, #1\nret");
}

// The first instructions of the program. FreeBSD passes a pointer to argc in x0, Linux in sp.
#ifdef __linux__
#define ENTRY_ARGUMENT "mov x0, sp\n"
#else
#define ENTRY_ARGUMENT ""
#endif
#define DEFINE_ENTRY(function)                                                                                         \
    __asm__(".text\n.globl _start\n.type _start, %function\n_start:\n"                                                 \
            ".cfi_startproc\n.cfi_undefined x30\n"                                                                     \
            "mov x29, #0\n" ENTRY_ARGUMENT                                                                             \
            "bl " #function "\nudf #0\n"                                                                               \
            ".cfi_endproc\n.size _start, .-_start\n")

// One system call. The result, or the negative error number.
static inline long system_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    register long x8 __asm__("x8") = number;
    long failed; // FreeBSD sets the carry flag, and x0 is the positive error number
    __asm__ volatile("svc #0\ncset %0, cs"
                     : "=r"(failed), "+r"(x0), "+r"(x1)
                     : "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
                     : "cc", "memory");
#ifdef __linux__
    failed = 0; // Linux has negated it already
#endif
    return failed ? -x0 : x0;
}

// Code that was written takes the way through both caches.
__attribute__((unused)) static void synchronise_code(char *start, size_t size)
{
    for (char *line = start; line < start + size; line += 4)
        __asm__ volatile("dc cvau, %0\ndsb ish\nic ivau, %0" : : "r"(line) : "memory");
    __asm__ volatile("dsb ish\nisb" : : : "memory");
}

// What a FreeBSD signal handler finds behind its third argument (sys/arm64/include/ucontext.h).
struct mcontext
{
    long x[30], lr, sp, elr;
    uint64_t spsr;
    unsigned char q[512];
    uint32_t fpsr, fpcr;
    int fpflags, fppad;
    int flags, pad;
    uint64_t spare[9];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct mcontext) == 880 && offsetof(struct mcontext, elr) == 256, "struct mcontext");

#define CONTEXT_PC(context) ((context)->mcontext.elr)
#define CONTEXT_SP(context) ((context)->mcontext.sp)
