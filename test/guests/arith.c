// arith.c: integer arithmetic of every width as C has it, with a checksum for each group. Also built natively for Linux,
// so that a processor tells what is right.
#include "runtime/runtime.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

static uint64_t sum;

NOINLINE static void mix(uint64_t value)
{
    sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 29;
}

static void report(const char *name)
{
    printf("%-12s %016lx\n", name, sum);
    sum = 0;
}

// Volatile, so that nothing is computed by the compiler.
static volatile uint64_t values[] = {
    0, 1, 2, 3, 7, 10, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
    0x0123456789abcdef, 0xdeadbeefcafebabe, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff,
};
enum { VALUES = sizeof values / sizeof *values };

// The operations of one unsigned and one signed type of the same width on one pair of values.
#define DEFINE_OPERATIONS(name, U, S, minimum)                                                                         \
    NOINLINE static void name(uint64_t left, uint64_t right)                                                           \
    {                                                                                                                  \
        const unsigned bits = sizeof(U) * 8;                                                                           \
        U a = (U)left, b = (U)right, r;                                                                                \
        S x = (S)left, y = (S)right, s;                                                                                \
        unsigned n = (unsigned)right % bits;                                                                           \
        mix((U)(a + b)), mix((U)(a - b)), mix((U)((uint64_t)a * b));                                                   \
        mix((U)(a & b)), mix((U)(a | b)), mix((U)(a ^ b)), mix((U)~a), mix((U)-a);                                     \
        mix((U)(a << n)), mix((U)(a >> n)), mix((U)(x >> n));                                                          \
        mix((U)(a << n | a >> ((bits - n) % bits))), mix((U)(a >> n | a << ((bits - n) % bits)));                      \
        mix((uint64_t)((a < b) | (a <= b) << 1 | (a == b) << 2 | (x < y) << 3 | (x <= y) << 4 | (x != y) << 5));       \
        mix((uint64_t)__builtin_add_overflow(a, b, &r) + r), mix((uint64_t)__builtin_add_overflow(x, y, &s) + (U)s);   \
        mix((uint64_t)__builtin_sub_overflow(a, b, &r) + r), mix((uint64_t)__builtin_sub_overflow(x, y, &s) + (U)s);   \
        mix((uint64_t)__builtin_mul_overflow(a, b, &r) + r), mix((uint64_t)__builtin_mul_overflow(x, y, &s) + (U)s);   \
        if (b != 0)                                                                                                    \
            mix((U)(a / b)), mix((U)(a % b));                                                                          \
        if (y != 0 && !(y == -1 && x == (S)(minimum)))                                                                 \
            mix((U)(x / y)), mix((U)(x % y));                                                                          \
        mix((uint64_t)(int64_t)x), mix((uint64_t)a), mix((U)(a > b ? a : b)), mix((U)(x < y ? x : y));                 \
    }
DEFINE_OPERATIONS(bits8, uint8_t, int8_t, INT8_MIN)
DEFINE_OPERATIONS(bits16, uint16_t, int16_t, INT16_MIN)
DEFINE_OPERATIONS(bits32, uint32_t, int32_t, INT32_MIN)
DEFINE_OPERATIONS(bits64, uint64_t, int64_t, INT64_MIN)

// 128 bits: add with carry, subtract with borrow, wide products, double shifts, long division by hand.
NOINLINE static void bits128(uint64_t left, uint64_t right)
{
    u128 a = (u128)left << 64 | right, b = (u128)right << 64 | left, product = (u128)left * right;
    i128 wide = (i128)(int64_t)left * (int64_t)right;
    unsigned n = (unsigned)(left + right) % 128;
    u128 results[] = {a + b, a - b, a * b, product, (u128)wide, a << n, a >> n, (u128)((i128)a >> n), -a};

    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        mix((uint64_t)results[i]), mix((uint64_t)(results[i] >> 64));
    mix((uint64_t)(a < b) | (uint64_t)((i128)a < (i128)b) << 1);
}

NOINLINE static void counts(uint64_t a, uint64_t b)
{
    if (a != 0)
        mix((uint64_t)__builtin_ctzl(a) << 8 | (uint64_t)__builtin_clzl(a));
    if ((uint32_t)a != 0)
        mix((uint64_t)__builtin_ctz((uint32_t)a) << 8 | (uint64_t)__builtin_clz((uint32_t)a));
    mix((uint64_t)__builtin_popcountl(a)), mix((uint64_t)__builtin_parityl(a ^ b));
    mix(__builtin_bswap64(a)), mix(__builtin_bswap32((uint32_t)a)), mix(__builtin_bswap16((uint16_t)a));
}

// Divisions by constants, which compilers turn into multiplications and shifts.
NOINLINE static void constants(uint64_t a, uint64_t b)
{
    mix(a / 3), mix(a / 7), mix(a / 10), mix(a % 1000), mix((uint32_t)a / 10), mix((uint64_t)((int64_t)a / 10));
    mix((uint64_t)((int64_t)a % 7)), mix((uint64_t)((int32_t)a / -3)), mix((uint64_t)((int64_t)a / 8)), mix(b * 5 + a * 9 + 100);
}

static void for_all(const char *name, void (*group)(uint64_t, uint64_t))
{
    for (int i = 0; i < VALUES; i++)
        for (int j = 0; j < VALUES; j++)
            group(values[i], values[j]);
    report(name);
}

// A switch (a jump table), function pointers, a sieve and a sort: ordinary code.
NOINLINE static int step(int kind, int value)
{
    switch (kind)
    {
    case 0: return value + 1;
    case 1: return value * 3;
    case 2: return value ^ 0x55;
    case 3: return value >> 1;
    case 4: return -value;
    case 5: return value % 1001;
    default: return value << 2;
    }
}

static void ordinary(void)
{
    static uint8_t composite[10000];
    static int32_t numbers[500];
    int value = 1, primes = 0;

    for (int i = 0; i < 10000; i++)
        mix((uint64_t)(value = step(i * 7 % 8, value) & 0xffffff));
    report("switch");

    for (int i = 2; i < 10000; i++)
        if (!composite[i])
        {
            primes++;
            for (int j = 2 * i; j < 10000; j += i)
                composite[j] = 1;
        }
    printf("%-12s %d\n", "primes", primes);

    uint32_t seed = 12345;
    for (int i = 0; i < 500; i++)
        numbers[i] = (int32_t)(seed = seed * 1664525 + 1013904223);
    for (int i = 1; i < 500; i++)
        for (int j = i; j > 0 && numbers[j - 1] > numbers[j]; j--)
        {
            int32_t swap = numbers[j];
            numbers[j] = numbers[j - 1];
            numbers[j - 1] = swap;
        }
    for (int i = 0; i < 500; i++)
        mix((uint64_t)numbers[i]);
    report("sort");
}

int main(void)
{
    for_all("8 bits", bits8);
    for_all("16 bits", bits16);
    for_all("32 bits", bits32);
    for_all("64 bits", bits64);
    for_all("128 bits", bits128);
    for_all("counts", counts);
    for_all("constants", constants);
    ordinary();
    return 0;
}
