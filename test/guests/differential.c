// differential.c: executes cases given on standard input, each some code and a state to begin with, and writes what each leaves
// behind to standard output. Also built for Linux: what the host's processor leaves is right. Arch.Amd64.Tests draws the cases.
#if !defined(__x86_64__)
#error "this program is about amd64 instructions; differential/arm64.c is the other one"
#endif
#include "runtime/faults.h"

#if !defined(__x86_64__)
#error "this program is about amd64 instructions"
#endif

#define PAGE 4096ul
// As in Layout.cs: pages of code and of data, the third of which may only be read and the fourth not be touched.
#define CODE ((unsigned char *)0x10000000)
#define ENTRY (CODE + 0x800)
#define TAKEN (CODE + 0x7c0)
#define DATA ((unsigned char *)0x10020000)

enum { RESTART = 1 };           // options: the first page fault opens the closed pages and goes on
enum { FELL, BRANCHED, FAULTED }; // how a case ended
enum { TRACE = 1, PAGE_FAULT = 14, TRACE_FLAG = 0x100 };
enum { POOL = 0x10000, CODE_SIZE = 352 };

static struct __attribute__((aligned(16)))
{
    uint64_t registers[16], flags;
    uint64_t pool; // where in the pool the data comes from
    uint32_t length, options;
    uint64_t padding[1];
    unsigned char fx[512], code[CODE_SIZE];
} given;
_Static_assert(sizeof given == 1024, "Case.cs");

static struct __attribute__((aligned(16)))
{
    uint64_t registers[16], flags, end;
    uint64_t vector, error, address, pc; // of the fault that ended it
    uint64_t steps, mixed;               // trace traps in the code, and where they were
    uint64_t restarts, restarted, closed; // of the fault that was mended: count, address; sum of the page that was opened
    uint64_t padding[1];
    unsigned char fx[512], fault_fx[512]; // at the end, and as the signal's frame showed it
} left, nothing;
_Static_assert(sizeof left == 1248, "Outcome.cs");

static unsigned char pool[POOL + 3 * PAGE] __attribute__((aligned(16)));
static unsigned char alternate[65536] __attribute__((aligned(16)));
void *saved_stack;
unsigned normal_mxcsr = 0x1f80;

void run(void);
void leave(void);
void leave_taken(void);
extern char left_all[]; // the end of what saves the state

// The registers in the order of their encoding.
#define EACH(X)                                                                                                        \
    X(rax, 0) X(rcx, 8) X(rdx, 16) X(rbx, 24) X(rsp, 32) X(rbp, 40) X(rsi, 48) X(rdi, 56) X(r8, 64) X(r9, 72)         \
    X(r10, 80) X(r11, 88) X(r12, 96) X(r13, 104) X(r14, 112) X(r15, 120)
#define GIVE(register, offset) "mov given+" #offset ", %" #register "\n"
#define TAKE(register, offset) "mov %" #register ", left+" #offset "\n"
__asm__(".text\n"
        "run:\n push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n mov %rsp, saved_stack\n"
        "fxrstor64 given+160\n pushq given+128\n popfq\n" EACH(GIVE) "jmp 0x10000800\n"
        "leave_taken:\n movq $1, left+136\n"
        "leave:\n" EACH(TAKE) "mov saved_stack, %rsp\n pushfq\n pop left+128\n pushq $2\n popfq\n"
        "fxsave64 left+224\n fninit\n ldmxcsr normal_mxcsr\n"
        "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n"
        "left_all:\n");

static void handle(int signal, void *info, fault_context *context)
{
    uint64_t vector = vector_of(context), pc = (uint64_t)FAULT_PC(context);
    (void)signal;
    if (vector == TRACE && (given.flags & TRACE_FLAG) != 0)
    {
        // FreeBSD clears the flag before it sends the signal, Linux does not.
        bool over = pc >= (uint64_t)leave_taken && pc < (uint64_t)left_all;
        FAULT_FLAGS(context) = over ? FAULT_FLAGS(context) & ~TRACE_FLAG : FAULT_FLAGS(context) | TRACE_FLAG;
        if (pc - (uint64_t)CODE < PAGE)
            left.steps++, left.mixed = (left.mixed ^ pc) * 0x9e3779b97f4a7c15u;
        return;
    }
    if (vector == PAGE_FAULT && (given.options & RESTART) != 0 && left.restarts == 0)
    {
        left.restarts = 1, left.restarted = address_of(info, context);
        protect(DATA + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE);
        return;
    }
    left.end = FAULTED, left.vector = vector, left.pc = pc;
    if (vector == PAGE_FAULT)
        left.error = error_of(context), left.address = address_of(info, context);
    memcpy(left.fault_fx, FAULT_FPSTATE(context), sizeof left.fault_fx);
    FAULT_PC(context) = (long)leave;
    FAULT_FLAGS(context) &= ~TRACE_FLAG;
}

static void move(void *to, const void *from, size_t size)
{
    size /= 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

// The code, with a way out behind it and where its branches lead.
static void prepare_code(void)
{
    static const unsigned char jump[6] = {0xff, 0x25};
    uint64_t out = (uint64_t)leave, taken = (uint64_t)leave_taken;
    memcpy(ENTRY, given.code, given.length);
    memcpy(ENTRY + given.length, jump, sizeof jump), memcpy(ENTRY + given.length + sizeof jump, &out, sizeof out);
    memcpy(TAKEN, jump, sizeof jump), memcpy(TAKEN + sizeof jump, &taken, sizeof taken);
}

static void execute(void)
{
    prepare_code();
    move(DATA, pool + given.pool, 2 * PAGE);
    move(&left, &nothing, sizeof left);
    run();
}

static void close_pages(void)
{
    for (uint64_t *word = (uint64_t *)(DATA + 3 * PAGE), *end = word + PAGE / 8; word < end; word++)
        left.closed = (left.closed ^ *word) * 0x9e3779b97f4a7c15u, *word = 0;
}

static void reset_pages(void)
{
    move(DATA + 2 * PAGE, pool + POOL + 2 * PAGE, PAGE);
    protect(DATA + 2 * PAGE, PAGE, PROT_READ);
    protect(DATA + 3 * PAGE, PAGE, PROT_NONE);
}

static bool read_case(void)
{
    for (size_t have = 0; have < sizeof given;)
    {
        long count = read_some((char *)&given + have, sizeof given - have);
        if (count <= 0)
            return false;
        have += (size_t)count;
    }
    return true;
}

static void write_all(const void *from, size_t size)
{
    for (const char *at = from; size > 0;)
    {
        long count = write(1, at, size);
        if (count <= 0)
            exit(1);
        at += count, size -= (size_t)count;
    }
}

int main(void)
{
    uint64_t word = 88172645463325252u;
    for (size_t i = 0; i < sizeof pool; i += 8)
    {
        word ^= word << 13, word ^= word >> 7, word ^= word << 17;
        memcpy(pool + i, &word, 8);
    }
    map_at(CODE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
    map_at(DATA, 4 * PAGE, PROT_READ | PROT_WRITE);
    reset_pages();
    catch_faults(handle, alternate, sizeof alternate);
    while (read_case())
    {
        execute();
        if (left.restarts != 0)
            close_pages();
        write_all(&left, sizeof left);
        write_all(DATA, 3 * PAGE);
        if (left.restarts != 0)
            reset_pages();
    }
    return 0;
}
