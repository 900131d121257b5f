// faults.h: traps of the processor as a program meets them, on FreeBSD and on Linux alike: for guests that also run natively.
#pragma once
#include "runtime.h"

#ifdef __linux__

enum { LINUX_READ = 0, LINUX_MMAP = 9, LINUX_MPROTECT = 10, LINUX_SIGACTION = 13, LINUX_SIGALTSTACK = 131 };
enum { LINUX_SIGBUS = 7, LINUX_MAP_ANON = 0x20 };
#define LINUX_HANDLER_FLAGS (0x4ul | 0x04000000 | 0x08000000 | 0x40000000) // SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_NODEFER

// What a handler finds behind its third argument (asm/ucontext.h, asm/sigcontext.h).
typedef struct
{
    uint64_t flags, link, stack[3];
    uint64_t r8_to_r15[8], rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags, selectors, err, trapno, mask, cr2;
    unsigned char *fpstate;
} fault_context;

__asm__(".text\nrestorer:\nmov $15, %eax\nsyscall\n"); // rt_sigreturn
extern char restorer[];

static inline long read_some(void *to, size_t size) { return system_call(LINUX_READ, 0, (long)to, (long)size, 0, 0, 0); }
static inline long protect(void *at, size_t size, int protection) { return system_call(LINUX_MPROTECT, (long)at, (long)size, protection, 0, 0, 0); }
static inline void *map_at(void *at, size_t size, int protection)
{
    return (void *)system_call(LINUX_MMAP, (long)at, (long)size, protection, MAP_FIXED | MAP_PRIVATE | LINUX_MAP_ANON, -1, 0);
}

static inline void catch_faults(void (*handler)(int, void *, fault_context *), void *stack, size_t size)
{
    struct { void *stack; long flags; size_t size; } alternate = {stack, 0, size};
    struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } action = {handler, LINUX_HANDLER_FLAGS, restorer, 0};
    const int signals[] = {SIGSEGV, LINUX_SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    system_call(LINUX_SIGALTSTACK, (long)&alternate, 0, 0, 0, 0, 0);
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
        system_call(LINUX_SIGACTION, signals[i], (long)&action, 0, 8, 0, 0);
}

// The processor's vector, its error code, the address of a page fault.
static inline uint64_t vector_of(const fault_context *context) { return context->trapno; }
static inline uint64_t error_of(const fault_context *context) { return context->err; }
static inline uint64_t address_of(const void *info, const fault_context *context) { return (void)info, context->cr2; }
#define FAULT_PC(context) ((context)->rip)
#define FAULT_FLAGS(context) ((context)->rflags)
#define FAULT_FPSTATE(context) ((context)->fpstate)

#else

typedef ucontext_t fault_context;

static inline long read_some(void *to, size_t size) { return read(0, to, size); }
static inline long protect(void *at, size_t size, int protection) { return mprotect(at, size, protection); }
static inline void *map_at(void *at, size_t size, int protection) { return mmap(at, size, protection, MAP_FIXED | MAP_PRIVATE | MAP_ANON, -1, 0); }

static inline void catch_faults(void (*handler)(int, void *, fault_context *), void *stack, size_t size)
{
    stack_t alternate = {stack, size, 0};
    struct sigaction action = {.sa_sigaction = (void (*)(int, siginfo_t *, void *))handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    sigaltstack(&alternate, NULL);
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

// The processor's vector for a trap number of FreeBSD's (sys/x86/include/trap.h).
static inline uint64_t vector_of(const fault_context *context)
{
    switch (context->mcontext.trapno)
    {
    case 1: return 6;   // T_PRIVINFLT
    case 3: return 3;   // T_BPTFLT
    case 6: return 16;  // T_ARITHTRAP
    case 9: return 13;  // T_PROTFLT
    case 10: return 1;  // T_TRCTRAP
    case 12: return 14; // T_PAGEFLT
    case 14: return 17; // T_ALIGNFLT
    case 18: return 0;  // T_DIVIDE
    case 27: return 12; // T_STKFLT
    case 29: return 19; // T_XMMFLT
    default: return 255;
    }
}
static inline uint64_t error_of(const fault_context *context) { return (uint64_t)context->mcontext.err; }
static inline uint64_t address_of(const void *info, const fault_context *context) { return (void)context, (uint64_t)((const siginfo_t *)info)->si_addr; }
#define FAULT_PC(context) ((context)->mcontext.rip)
#define FAULT_FLAGS(context) ((context)->mcontext.rflags)
#define FAULT_FPSTATE(context) ((context)->mcontext.fpstate)

#endif
