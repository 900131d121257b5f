// instructions.c: amd64 integer instructions one by one, results and defined flags, with a checksum for each. Also built
// natively for Linux, so that a processor tells what is right.
#include "runtime/runtime.h"

#if !defined(__x86_64__)
#error "this program is about amd64 instructions"
#endif

enum { CF = 1, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, OF = 0x800, ALL = CF | PF | AF | ZF | SF | OF, LOGIC = ALL & ~AF, RESULT = ZF | SF | PF };

static volatile uint64_t values[] = {
    0, 1, 2, 0xf, 0x10, 0x1f, 0x3f, 0x40, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
    0x0123456789abcdef, 0xdeadbeefcafebabe, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
};
enum { VALUES = sizeof values / sizeof *values };

struct state
{
    uint64_t a, b, flags; // operands in, results out; flags in and out
};

static uint64_t sum;

static void mix(uint64_t value)
{
    sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 29;
}

// Runs one instruction with a in rax, b in rcx and the given flags. The stack pointer first leaves the red zone alone.
#define DEFINE(name, text)                                                                                             \
    NOINLINE static void name(struct state *s)                                                                         \
    {                                                                                                                  \
        __asm__ volatile("lea -128(%%rsp), %%rsp\n pushq %2\n popfq\n" text "\n pushfq\n popq %2\n lea 128(%%rsp), %%rsp" \
                         : "+a"(s->a), "+c"(s->b), "+r"(s->flags)                                                      \
                         :                                                                                             \
                         : "rdx", "cc", "memory");                                                                     \
    }

static void run(const char *name, void (*instruction)(struct state *), unsigned flags)
{
    for (int i = 0; i < VALUES; i++)
        for (int j = 0; j < VALUES; j++)
            for (unsigned set = 0; set < 2; set++)
            {
                struct state s = {values[i], values[j], 0x202 | (set ? ALL : 0)};
                instruction(&s);
                mix(s.a), mix(s.b), mix(s.flags & flags);
            }
    printf("%-12s %016lx\n", name, sum);
    sum = 0;
}

