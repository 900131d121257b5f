// registers.h: struct reg of PT_GETREGS as words, and what a case must know of instructions.
#pragma once
#include "case.h"

#if defined(__x86_64__)
enum { REG_WORDS = 22, REG_PC = 17 };
// Whether an instruction of this program is a system call.
static inline bool is_system_call(long pc) { return *(const uint16_t *)pc == 0x050f; }
#elif defined(__aarch64__)
enum { REG_WORDS = 34, REG_PC = 32 };
static inline bool is_system_call(long pc) { return *(const uint32_t *)pc == 0xd4000001; }
#else
#error "this CPU's registers are not described here yet"
#endif

enum { PT_GETREGS = 33, PT_SETREGS = 34 };

// Where a CPU stops at a breakpoint instruction, moves a thread on to the next one.
static inline void skip_breakpoint(int lwp)
{
    long registers[REG_WORDS];
    CHECK_EQUAL(ptrace(PT_GETREGS, lwp, registers, 0), 0);
    registers[REG_PC] += BREAKPOINT_SKIP;
    CHECK_EQUAL(ptrace(PT_SETREGS, lwp, registers, 0), 0);
}
