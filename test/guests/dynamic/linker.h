// linker.h: what the dynamic linker, its programs and their libraries know of each other.
#pragma once
#include "../runtime/runtime.h"

#define EXPORTED __attribute__((visibility("default")))

// dlfcn.h; the linker itself defines them.
EXPORTED void *dlopen(const char *path, int mode);
EXPORTED void *dlsym(void *handle, const char *name);
EXPORTED int dlclose(void *handle);

// link_elf.h: what a debugger reads. The names and the order are FreeBSD's.
struct link_map
{
    char *l_base;       // where the object's first page is
    const char *l_name; // its path
    const void *l_ld;   // its dynamic section
    struct link_map *l_next, *l_prev;
};

enum r_state { RT_CONSISTENT, RT_ADD, RT_DELETE };

struct r_debug
{
    int r_version;
    struct link_map *r_map;
    void (*r_brk)(struct r_debug *, struct link_map *); // called before and after each change
    enum r_state r_state;
    void *r_ldbase;
};
