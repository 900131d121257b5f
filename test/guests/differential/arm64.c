// arm64.c: executes arm64 instructions on given register states, for comparison: writes where it executes them, then reads cases from
// standard input and writes what became of them to standard output. A Linux program: another emulator, or a processor, says with it what the instructions do.
#include <stddef.h>
#include <stdint.h>

enum { WORDS = 16, MEMORY = 8192, BATCH = 64 };
enum { SYS_read = 63, SYS_write = 64, SYS_exit = 93, SYS_rt_sigaction = 134 };

// One case; results have the same shape but end before code. test/Arch.Arm64.Tests/Differential/MachineState.cs mirrors it.
struct state
{
    uint64_t x[31]; // x28 is relative to the middle of the memory
    uint64_t nzcv, fpcr, fpsr;
    uint64_t v[32][2];
    uint64_t signal; // out: the signal that ended it, or 0
    uint64_t memory; // in: the seed of the memory's contents; out: their checksum
    uint32_t code[WORDS];
};
_Static_assert(offsetof(struct state, v) == 272 && offsetof(struct state, signal) == 784 && sizeof(struct state) == 864, "struct state");

extern uint32_t code_area[WORDS];
extern char recovered[];
void run(struct state *state);

static struct state batch[BATCH];
static struct
{
    char stack[65536]; // for signal handlers: sp is at the state
    struct state state;
} area __attribute__((aligned(16)));
static uint64_t memory[MEMORY / 8] __attribute__((aligned(4096)));

__asm__(".section .wtext, \"awx\", %progbits\n"
        ".balign 16\n.globl run, code_area, recovered\n"
        "run: stp x29, x30, [sp, #-176]!\n"
        "stp x19, x20, [sp, #16]\nstp x21, x22, [sp, #32]\nstp x23, x24, [sp, #48]\nstp x25, x26, [sp, #64]\nstp x27, x28, [sp, #80]\n"
        "stp d8, d9, [sp, #96]\nstp d10, d11, [sp, #112]\nstp d12, d13, [sp, #128]\nstp d14, d15, [sp, #144]\n"
        "adr x1, saved\nmov x2, sp\nstr x2, [x1]\n"
        "mov sp, x0\nadd x0, sp, #272\n"
        "ldp q0, q1, [x0]\nldp q2, q3, [x0, #32]\nldp q4, q5, [x0, #64]\nldp q6, q7, [x0, #96]\n"
        "ldp q8, q9, [x0, #128]\nldp q10, q11, [x0, #160]\nldp q12, q13, [x0, #192]\nldp q14, q15, [x0, #224]\n"
        "ldp q16, q17, [x0, #256]\nldp q18, q19, [x0, #288]\nldp q20, q21, [x0, #320]\nldp q22, q23, [x0, #352]\n"
        "ldp q24, q25, [x0, #384]\nldp q26, q27, [x0, #416]\nldp q28, q29, [x0, #448]\nldp q30, q31, [x0, #480]\n"
        "ldp x1, x2, [sp, #248]\nldr x3, [sp, #264]\nmsr nzcv, x1\nmsr fpcr, x2\nmsr fpsr, x3\n"
        "ldp x0, x1, [sp]\nldp x2, x3, [sp, #16]\nldp x4, x5, [sp, #32]\nldp x6, x7, [sp, #48]\nldp x8, x9, [sp, #64]\n"
        "ldp x10, x11, [sp, #80]\nldp x12, x13, [sp, #96]\nldp x14, x15, [sp, #112]\nldp x16, x17, [sp, #128]\n"
        "ldp x18, x19, [sp, #144]\nldp x20, x21, [sp, #160]\nldp x22, x23, [sp, #176]\nldp x24, x25, [sp, #192]\n"
        "ldp x26, x27, [sp, #208]\nldp x28, x29, [sp, #224]\nldr x30, [sp, #240]\nclrex\n"
        "b code_area\n.balign 64\ncode_area: .space 64\n"
        "stp x0, x1, [sp]\nstp x2, x3, [sp, #16]\nstp x4, x5, [sp, #32]\nstp x6, x7, [sp, #48]\nstp x8, x9, [sp, #64]\n"
        "stp x10, x11, [sp, #80]\nstp x12, x13, [sp, #96]\nstp x14, x15, [sp, #112]\nstp x16, x17, [sp, #128]\n"
        "stp x18, x19, [sp, #144]\nstp x20, x21, [sp, #160]\nstp x22, x23, [sp, #176]\nstp x24, x25, [sp, #192]\n"
        "stp x26, x27, [sp, #208]\nstp x28, x29, [sp, #224]\nstr x30, [sp, #240]\n"
        "mrs x1, nzcv\nmrs x2, fpcr\nmrs x3, fpsr\nstp x1, x2, [sp, #248]\nstr x3, [sp, #264]\nadd x0, sp, #272\n"
        "stp q0, q1, [x0]\nstp q2, q3, [x0, #32]\nstp q4, q5, [x0, #64]\nstp q6, q7, [x0, #96]\n"
        "stp q8, q9, [x0, #128]\nstp q10, q11, [x0, #160]\nstp q12, q13, [x0, #192]\nstp q14, q15, [x0, #224]\n"
        "stp q16, q17, [x0, #256]\nstp q18, q19, [x0, #288]\nstp q20, q21, [x0, #320]\nstp q22, q23, [x0, #352]\n"
        "stp q24, q25, [x0, #384]\nstp q26, q27, [x0, #416]\nstp q28, q29, [x0, #448]\nstp q30, q31, [x0, #480]\n"
        "recovered: msr fpcr, xzr\nadr x1, saved\nldr x2, [x1]\nmov sp, x2\n"
        "ldp x19, x20, [sp, #16]\nldp x21, x22, [sp, #32]\nldp x23, x24, [sp, #48]\nldp x25, x26, [sp, #64]\nldp x27, x28, [sp, #80]\n"
        "ldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\nldp d12, d13, [sp, #128]\nldp d14, d15, [sp, #144]\n"
        "ldp x29, x30, [sp], #176\nret\n"
        ".balign 8\nsaved: .quad 0\n.text\n");

