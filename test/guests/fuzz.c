// fuzz: misuses the kernel and the processor as a hostile program does; the kernel must neither fail nor grow. SEED makes every choice.
//   fuzz calls SEED CHILDREN CALLS [SIGNATURES]   random system calls in forked children, of which every fourth is root's
//   fuzz trace SEED CHILDREN REQUESTS             random ptrace requests to a child that makes system calls, threads and children
//   fuzz code SEED CHILDREN PIECES                random and corrupted code, written and executed
//   fuzz images SEED CHILDREN 1 PROGRAM           corrupted executables and scripts; PROGRAM is the file that they are made of
// SIGNATURES has a word for each system call, its number and a letter for each argument (4fbn), so that many arguments are of the right kind:
//   f descriptor, p path, b buffer, n size, i process or thread, s signal; any other letter has no kind.
#include "runtime/elf.h"
#include "runtime/threads.h"

enum
{
    SYS_setuid = 23, SYS_ptrace = 26, SYS_reboot = 55, SYS_vfork = 66, SYS_setitimer = 83, SYS_socket = 97, SYS_socketpair = 135, SYS_mkdir = 136,
    SYS_rfork = 251, SYS_kqueue = 362, SYS_sigqueue = 456, SYS_kmq_open = 457, SYS_thr_kill2 = 481, SYS_shm_open = 482, SYS_posix_openpt = 504,
    SYS_pdfork = 518, SYS_pipe2 = 542, SYS___specialfd = 577, SYS_timerfd_create = 585, CALLS = 620,
};
enum { SIGSYS = 12, WNOHANG = 1, WUNTRACED = 2, BUFFER = 65536, PATHS = 16, KINDS = 1024, THREADS = 2, CODE = 8192, IMAGE = 131072 };

enum { PT_TRACE_ME = 0, PT_CONTINUE = 7, PT_KILL = 8, PT_STEP = 9, PT_ATTACH = 10, PT_DETACH = 11, PT_IO = 12, PT_TO_SCE = 20, PT_SYSCALL = 22 };

static char buffer[BUFFER] __attribute__((aligned(4096)));
static char *const paths[PATHS] = {
    "/tmp/a", "/tmp/b/c", "/dev/null", "/dev/zero", "..", "/", "/tmp", "/bin/fuzz.O2", "", "/dev/fd/3", "/proc/curproc", "/tmp/../../..", "/tmp/link",
    "a", "/dev/random", "/tmp/long/long/long/long/long/long/long/x"};
static const char *kinds[KINDS];
static thread_t threads[THREADS];

// xorshift64; each thread has a state of its own.
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static uint64_t seeded(uint64_t seed, int number)
{
    uint64_t state = (seed * 1000003 + (uint64_t)number + 1) * 0x9e3779b97f4a7c15u | 1;
    for (int round = 0; round < 8; round++)
        next(&state);
    return state;
}

// A value at which calculations of sizes, addresses, times and indices go wrong.
static uint64_t edge(uint64_t *state)
{
    static const uint64_t values[] = {
        0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 129, 255, 256, 511, 512, 1023, 1024, 4095, 4096, 4097, 65535, 65536, 999999999,
        1000000000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, -1ul, -2ul, -100ul, -4096ul,
        0x7fffffffe000, 0x7ffffffff000, 0x800000000000, 0x200000, 0x201000, 0x800000000, 0x2000000000000000, 0x1fffffffffffffff, 0x4000000000000000};
    uint64_t choice = next(state) % 16;
    if (choice < 9)
        return values[next(state) % (sizeof values / sizeof *values)];
    if (choice < 12)
        return next(state) % 32;
    if (choice < 14)
        return ((uint64_t)1 << next(state) % 64) - next(state) % 3;
    return choice == 14 ? (uint32_t)next(state) : next(state);
}

static uint64_t pointer(uint64_t *state)
{
    uint64_t choice = next(state) % 16;
    if (choice == 0)
        return (uint64_t)(buffer + BUFFER - 1 - next(state) % 32);
    if (choice == 1)
        return (uint64_t)paths[next(state) % PATHS];
    return choice == 2 ? edge(state) : (uint64_t)(buffer + next(state) % (BUFFER / 8) * 8);
}

