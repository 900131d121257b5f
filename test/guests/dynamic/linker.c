// linker.c: a dynamic linker in the manner of FreeBSD's rtld: maps the libraries that a program needs, binds everything at once, and
// keeps the list that debuggers read. Libraries are looked up in /lib. There are no threads, no lazy binding and no search paths.
#include "../runtime/elf.h"
#include "linker.h"

enum { MOST_NEEDED = 8, PAGE = 4096, AT_PHDR = 3, AT_PHNUM = 5, AT_BASE = 7, AT_ENTRY = 9, AT_EXECPATH = 15 };

struct object
{
    struct link_map map; // first: a debugger's view of it
    uint64_t base;       // what is added to the addresses in the file
    uint64_t size;       // bytes from map.l_base
    int users;
    const struct symbol *symbols;
    const char *strings;
    const uint32_t *hash;
    const struct relocation *relocations, *slots;
    uint64_t relocations_size, slots_size;
    uint64_t needed_names[MOST_NEEDED];
    struct object *needed[MOST_NEEDED];
    int needed_count;
    char path[64];
};

static struct object program, linker, libraries[8];
static struct r_debug debug = {.r_version = 1};

// Where debuggers have their breakpoint. The parameters are for them.
EXPORTED NOINLINE void r_debug_state(__attribute__((unused)) struct r_debug *state, __attribute__((unused)) struct link_map *changed)
{
    __asm__ volatile("" : : : "memory");
}

static void announce(enum r_state state, struct object *object)
{
    debug.r_state = state;
    debug.r_brk(&debug, &object->map);
}

static _Noreturn void fail(const char *what, const char *name)
{
    dprintf(2, "ld-elf.so.1: %s: %s\n", name, what);
    exit(127);
}

static void append(struct object *object)
{
    struct link_map **end = &debug.r_map, *last = NULL;
    for (; *end != NULL; end = &last->l_next)
        last = *end;
    object->map.l_prev = last;
    object->map.l_next = NULL;
    *end = &object->map;
}

static void take_out(struct object *object)
{
    object->map.l_prev->l_next = object->map.l_next;
    if (object->map.l_next != NULL)
        object->map.l_next->l_prev = object->map.l_prev;
}

static void read_dynamic(struct object *object, struct dynamic *entries)
{
    object->map.l_ld = entries;
    for (struct dynamic *entry = entries; entry->tag != DT_NULL; entry++)
    {
        uint64_t address = object->base + entry->value;
        switch (entry->tag)
        {
        case DT_NEEDED:
            if (object->needed_count == MOST_NEEDED)
                fail("needs too many libraries", object->map.l_name);
            object->needed_names[object->needed_count++] = entry->value;
            break;
        case DT_HASH: object->hash = (const void *)address; break;
        case DT_STRTAB: object->strings = (const void *)address; break;
        case DT_SYMTAB: object->symbols = (const void *)address; break;
        case DT_RELA: object->relocations = (const void *)address; break;
        case DT_RELASZ: object->relocations_size = entry->value; break;
        case DT_JMPREL: object->slots = (const void *)address; break;
        case DT_PLTRELSZ: object->slots_size = entry->value; break;
        case DT_DEBUG:
            if (object == &program)
                entry->value = (uint64_t)&debug;
            break;
        }
    }
}

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 0;
    for (; *name != 0; name++)
    {
        hash = (hash << 4) + (unsigned char)*name;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    return hash;
}

// The address of a symbol that the object defines; 0 if it does not.
static uint64_t defined_in(const struct object *object, const char *name, uint32_t hash)
{
    uint32_t buckets = object->hash[0];
    for (uint32_t index = object->hash[2 + hash % buckets]; index != 0; index = object->hash[2 + buckets + index])
    {
        const struct symbol *symbol = &object->symbols[index];
        if (symbol->section != 0 && strcmp(object->strings + symbol->name, name) == 0)
            return object->base + symbol->value;
    }
    return 0;
}

// The first definition in the order of the list, as in one program.
static uint64_t find(const char *name)
{
    uint32_t hash = hash_of(name);
    uint64_t address = 0;
    for (struct link_map *map = debug.r_map; map != NULL && address == 0; map = map->l_next)
        address = defined_in((struct object *)map, name, hash);
    return address;
}