static long call(long number, long a, long b, long c, long d)
{
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x8 __asm__("x8") = number;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x8) : "memory");
    return x0;
}

static size_t transfer(long number, int descriptor, char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size)
    {
        long step = call(number, descriptor, (long)(bytes + done), (long)(size - done), 0);
        if (step <= 0)
            break;
        done += (size_t)step;
    }
    return done;
}

// Leaves the instruction for good. The offset is that of uc_mcontext.pc in Linux's ucontext.
static void on_signal(int signal, void *info, char *context)
{
    (void)info;
    area.state.signal = (uint64_t)signal;
    *(uint64_t *)(context + 440) = (uint64_t)recovered;
}

static void execute(struct state *one)
{
    uint64_t value = one->memory, sum = 0;
    for (int i = 0; i < MEMORY / 8; i++)
        memory[i] = value = value * 6364136223846793005u + 1442695040888963407u;
    for (int i = 0; i < WORDS; i++)
        ((volatile uint32_t *)code_area)[i] = one->code[i];
    for (int i = 0; i < WORDS; i++)
        __asm__ volatile("dc cvau, %0\ndsb ish\nic ivau, %0\ndsb ish\nisb" : : "r"(code_area + i) : "memory");
    area.state = *one;
    area.state.signal = 0;
    area.state.x[28] += (uint64_t)memory + MEMORY / 2;
    run(&area.state);
    area.state.x[28] -= (uint64_t)memory + MEMORY / 2;
    for (int i = 0; i < MEMORY / 8; i++)
        sum = (sum ^ memory[i]) * 6364136223846793005u + 1442695040888963407u;
    area.state.memory = sum;
    *one = area.state;
}

__attribute__((used)) _Noreturn void start(void)
{
    static const int signals[] = {4, 5, 7, 8, 11};
    struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } action = {(void *)on_signal, 4, 0, 0};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        call(SYS_rt_sigaction, signals[i], (long)&action, 0, 8);
    // The other side puts code and memory at the same addresses.
    uint64_t places[] = {(uint64_t)code_area, (uint64_t)memory};
    transfer(SYS_write, 1, (char *)places, sizeof places);
    for (;;)
    {
        size_t cases = transfer(SYS_read, 0, (char *)batch, sizeof batch) / sizeof batch[0];
        for (size_t i = 0; i < cases; i++)
            execute(&batch[i]);
        transfer(SYS_write, 1, (char *)batch, cases * sizeof batch[0]);
        if (cases < BATCH)
            for (;;)
                call(SYS_exit, 0, 0, 0, 0);
    }
}
__asm__(".globl _start\n_start: mov x29, #0\nb start\n");