static uint64_t argument(uint64_t *state, char kind)
{
    if (next(state) % 8 == 0)
        kind = "fpbnis "[next(state) % 7];
    switch (kind)
    {
    case 'f': return next(state) % 24;
    case 'p': return next(state) % 4 == 0 ? pointer(state) : (uint64_t)paths[next(state) % PATHS];
    case 'b': return pointer(state);
    case 'n': return next(state) % 2 == 0 ? next(state) % 512 : edge(state);
    case 'i': return next(state) % 3 == 0 ? (uint64_t)getpid() : next(state) % 3 == 0 ? next(state) % 12 : edge(state);
    case 's': return next(state) % 130;
    default: return next(state) % 4 == 0 ? pointer(state) : edge(state);
    }
}

// What structures are made of: values, pointers, small integers beside one another.
static void scribble(uint64_t *state)
{
    size_t at = next(state) % (BUFFER / 8 - 192), count = next(state) % 192;
    for (size_t index = 0; index < count; index++)
    {
        uint64_t value = next(state) % 4 == 0 ? pointer(state) : edge(state);
        if (next(state) % 4 == 0)
            value = (uint32_t)value | next(state) % 64 << 32;
        memcpy(buffer + (at + index) * 8, &value, 8);
    }
}

#if defined(__x86_64__)
// Eight arguments: the last two are on the stack, behind a return address.
static long call(uint64_t number, const uint64_t *a)
{
    register uint64_t r10 __asm__("r10") = a[3];
    register uint64_t r8 __asm__("r8") = a[4];
    register uint64_t r9 __asm__("r9") = a[5];
    uint64_t rdi = a[0], rsi = a[1], rdx = a[2];
    _Bool failed;
    __asm__ volatile("push %[h]\npush %[g]\npush $0\nsyscall\nlea 24(%%rsp), %%rsp"
                     : "=@ccc"(failed), "+a"(number), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                     : [g] "r"(a[6]), [h] "r"(a[7])
                     : "rcx", "r11", "memory");
    return failed ? -(long)number : (long)number;
}
#else
static long call(uint64_t number, const uint64_t *a)
{
    register uint64_t x8 __asm__("x8") = number;
    register uint64_t x0 __asm__("x0") = a[0];
    register uint64_t x1 __asm__("x1") = a[1];
    register uint64_t x2 __asm__("x2") = a[2];
    register uint64_t x3 __asm__("x3") = a[3];
    register uint64_t x4 __asm__("x4") = a[4];
    register uint64_t x5 __asm__("x5") = a[5];
    register uint64_t x6 __asm__("x6") = a[6];
    register uint64_t x7 __asm__("x7") = a[7];
    long failed;
    __asm__ volatile("svc #0\ncset %0, cs"
                     : "=r"(failed), "+r"(x0), "+r"(x1)
                     : "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6), "r"(x7), "r"(x8)
                     : "cc", "memory");
    return failed ? -(long)x0 : (long)x0;
}
#endif

static long simple(long number, long a, long b, long c) { return system_call(number, a, b, c, 0, 0, 0); }

// A descriptor of each kind, so that random descriptors are of some kind.
static void open_files(void)
{
    static const long maker[][4] = {
        {SYS_kqueue}, {SYS_socketpair, 1, 1, (long)(buffer + 64)}, {SYS_socketpair, 1, 2, (long)(buffer + 64)}, {SYS_socket, 2, 1, 0}, {SYS_socket, 2, 2, 0},
        {SYS_pipe2, (long)(buffer + 64), 4, 0}, {SYS_shm_open, 1, 2, 0600}, {SYS_posix_openpt, 2, 0, 0}, {SYS_timerfd_create, 4, 0, 0}, {SYS___specialfd, 1, (long)(buffer + 128), 8},
        {SYS_kmq_open, (long)"/queue", 0x202, 0600},
    };
    simple(SYS_mkdir, (long)"/tmp/b", 0777, 0);
    open("/tmp/a", O_RDWR | O_CREAT, 0666);
    open("/tmp", O_RDONLY, 0);
    for (size_t index = 0; index < sizeof maker / sizeof *maker; index++)
        simple(maker[index][0], maker[index][1], maker[index][2], maker[index][3]);
}

static void hear(int signal) { (void)signal; }