static void relocate(struct object *object, const struct relocation *relocation, uint64_t size)
{
    for (; size > 0; size -= sizeof *relocation, relocation++)
    {
        uint64_t *place = (uint64_t *)(object->base + relocation->offset);
        if ((uint32_t)relocation->info == RELATIVE_RELOCATION)
        {
            *place = object->base + relocation->addend;
            continue;
        }
        const char *name = object->strings + object->symbols[relocation->info >> 32].name;
        uint64_t address = find(name);
        if (address == 0)
            fail("undefined symbol", name);
        switch ((uint32_t)relocation->info)
        {
        case R_64: *place = address + relocation->addend; break;
        case R_GLOB_DAT:
        case R_JUMP_SLOT: *place = address; break;
        default: fail("relocation of an unknown type for", name);
        }
    }
}

static int protection(uint32_t flags)
{
    return ((flags & PF_R) != 0 ? PROT_READ : 0) | ((flags & PF_W) != 0 ? PROT_WRITE : 0) | ((flags & PF_X) != 0 ? PROT_EXEC : 0);
}

static void map_segment(struct object *object, int file, const struct program_header *header)
{
    uint64_t start = object->base + header->vaddr, page = start & -PAGE, zeros = start + header->filesz;
    uint64_t full = (zeros + PAGE - 1) & -PAGE, end = start + header->memsz;
    int access = protection(header->flags);
    if (mmap((void *)page, zeros - page, access, MAP_PRIVATE | MAP_FIXED, file, (long)(header->offset & -PAGE)) == MAP_FAILED)
        fail("cannot be mapped", object->path);
    if (header->memsz > header->filesz && (header->flags & PF_W) != 0)
        memset((void *)zeros, 0, (full < end ? full : end) - zeros);
    if (end > full && mmap((void *)full, end - full, access, MAP_PRIVATE | MAP_FIXED | MAP_ANON, -1, 0) == MAP_FAILED)
        fail("has no room for its data", object->path);
}

