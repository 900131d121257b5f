// memory.c: mmap, mprotect, munmap and the break, with faults caught by a handler that prints si_code and mends them.
#include "runtime/runtime.h"

enum { PAGE = 4096, PAGES = 4 };

static char *area;
static volatile int faults;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    long offset = (char *)info->si_addr - area;
    char *page = area + offset / PAGE * PAGE;

    (void)context;
    if (offset < 0 || offset >= PAGES * PAGE)
    {
        printf("a fault elsewhere: signal %d, code %d, at %p\n", signal, info->si_code, info->si_addr);
        exit(1);
    }
    faults++;
    printf("fault %d: signal %d, code %d, trap %d, at area + %ld\n", faults, signal, info->si_code, info->si_trapno, offset);
    if (info->si_code == SEGV_MAPERR)
        mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0);
    else
        mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

static void use_mapping(void)
{
    area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (area == MAP_FAILED)
    {
        printf("mmap: error %d\n", errno);
        exit(1);
    }
    for (int i = 0; i < PAGES; i++)
        area[i * PAGE + i] = (char)('a' + i);
    printf("mapped: %c%c%c%c, zeros between: %s\n", area[0], area[PAGE + 1], area[2 * PAGE + 2], area[3 * PAGE + 3],
           area[1] == 0 && area[4 * PAGE - 1] == 0 ? "yes" : "no");

    mprotect(area + PAGE, PAGE, PROT_READ);
    printf("read-only: reads %c\n", area[PAGE + 1]);
    *(volatile char *)(area + PAGE + 7) = 'x';
    printf("mended: %c%c\n", area[PAGE + 1], area[PAGE + 7]);

    mprotect(area + 2 * PAGE, PAGE, PROT_NONE);
    printf("no access: reads %c after the handler\n", *(volatile char *)(area + 2 * PAGE + 2));

    munmap(area + 3 * PAGE, PAGE);
    printf("unmapped: reads %d after the handler\n", *(volatile char *)(area + 3 * PAGE + 3));

    mprotect(area + PAGE, PAGE, PROT_NONE);
    *(volatile long *)(area + PAGE - 4) = -1; // crosses into the page that may not be touched
    printf("across pages: %x %x\n", *(volatile unsigned *)(area + PAGE - 4), *(volatile unsigned *)(area + PAGE));
}

static void use_errors(void)
{
    long result = write(1, (void *)8, 1);
    printf("write from a bad address: %ld, errno %d\n", result, errno);
    result = munmap(area, 0);
    printf("munmap of nothing: %ld, errno %d\n", result, errno);
}

static void use_break(void)
{
    char *old = sbrk(3 * PAGE);
    if (old == (void *)-1)
    {
        printf("break: error %d\n", errno);
        return;
    }
    memset(old, 'b', 3 * PAGE);
    printf("break: %c, %ld bytes more\n", old[3 * PAGE - 1], (long)((char *)sbrk(0) - old));
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    use_mapping();
    use_errors();
    use_break();
    munmap(area, PAGES * PAGE);
    return 0;
}