// A signal comes every millisecond, so that no sleep lasts, once the handler is there.
static void set_alarm(void)
{
    struct sigaction action = {.sa_handler = hear};
    long every_millisecond[4] = {0, 1000, 0, 1000};
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGSYS, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    simple(SYS_setitimer, 0, (long)every_millisecond, 0);
}

// Those that would end the test rather than the kernel: its own end, signals to the program that counts. A few are made now and then.
static bool is_spared(uint64_t number, uint64_t *state, bool is_root)
{
    switch (number)
    {
    case SYS_exit: case SYS_fork: case SYS_vfork: case SYS_rfork: case SYS_pdfork: case SYS_thr_exit: case SYS_execve:
        return next(state) % 20 != 0;
    case SYS_kill: case SYS_sigqueue: case SYS_thr_kill2: case SYS_reboot: case SYS_ptrace:
        return is_root;
    default:
        return false;
    }
}

static bool verbose;
static volatile long *performed; // what all children have done, in memory that they share

static void make_calls(uint64_t state, long count, bool is_root)
{
    for (long made = 0; made < count; made++)
    {
        uint64_t number = next(&state) % CALLS, arguments[8];
        while (kinds[number] == NULL && next(&state) % 16 != 0)
            number = next(&state) % CALLS;
        if (is_spared(number, &state, is_root))
            continue;
        if (next(&state) % 3 == 0)
            scribble(&state);
        const char *kind = kinds[number] == NULL ? " " : kinds[number];
        for (int index = 0; index < 8; index++)
        {
            arguments[index] = argument(&state, *kind);
            if (*kind > ' ')
                kind++;
        }
        if (number == SYS_write && arguments[0] < 3)
            arguments[0] = 3; // what the terminal shows is for people
        if (verbose)
            printf("%d: %lu(%lx, %lx, %lx, %lx, %lx, %lx)\n", getpid(), number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
        ++*performed;
        call(number, arguments);
    }
}

static void make_calls_in_thread(void *state) { make_calls(*(uint64_t *)state, 1000, false); }

static _Noreturn void calls(uint64_t seed, int number, long count)
{
    static uint64_t states[THREADS + 1];
    bool is_root = number % 4 == 3;
    open_files();
    if (!is_root)
        simple(SYS_setuid, 1000, 0, 0);
    for (int index = 0; index <= THREADS; index++)
        states[index] = seeded(seed + (uint64_t)index * 77, number);
    for (int index = 0; index < 64; index++)
        scribble(&states[0]);
    set_alarm();
    for (int index = 0; number % 3 == 1 && index < THREADS; index++)
        thread_create(&threads[index], NULL, make_calls_in_thread, &states[index + 1]);
    make_calls(states[0], count, is_root);
    exit(0);
}

// What a debugger has to look at: calls that succeed and fail, children, threads, signals.
static _Noreturn void be_traced(uint64_t state)
{
    if (next(&state) % 2 == 0)
        simple(SYS_ptrace, PT_TRACE_ME, 0, 0);
    for (int index = 0; index < THREADS && next(&state) % 2 == 0; index++)
        thread_create(&threads[index], NULL, make_calls_in_thread, &state);
    for (;;)
    {
        getppid();
        write(99, NULL, 0);
        if (next(&state) % 8 == 0)
        {
            int pid = fork();
            if (pid == 0)
                exit(3);
            wait4(pid, NULL, 0, NULL);
        }
        if (next(&state) % 8 == 0)
            raise((int)(next(&state) % 32));
    }
}

// Waits a little for a child to report. Virtual time passes, since everybody sleeps who does not work.
static int patient_wait(int pid, int *status, int tries)
{
    const struct timespec little = {0, 2000000};
    for (; tries > 0; tries--)
    {
        int found = wait4(pid, status, WNOHANG | WUNTRACED, NULL);
        if (found != 0)
            return found;
        nanosleep(&little, NULL);
    }
    return 0;
}

static _Noreturn void trace(uint64_t seed, int number, long count)
{
    uint64_t state = seeded(seed, number);
    int status, pid = fork();
    if (pid == 0)
        be_traced(state);
    nanosleep(&(struct timespec){0, 100000}, NULL);
    simple(SYS_ptrace, PT_ATTACH, pid, 0);
    kill(pid, SIGSTOP);
    patient_wait(pid, &status, 3);
    for (long made = 0; made < count; made++)
    {
        uint64_t request = next(&state) % 16 == 0 ? edge(&state) : next(&state) % 16 == 0 ? 0x10000 + next(&state) % 8 : next(&state) % 76;
        uint64_t address = pointer(&state), data = next(&state) % 2 == 0 ? next(&state) % 64 : edge(&state);
        if ((request == PT_KILL || request == PT_DETACH || request == PT_ATTACH) && next(&state) % 30 != 0)
            request = PT_STEP;
        bool resumes = request == PT_CONTINUE || request == PT_STEP || (request >= PT_TO_SCE && request <= PT_SYSCALL);
        if (resumes && next(&state) % 4 != 0)
            address = 1;
        if (next(&state) % 4 == 0)
            scribble(&state);
        if (request == PT_IO && next(&state) % 2 == 0)
        {
            uint64_t operation[4] = {next(&state) % 5 + 1, pointer(&state), pointer(&state), edge(&state)};
            memcpy(buffer, operation, sizeof operation);
            address = (uint64_t)buffer;
        }
        if (verbose)
            printf("%d: ptrace(%ld, %d, %lx, %lx)\n", getpid(), request, pid, address, data);
        ++*performed;
        system_call(SYS_ptrace, (long)request, pid, (long)address, (long)data, 0, 0);
        if (!resumes)
            continue;
        int found = patient_wait(pid, &status, 2);
        if (found == 0)
            kill(pid, SIGSTOP);
        else if (found < 0 || (status & 0x7f) != 0x7f)
            break;
    }
    kill(pid, SIGKILL);
    simple(SYS_ptrace, PT_KILL, pid, 0);
    exit(0);
}

static jump_buffer after_code;

static void leave_code(int signal)
{
    (void)signal;
    JUMP(after_code);
}

static void run_code(char *code) { ((void (*)(void))code)(); }

// Three kinds: any bytes, instructions of this program with some bytes changed, and the same in writable memory that changes while it runs.
static _Noreturn void code(uint64_t seed, int number, long count)
{
    static char alternate[65536];
    static uint64_t state;
    static volatile long made;
    state = seeded(seed, number);
    char *page = mmap(NULL, CODE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON, -1, 0);
    const stack_t stack = {alternate, sizeof alternate, 0};
    const struct sigaction action = {.sa_handler = leave_code, .sa_flags = SA_ONSTACK | SA_NODEFER};
    static const int signals[] = {SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSEGV, SIGALRM, SIGSYS};
    sigaltstack(&stack, NULL);
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++)
        sigaction(signals[index], &action, NULL);
    for (made = 0; made < count; made++)
    {
        size_t size = next(&state) % 256 + 16, start = next(&state) % (CODE - size);
        if (next(&state) % 8 == 0)
            start = CODE / 2 - next(&state) % 16 - 1; // across two pages
        size_t kind = next(&state) % 3, source = next(&state) % 4096;
        for (size_t index = 0; index < size && start + index < CODE; index++)
            page[start + index] = kind == 0 || next(&state) % 16 == 0 ? (char)next(&state) : ((const char *)make_calls)[source / 4 * 4 % 2048 + index];
        SYNCHRONISE_CODE(page, CODE);
        const long once[4] = {0, 0, 0, 300};
        simple(SYS_setitimer, 0, (long)once, 0);
        ++*performed;
        if (SET_JUMP(after_code) == 0)
            run_code(page + start);
    }
    exit(0);
}