// Maps a library's file and reads its dynamic section. 0 if it cannot be.
static int map_object(struct object *object, const char *path)
{
    static char page[PAGE] __attribute__((aligned(8)));
    const struct elf_header *header = (const void *)page;
    int file = open(path, O_RDONLY, 0);
    if (file < 0 || read(file, page, sizeof page) < (long)sizeof *header || header->type != ET_DYN)
    {
        if (file >= 0)
            close(file);
        return 0;
    }
    const struct program_header *first = (const void *)(page + header->phoff), *past = first + header->phnum;
    uint64_t end = 0, dynamic = 0;
    for (const struct program_header *segment = first; segment < past; segment++)
    {
        if (segment->type == PT_LOAD && segment->vaddr + segment->memsz > end)
            end = segment->vaddr + segment->memsz;
        if (segment->type == PT_DYNAMIC)
            dynamic = segment->vaddr;
    }
    *object = (struct object){.size = (end + PAGE - 1) & -PAGE};
    memcpy(object->path, path, strlen(path) + 1);
    object->map.l_base = mmap(NULL, object->size, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    object->map.l_name = object->path;
    object->base = (uint64_t)object->map.l_base;
    for (const struct program_header *segment = first; segment < past; segment++)
        if (segment->type == PT_LOAD)
            map_segment(object, file, segment);
    close(file);
    read_dynamic(object, (struct dynamic *)(object->base + dynamic));
    return 1;
}

static struct object *loaded(const char *path)
{
    for (struct link_map *map = debug.r_map; map != NULL; map = map->l_next)
        if (strcmp(map->l_name, path) == 0)
            return (struct object *)map;
    return NULL;
}

static struct object *load(const char *path);

// What an object needs comes behind it in the list, and is used by it.
static void load_needed(struct object *object)
{
    for (int index = 0; index < object->needed_count; index++)
    {
        const char *name = object->strings + object->needed_names[index];
        char path[sizeof object->path] = "/lib/";
        if (strlen(name) + sizeof "/lib/" > sizeof path)
            fail("its name is too long", name);
        memcpy(path + 5, name, strlen(name) + 1);
        object->needed[index] = strcmp(name, "ld-elf.so.1") == 0 ? &linker : load(path);
        if (object->needed[index] == NULL)
            fail("shared object not found", name);
    }
}

// Adds a library to the list, or one more user of it. NULL if there is none.
static struct object *load(const char *path)
{
    struct object *object = loaded(path);
    if (object == NULL)
    {
        for (object = libraries; object->map.l_base != NULL; object++)
            if (object == libraries + 7)
                fail("too many libraries", path);
        if (strlen(path) >= sizeof object->path || !map_object(object, path))
            return NULL;
        append(object);
        load_needed(object);
    }
    object->users++;
    return object;
}

static void unload(struct object *object)
{
    if (object == &linker || --object->users > 0)
        return;
    for (int index = 0; index < object->needed_count; index++)
        unload(object->needed[index]);
    take_out(object);
    munmap(object->map.l_base, object->size);
    object->map.l_base = NULL;
}

static void bind(struct object *object)
{
    relocate(object, object->relocations, object->relocations_size);
    relocate(object, object->slots, object->slots_size);
}

// All that were mapped since the list ended with last.
static void bind_after(struct link_map *last)
{
    for (struct link_map *map = last->l_next; map != NULL; map = map->l_next)
        bind((struct object *)map);
}

void *dlopen(const char *path, __attribute__((unused)) int mode)
{
    struct link_map *last = debug.r_map;
    while (last->l_next != NULL)
        last = last->l_next;
    announce(RT_ADD, &program);
    struct object *object = load(path);
    if (object != NULL)
        bind_after(last);
    announce(RT_CONSISTENT, object != NULL ? object : &program);
    return object;
}

void *dlsym(void *handle, const char *name)
{
    return (void *)defined_in(handle, name, hash_of(name));
}

int dlclose(void *handle)
{
    announce(RT_DELETE, handle);
    unload(handle);
    announce(RT_CONSISTENT, &program);
    return 0;
}

// The program's place is known by where its headers are.
static void find_program(const unsigned long *auxv)
{
    const struct program_header *headers = NULL;
    unsigned long count = 0;
    for (; auxv[0] != 0; auxv += 2)
        switch (auxv[0])
        {
        case AT_PHDR: headers = (const void *)auxv[1]; break;
        case AT_PHNUM: count = auxv[1]; break;
        case AT_BASE: linker.base = auxv[1]; break;
        case AT_EXECPATH: program.map.l_name = (const char *)auxv[1]; break;
        }
    const struct program_header *dynamic = NULL;
    for (unsigned long index = 0; index < count; index++)
    {
        if (headers[index].type == PT_PHDR)
            program.base = (uint64_t)headers - headers[index].vaddr;
        if (headers[index].type == PT_DYNAMIC)
            dynamic = &headers[index];
    }
    program.map.l_base = (char *)program.base;
    read_dynamic(&program, (struct dynamic *)(program.base + dynamic->vaddr));
}

extern struct dynamic _DYNAMIC[] __attribute__((visibility("hidden")));
extern const struct elf_header __ehdr_start __attribute__((visibility("hidden")));

// Before anything here may use a pointer that the linker of this file has put down.
static void relocate_self(void)
{
    uint64_t base = (uint64_t)&__ehdr_start, size = 0;
    const struct relocation *relocation = NULL;
    for (const struct dynamic *entry = _DYNAMIC; entry->tag != DT_NULL; entry++)
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

// stack: argc, argv…, NULL, envp…, NULL, auxv… Returns the program's entry.
__attribute__((used)) uint64_t link_program(long *stack)
{
    relocate_self();
    char **end = (char **)(stack + 1) + stack[0] + 1;
    while (*end != NULL)
        end++;
    const unsigned long *auxv = (const unsigned long *)(end + 1);
    uint64_t entry = 0;
    debug.r_brk = r_debug_state;
    find_program(auxv);
    debug.r_ldbase = (void *)linker.base;
    linker.map.l_base = debug.r_ldbase;
    linker.map.l_name = "/libexec/ld-elf.so.1";
    read_dynamic(&linker, _DYNAMIC);
    append(&program);
    append(&linker);
    load_needed(&program);
    bind(&program);
    bind_after(&linker.map);
    announce(RT_CONSISTENT, &program);
    for (; auxv[0] != 0; auxv += 2)
        if (auxv[0] == AT_ENTRY)
            entry = auxv[1];
    return entry;
}

// Goes on to the program with the registers and the stack as the kernel has made them.
#if defined(__x86_64__)
__asm__(".text\n.globl _start\n.type _start, @function\n_start:\n"
        ".cfi_startproc\n.cfi_undefined rip\n"
        "mov %rdi, %r12\nmov %rsp, %r13\nxor %ebp, %ebp\nand $-16, %rsp\ncall link_program\n"
        "mov %r13, %rsp\nmov %r12, %rdi\njmp *%rax\n"
        ".cfi_endproc\n.size _start, .-_start\n");
#else
__asm__(".text\n.globl _start\n.type _start, %function\n_start:\n"
        ".cfi_startproc\n.cfi_undefined x30\n"
        "mov x19, x0\nmov x29, #0\nbl link_program\nmov x16, x0\nmov x0, x19\nbr x16\n"
        ".cfi_endproc\n.size _start, .-_start\n");
#endif
