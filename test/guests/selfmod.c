// selfmod.c: code that is written, run, rewritten and run again: every change must be seen at once.
#include "runtime/runtime.h"

enum { PAGE = 4096 };

static unsigned char *page;

static int run(void)
{
    return ((int (*)(void))page)();
}

static void map(void)
{
    page = mmap(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON | (page != NULL ? MAP_FIXED : 0), -1, 0);
}

static void put(const void *code, size_t size)
{
    memcpy(page, code, size);
    SYNCHRONISE_CODE(page, size);
}

#if defined(__x86_64__)
static const unsigned char answer[] = {0xb8, 42, 0, 0, 0, 0xc3};                 // mov $42, %eax; ret
static const unsigned char other[] = {0x31, 0xc0, 0xff, 0xc0, 0xff, 0xc0, 0xc3}; // xor %eax, %eax; inc %eax; inc %eax; ret
static const unsigned char patch_next[] = {0xc6, 0x05, 1, 0, 0, 0, 7, 0xb8, 1, 0, 0, 0, 0xc3}; // movb $7, 1(%rip); mov $1, %eax; ret

// Changes the constant of answer.
static void set_constant(unsigned char value)
{
    page[1] = value;
}
#elif defined(__aarch64__)
static const uint32_t answer[] = {0x52800540, 0xd65f03c0};                         // mov w0, #42; ret
static const uint32_t other[] = {0x52800000, 0x11000400, 0x11000400, 0xd65f03c0}; // mov w0, #0; add w0, w0, #1; add w0, w0, #1; ret
static const uint32_t patch_next[] = {
    0x10000121, 0x52801c02, 0x72aa5002, 0xb9000022, // adr x1, .+36; mov w2, #0xe0; movk w2, #0x5280, lsl #16; str w2, [x1]
    0xd50b7b21, 0xd5033b9f, 0xd50b7521, 0xd5033b9f, 0xd5033fdf, // dc cvau, x1; dsb ish; ic ivau, x1; dsb ish; isb
    0x52800020, 0xd65f03c0, // mov w0, #1, which becomes mov w0, #7; ret
};

static void set_constant(unsigned char value)
{
    *(uint32_t *)page = 0x52800000 | (uint32_t)value << 5;
    SYNCHRONISE_CODE(page, 4);
}
#endif

int main(void)
{
    int sum = 0;

    map();
    put(answer, sizeof answer);
    printf("written: %d\n", run());
    set_constant(43);
    printf("one byte changed: %d\n", run());
    put(other, sizeof other);
    printf("rewritten: %d\n", run());
    put(answer, sizeof answer);
    printf("the first again: %d\n", run());

    for (int i = 0; i < 1000; i++)
    {
        set_constant((unsigned char)i);
        sum += run();
    }
    printf("changed a thousand times: %d\n", sum);

    put(patch_next, sizeof patch_next);
    printf("changes its next instruction: %d\n", run());

    munmap(page, PAGE);
    map();
    put(other, sizeof other);
    printf("a new page at the same address: %d\n", run());
    return 0;
}