static char image[IMAGE];
static size_t image_size;

// The fields of the header and of the program headers, by offset and size.
static void corrupt(uint64_t *state)
{
    static const unsigned char header[][2] = {
        {4, 1}, {5, 1}, {6, 1}, {7, 1}, {16, 2}, {18, 2}, {20, 4}, {24, 8}, {32, 8}, {40, 8}, {48, 4}, {52, 2}, {54, 2}, {56, 2}, {58, 2}, {60, 2}, {62, 2}};
    static const unsigned char segment[][2] = {{0, 4}, {4, 4}, {8, 8}, {16, 8}, {24, 8}, {32, 8}, {40, 8}, {48, 8}};
    const struct elf_header *elf = (const void *)image;
    size_t first = elf->phoff % IMAGE, count = elf->phnum == 0 ? 1 : elf->phnum;
    for (uint64_t changes = next(state) % 4 + 1; changes > 0; changes--)
    {
        uint64_t value = edge(state), choice = next(state) % 8;
        const unsigned char *field = choice < 2 ? header[next(state) % 17] : segment[next(state) % 8];
        size_t at = field[0] + (choice < 2 ? 0 : first + next(state) % count * 56);
        if (choice == 7)
            (at = next(state) % 1024, value = next(state));
        if (choice == 6 && next(state) % 2 == 0)
            image_size = next(state) % (image_size + 1);
        if (segment[1] == field)
            value = next(state) % 8;
        if (at + 8 < IMAGE)
            memcpy(image + at, &value, choice == 7 ? 1 : field[1]);
    }
}

