// start.c: from the kernel's entry state to main.
#include "elf.h"
#include "runtime.h"

char **environ;
static unsigned long *auxv;

unsigned long auxiliary(unsigned long type, unsigned long otherwise)
{
    for (unsigned long *entry = auxv; entry[0] != 0; entry += 2)
        if (entry[0] == type)
            return entry[1];
    return otherwise;
}

// The linker's name for the start of the program.
extern const struct elf_header __ehdr_start __attribute__((visibility("hidden")));

// A static PIE is its own dynamic linker: adds the load address to each pointer that the linker listed. Until then nothing
// here may use such a pointer. A program at a fixed address has no PT_DYNAMIC.
static void relocate(void)
{
    uint64_t base = (uint64_t)&__ehdr_start, size = 0;
    const struct program_header *header = (const void *)(base + __ehdr_start.phoff), *end = header + __ehdr_start.phnum;
    const struct relocation *relocation = NULL;

    while (header < end && header->type != PT_DYNAMIC)
        header++;
    if (header == end)
        return;
    for (const struct dynamic *entry = (const void *)(base + header->vaddr); entry->tag != DT_NULL; entry++)
    {
        if (entry->tag == DT_RELA)
            relocation = (const void *)(base + entry->value);
        if (entry->tag == DT_RELASZ)
            size = entry->value;
    }
    for (; size > 0; size -= sizeof *relocation, relocation++)
        if ((uint32_t)relocation->info == RELATIVE_RELOCATION)
            *(uint64_t *)(base + relocation->offset) = base + relocation->addend;
}

int main(int argc, char **argv, char **envp);

// stack: argc, argv…, NULL, envp…, NULL, auxv…
__attribute__((used)) _Noreturn void start(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);

    relocate();
    environ = argv + argc + 1;
    char **end = environ;
    while (*end != NULL)
        end++;
    auxv = (unsigned long *)(end + 1);
    exit(main(argc, argv, environ));
}

DEFINE_ENTRY(start);