// name, text, the flags that the manual defines
#define FOUR_WIDTHS(X, op, flags) \
    X(op##b, #op "b %%cl, %%al", flags) X(op##w, #op "w %%cx, %%ax", flags) \
    X(op##l, #op "l %%ecx, %%eax", flags) X(op##q, #op "q %%rcx, %%rax", flags)
#define FOUR_WIDTHS_ONE(X, op, flags) \
    X(op##b, #op "b %%al", flags) X(op##w, #op "w %%ax", flags) X(op##l, #op "l %%eax", flags) X(op##q, #op "q %%rax", flags)
#define FOUR_SHIFTS(X, op, narrow, flags) \
    X(op##b, #op "b %%cl, %%al", narrow) X(op##w, #op "w %%cl, %%ax", narrow) \
    X(op##l, #op "l %%cl, %%eax", flags) X(op##q, #op "q %%cl, %%rax", flags)
#define THREE_BITS(X, op) \
    X(op##w, #op "w %%cx, %%ax", CF) X(op##l, #op "l %%ecx, %%eax", CF) X(op##q, #op "q %%rcx, %%rax", CF)

#define INSTRUCTIONS(X)                                                                                                \
    FOUR_WIDTHS(X, add, ALL) FOUR_WIDTHS(X, adc, ALL) FOUR_WIDTHS(X, sub, ALL) FOUR_WIDTHS(X, sbb, ALL)                \
    FOUR_WIDTHS(X, cmp, ALL) FOUR_WIDTHS(X, and, LOGIC) FOUR_WIDTHS(X, or, LOGIC) FOUR_WIDTHS(X, xor, LOGIC)           \
    FOUR_WIDTHS(X, test, LOGIC) FOUR_WIDTHS(X, xadd, ALL) FOUR_WIDTHS(X, xchg, ALL) FOUR_WIDTHS(X, cmpxchg, ALL)       \
    FOUR_WIDTHS_ONE(X, inc, ALL) FOUR_WIDTHS_ONE(X, dec, ALL) FOUR_WIDTHS_ONE(X, neg, ALL) FOUR_WIDTHS_ONE(X, not, ALL) \
    FOUR_SHIFTS(X, shl, RESULT, CF | RESULT) FOUR_SHIFTS(X, shr, RESULT, CF | RESULT) FOUR_SHIFTS(X, sar, RESULT, CF | RESULT) \
    FOUR_SHIFTS(X, rol, ALL & ~OF, ALL & ~OF) FOUR_SHIFTS(X, ror, ALL & ~OF, ALL & ~OF)                                      \
    FOUR_SHIFTS(X, rcl, ALL & ~OF, ALL & ~OF) FOUR_SHIFTS(X, rcr, ALL & ~OF, ALL & ~OF)                                      \
    X(shl1, "shlq $1, %%rax", LOGIC) X(shr1, "shrl $1, %%eax", LOGIC) X(sar1, "sarw $1, %%ax", LOGIC)                  \
    X(rol1, "rolb $1, %%al", ALL) X(ror1, "rorq $1, %%rax", ALL) X(rcl1, "rcll $1, %%eax", ALL) X(rcr1, "rcrw $1, %%ax", ALL) \
    X(shl5, "shlq $5, %%rax", CF | RESULT) X(shr5, "shrl $5, %%eax", CF | RESULT)                          \
    X(sar5, "sarq $5, %%rax", CF | RESULT)                                                                       \
    X(shld, "shldq $13, %%rcx, %%rax", CF | RESULT) X(shrd, "shrdl $13, %%ecx, %%eax", CF | RESULT)        \
    X(mulb, "mulb %%cl", CF | OF) X(mull, "mull %%ecx\n xorl %%edx, %%eax", 0) X(mulq, "mulq %%rcx\n xorq %%rdx, %%rax", 0) \
    X(imulb, "imulb %%cl", CF | OF) X(imulw, "imulw %%cx, %%ax", CF | OF) X(imull, "imull $-77, %%ecx, %%eax", CF | OF) \
    X(imulq, "imulq %%rcx, %%rax", CF | OF) X(imulq1, "imulq %%rcx\n xorq %%rdx, %%rax", 0)                            \
    X(divb, "movzbl %%al, %%eax\n orb $1, %%cl\n divb %%cl", 0)                                                        \
    X(divq, "xorl %%edx, %%edx\n orq $1, %%rcx\n divq %%rcx\n xorq %%rdx, %%rax", 0)                                   \
    X(idivl, "cltd\n andl $0xffff, %%ecx\n orl $2, %%ecx\n idivl %%ecx\n xorl %%edx, %%eax", 0)                        \
    THREE_BITS(X, bt) THREE_BITS(X, bts) THREE_BITS(X, btr) THREE_BITS(X, btc)                                         \
    X(bsf, "orq $256, %%rcx\n bsfq %%rcx, %%rax", ZF) X(bsr, "orl $256, %%ecx\n bsrl %%ecx, %%eax", ZF)                \
    X(bsfzero, "xorl %%edx, %%edx\n bsfq %%rdx, %%rdx", ZF)                                                            \
    X(bswapl, "bswapl %%eax", ALL) X(bswapq, "bswapq %%rax", ALL)                                                      \
    X(cmovs, "cmpq %%rcx, %%rax\n cmovaq %%rcx, %%rax\n cmovlw %%ax, %%cx\n cmovsl %%ecx, %%ecx", ALL)                 \
    X(cmovfalse, "cmovcl %%ecx, %%eax", ALL)                                                                           \
    X(setcc, "cmpl %%ecx, %%eax\n seta %%al\n setle %%ah\n seto %%cl\n setp %%ch\n sets %%dl\n addb %%dl, %%dl\n orb %%dl, %%al", 0) \
    X(movsx, "movsbw %%al, %%ax\n movswl %%cx, %%ecx\n addq %%rcx, %%rax\n movslq %%eax, %%rcx", 0)                    \
    X(movzx, "movzbl %%ah, %%eax\n movzwl %%cx, %%ecx", ALL) X(cbw, "cbtw", ALL) X(cwde, "cwtl", ALL)                  \
    X(cqo, "cqto\n addq %%rdx, %%rcx", 0) X(cwd, "movl $0, %%edx\n cwtd\n addq %%rdx, %%rcx", 0)                       \
    X(lahf, "lahf", ALL) X(sahf, "sahf", ALL) X(cmc, "cmc", ALL) X(stc, "stc", ALL) X(clc, "clc", ALL)                 \
    X(lea, "leaq 5(%%rax,%%rcx,8), %%rax\n leal (%%rax,%%rax,2), %%ecx", ALL)                                          \
    X(pushpop, "pushq %%rax\n pushw %%cx\n popw %%ax\n popq %%rcx", ALL)                                               \
    X(loopdec, "movl $5, %%ecx\n 1: addq %%rcx, %%rax\n loop 1b", ALL)                                                 \
    X(jrcxz, "jrcxz 1f\n incq %%rax\n 1:", 0)

#define DEFINE_ROW(name, text, flags) DEFINE(do_##name, text)
INSTRUCTIONS(DEFINE_ROW)

// The string instructions, in both directions.
static char from[64], to[64];

static void strings(void)
{
    char *d;
    const char *s;
    long n, found;

    for (int i = 0; i < 64; i++)
        from[i] = (char)(i * 3);
    d = to, s = from, n = 40;
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n)::"memory");
    printf("rep movsb    %ld %ld %ld %d\n", (long)(d - to), (long)(s - from), n, memcmp(from, to, 40));
    d = to + 63, s = from + 63, n = 32;
    __asm__ volatile("std\n rep movsb\n cld" : "+D"(d), "+S"(s), "+c"(n)::"memory", "cc");
    printf("std movsb    %ld %ld %ld %d\n", (long)(d - to), (long)(s - from), n, memcmp(from, to, 64));
    d = to, n = 3;
    __asm__ volatile("rep stosq" : "+D"(d), "+c"(n) : "a"(0x1122334455667788) : "memory");
    printf("rep stosq    %ld %ld %lx\n", (long)(d - to), n, *(unsigned long *)(to + 16));
    d = from, n = 64;
    __asm__ volatile("repne scasb" : "+D"(d), "+c"(n) : "a"(60) : "cc");
    printf("repne scasb  %ld %ld\n", (long)(d - from), n);
    to[50] = 0;
    d = to + 24, s = from + 24, n = 40, found = 0;
    __asm__ volatile("repe cmpsb\n seta %b3" : "+D"(d), "+S"(s), "+c"(n), "+q"(found)::"cc");
    printf("repe cmpsb   %ld %ld %ld %ld\n", (long)(d - to), (long)(s - from), n, found);
    s = from + 4;
    __asm__ volatile("lodsl" : "+S"(s), "=a"(n));
    printf("lodsl        %ld %x\n", (long)(s - from), (unsigned)n);
    d = to, n = 0;
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(0) : "memory");
    printf("no count     %ld %ld\n", (long)(d - to), n);
}

// With a memory operand the bit index reaches beyond the addressed word; lock makes no difference to one thread.
static void memory_operands(void)
{
    static uint64_t words[4] = {1, 2, 3, 4};
    uint64_t expected = 3, low = 1, high = 2;
    bool carry, zero;

    __asm__ volatile("btsq %2, %1" : "=@ccc"(carry), "+m"(words[0]) : "r"(131L) : "memory");
    printf("bts memory   %d %lx\n", carry, words[2]);
    __asm__ volatile("btrq %2, %1" : "=@ccc"(carry), "+m"(words[3]) : "r"(-64L) : "memory");
    printf("btr memory   %d %lx\n", carry, words[2]);
    words[2] = 3;
    __asm__ volatile("lock cmpxchgq %3, %1" : "=@ccz"(zero), "+m"(words[2]), "+a"(expected) : "r"(99L) : "memory");
    printf("cmpxchg      %d %lu %lu\n", zero, expected, words[2]);
    __asm__ volatile("lock xaddl %k1, %0" : "+m"(words[2]), "+r"(expected)::"memory", "cc");
    printf("xadd         %lu %lu\n", expected, words[2]);
    __asm__ volatile("lock cmpxchg8b %1" : "=@ccz"(zero), "+m"(words[0]), "+a"(low), "+d"(high) : "b"(5), "c"(6) : "memory");
    printf("cmpxchg8b    %d %lx %lx %lx\n", zero, low, high, words[0]);
}

int main(void)
{
#define RUN_ROW(name, text, flags) run(#name, do_##name, flags);
    INSTRUCTIONS(RUN_ROW)
    strings();
    memory_operands();
    return 0;
}
