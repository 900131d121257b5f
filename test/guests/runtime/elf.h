// elf.h: the part of elf(5) that linking takes; the names of members are short.
#pragma once
#include <stdint.h>

struct elf_header
{
    unsigned char ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum;
};
struct program_header
{
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
struct dynamic
{
    uint64_t tag, value;
};
struct relocation
{
    uint64_t offset, info, addend;
};
struct symbol
{
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};

enum { ET_DYN = 3, PT_LOAD = 1, PT_DYNAMIC = 2, PT_PHDR = 6, PF_X = 1, PF_W = 2, PF_R = 4 };
enum
{
    DT_NULL = 0, DT_NEEDED = 1, DT_PLTRELSZ = 2, DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6, DT_RELA = 7, DT_RELASZ = 8,
    DT_DEBUG = 21, DT_JMPREL = 23,
};
#if defined(__x86_64__)
enum { R_64 = 1, R_GLOB_DAT = 6, R_JUMP_SLOT = 7 };
#else
enum { R_64 = 257, R_GLOB_DAT = 1025, R_JUMP_SLOT = 1026 };
#endif