static void make_script(uint64_t *state)
{
    static const char *const parts[] = {"#!", "/bin/fuzz.O2", " ", "/tmp/image", "\n", "\t", "/", "-x", "\r", "#"};
    image_size = 0;
    for (uint64_t count = next(state) % 12; count > 0; count--)
    {
        const char *part = count > 10 ? parts[0] : parts[next(state) % 10];
        for (uint64_t times = next(state) % 16 == 0 ? next(state) % 2000 : 1; times > 0 && image_size + strlen(part) < IMAGE; times--)
            (memcpy(image + image_size, part, strlen(part)), image_size += strlen(part));
    }
}

static _Noreturn void run_image(uint64_t seed, int number, const char *program)
{
    uint64_t state = seeded(seed, number);
    int file = open(program, O_RDONLY, 0);
    long size = read(file, image, IMAGE);
    image_size = size < 0 ? 0 : (size_t)size;
    close(file);
    if (next(&state) % 8 == 0)
        make_script(&state);
    else
        corrupt(&state);
    file = open("/tmp/image", O_RDWR | O_CREAT | O_TRUNC, 0777);
    write(file, image, image_size);
    close(file);
    ++*performed;
    char *arguments[] = {"image", NULL};
    execve("/tmp/image", arguments, next(&state) % 4 == 0 ? NULL : arguments + 1);
    exit(1);
}

// SIGNATURES, taken apart in place.
static void read_kinds(char *text)
{
    while (*text != 0)
    {
        long number = strtol10(text);
        while (*text >= '0' && *text <= '9')
            text++;
        if (number >= 0 && number < KINDS)
            kinds[number] = text;
        while (*text != 0 && *text != ' ')
            text++;
        if (*text == ' ')
            text++;
    }
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 0; // executed by itself
    static int by_signal[128];
    const char *what = argv[1];
    uint64_t seed = (uint64_t)strtol10(argv[2]);
    long children = strtol10(argv[3]), count = strtol10(argv[4]), exited = 0, signalled = 0, killed = 0, first = 0;
    performed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
    if (argc > 5)
        read_kinds(argv[5]);
    if (argc > 6)
        (verbose = true, first = strtol10(argv[6]));
    for (int number = (int)first; number < children; number++)
    {
        int status = 0, pid = fork();
        if (pid < 0)
            return 2;
        if (pid == 0)
        {
            if (strcmp(what, "calls") == 0)
                calls(seed, number, count);
            if (strcmp(what, "trace") == 0)
                trace(seed, number, count);
            if (strcmp(what, "code") == 0)
                code(seed, number, count);
            run_image(seed, number, argv[5]);
        }
        int found;
        for (int patience = 6; (found = patient_wait(pid, &status, 6)) == pid && (status & 0x7f) == 0x7f && patience > 0; patience--)
            kill(pid, SIGCONT);
        if (found != pid || (status & 0x7f) == 0x7f)
        {
            killed++;
            kill(-1, SIGKILL); // it may wait for a child of vfork(2), which no signal ends
            simple(SYS_ptrace, PT_KILL, pid, 0); // it may have asked to be traced, and stand
            wait4(pid, &status, 0, NULL);
        }
        else if (WIFEXITED(status))
            exited++;
        else
            (signalled++, by_signal[WTERMSIG(status)]++);
        kill(-1, SIGKILL); // what it left behind
        while (wait4(-1, &status, WNOHANG, NULL) > 0)
            ;
    }
    printf("%ld actions, %ld exited, %ld ended by a signal, %ld killed\n", *performed, exited, signalled, killed);
    for (int signal = 1; verbose && signal < 128; signal++)
        if (by_signal[signal] > 0)
            printf("signal %d: %d\n", signal, by_signal[signal]);
    return 0;
}
