// selfmod.c: code that is written, run, rewritten and run again: every change must be seen at once.
#include "runtime/runtime.h"

#if !defined(__x86_64__)
#error "this program is written in amd64 machine code"
#endif

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

static void put(const unsigned char *code, size_t size)
{
    memcpy(page, code, size);
}

int main(void)
{
    static const unsigned char answer[] = {0xb8, 42, 0, 0, 0, 0xc3};                      // mov $42, %eax; ret
    static const unsigned char other[] = {0x31, 0xc0, 0xff, 0xc0, 0xff, 0xc0, 0xc3};      // xor %eax, %eax; inc %eax; inc %eax; ret
    static const unsigned char patch_next[] = {0xc6, 0x05, 1, 0, 0, 0, 7, 0xb8, 1, 0, 0, 0, 0xc3}; // movb $7, 1(%rip); mov $1, %eax; ret
    int sum = 0;

    map();
    put(answer, sizeof answer);
    printf("written: %d\n", run());
    page[1] = 43;
    printf("one byte changed: %d\n", run());
    put(other, sizeof other);
    printf("rewritten: %d\n", run());
    put(answer, sizeof answer);
    printf("the first again: %d\n", run());

    for (int i = 0; i < 1000; i++)
    {
        page[1] = (unsigned char)i;
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
