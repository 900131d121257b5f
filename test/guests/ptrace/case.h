// case.h: what the tracing cases share. A case is a program that forks a child, debugs it and checks each thing it is told;
// it prints nothing and exits with 0 when everything holds.
#pragma once
#include "../runtime/runtime.h"

enum
{
    SYS_ptrace = 26, SYS_vfork = 66, SYS_thr_exit = 431, SYS_thr_new = 455, SYS_sched_yield = 331,
    SYS_pipe2 = 542, SYS_kqueue = 362, SYS_kevent = 560,
};
enum { EBADF = 9, ECHILD = 10 };
enum { SIGINFO = 29, WNOHANG = 1, WUNTRACED = 2, PENDING_LIMIT = 128 };
enum { TRAP_TRACE = 2 };

enum
{
    PT_TRACE_ME = 0, PT_CONTINUE = 7, PT_KILL = 8, PT_STEP = 9, PT_ATTACH = 10, PT_DETACH = 11, PT_LWPINFO = 13, PT_SUSPEND = 18,
    PT_RESUME = 19, PT_TO_SCE = 20,
    PT_TO_SCX = 21, PT_SYSCALL = 22, PT_FOLLOW_FORK = 23, PT_LWP_EVENTS = 24, PT_GET_EVENT_MASK = 25, PT_SET_EVENT_MASK = 26,
    PT_GET_SC_ARGS = 27, PT_GET_SC_RET = 28,
};
enum { PTRACE_EXEC = 1, PTRACE_SCE = 2, PTRACE_SCX = 4, PTRACE_FORK = 8, PTRACE_LWP = 0x10, PTRACE_VFORK = 0x20 };
enum
{
    PL_EVENT_SIGNAL = 1, PL_FLAG_SCE = 4, PL_FLAG_SCX = 8, PL_FLAG_EXEC = 0x10, PL_FLAG_SI = 0x20, PL_FLAG_FORKED = 0x40,
    PL_FLAG_CHILD = 0x80, PL_FLAG_BORN = 0x100, PL_FLAG_EXITED = 0x200, PL_FLAG_VFORKED = 0x400, PL_FLAG_VFORK_DONE = 0x800,
};

struct ptrace_lwpinfo
{
    int pl_lwpid, pl_event, pl_flags;
    sigset_t pl_sigmask, pl_siglist;
    siginfo_t pl_siginfo;
    char pl_tdname[20];
    int pl_child_pid;
    unsigned pl_syscall_code, pl_syscall_narg;
};
_Static_assert(sizeof(struct ptrace_lwpinfo) == 160 && offsetof(struct ptrace_lwpinfo, pl_syscall_code) == 152, "ptrace_lwpinfo");

struct ptrace_sc_ret
{
    long sr_retval[2];
    int sr_error;
};

struct thr_param
{
    void (*start)(void *);
    void *argument;
    char *stack_base;
    size_t stack_size;
    char *tls_base;
    size_t tls_size;
    long *child_tid, *parent_tid;
    int flags;
    void *rtp;
    void *spare[3];
};
_Static_assert(sizeof(struct thr_param) == 104, "thr_param");

#define WIFSTOPPED(status) (((status) & 0xff) == 0x7f)
#define WSTOPSIG(status) (((status) >> 8) & 0xff)
#define WIFSIGNALED(status) (!WIFEXITED(status) && !WIFSTOPPED(status) && (status) != 0x13)

// Ends the program with a line that says what did not hold.
#define CHECK(condition) ((condition) ? (void)0 : failed(#condition, __FILE__, __LINE__))
#define CHECK_EQUAL(actual, expected) check_equal((long)(actual), (long)(expected), #actual, __FILE__, __LINE__)

_Noreturn static inline void failed(const char *what, const char *file, int line)
{
    dprintf(2, "%s:%d: pid %d: %s, errno %d\n", file, line, getpid(), what, errno);
    exit(99);
}

static inline void check_equal(long actual, long expected, const char *what, const char *file, int line)
{
    if (actual == expected)
        return;
    dprintf(2, "%s:%d: pid %d: %s is %ld, not %ld, errno %d\n", file, line, getpid(), what, actual, expected, errno);
    exit(99);
}

static inline long call4(long number, long a, long b, long c, long d)
{
    long result = system_call(number, a, b, c, d, 0, 0);
    if (result >= 0 || result < -4095)
        return result;
    errno = (int)-result;
    return -1;
}

static inline int ptrace(int request, int pid, void *address, int data)
{
    return (int)call4(SYS_ptrace, request, pid, (long)address, data);
}

// Two ends, for processes to wait for each other.
static inline void make_pipe(int ends[2]) { CHECK_EQUAL(call4(SYS_pipe2, (long)ends, 0, 0, 0), 0); }

// In the child: is traced by its parent from here on, and stops.
static inline void trace_me(void)
{
    CHECK_EQUAL(ptrace(PT_TRACE_ME, 0, NULL, 0), 0);
    raise(SIGSTOP);
}

static inline int wait_for(int pid)
{
    int status = -1;
    int waited = wait4(pid, &status, 0, NULL);
    CHECK(waited > 0 && (pid == -1 || waited == pid));
    return status;
}

#define EXPECT_STOP(pid, signal) CHECK_EQUAL(wait_for(pid), (signal) << 8 | 0x7f)
#define EXPECT_EXIT(pid, code) CHECK_EQUAL(wait_for(pid), (code) << 8)
#define EXPECT_KILLED(pid, signal) CHECK_EQUAL(wait_for(pid) & ~0x80, signal)

static inline void expect_no_more_children(void)
{
    errno = 0;
    CHECK_EQUAL(wait4(-1, NULL, 0, NULL), -1);
    CHECK_EQUAL(errno, ECHILD);
}

static inline void attach(int pid)
{
    CHECK_EQUAL(ptrace(PT_ATTACH, pid, NULL, 0), 0);
    EXPECT_STOP(pid, SIGSTOP);
}

#define RESUME(pid, signal) CHECK_EQUAL(ptrace(PT_CONTINUE, pid, (void *)1, signal), 0)

static inline struct ptrace_lwpinfo lwpinfo(int pid)
{
    // FreeBSD 11's structure has no room for the system call.
    struct ptrace_lwpinfo info = {0};
    if (ptrace(PT_LWPINFO, pid, &info, sizeof info) != 0)
        CHECK_EQUAL(ptrace(PT_LWPINFO, pid, &info, offsetof(struct ptrace_lwpinfo, pl_syscall_code)), 0);
    CHECK_EQUAL(info.pl_event, PL_EVENT_SIGNAL);
    return info;
}

static inline void set_events(int pid, int events)
{
    CHECK_EQUAL(ptrace(PT_SET_EVENT_MASK, pid, &events, sizeof events), 0);
}

static inline int get_events(int pid)
{
    int events = -1;
    CHECK_EQUAL(ptrace(PT_GET_EVENT_MASK, pid, &events, sizeof events), 0);
    return events;
}

static inline void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    CHECK_EQUAL(sigaction(signal, &action, NULL), 0);
}

static inline void block(int signal)
{
    sigset_t set = signal_set(signal);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

static inline void unblock(int signal)
{
    sigset_t set = signal_set(signal);
    CHECK_EQUAL(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

// A new thread with a stack of its own. It must end by thread_exit.
static inline void start_thread(void (*start)(void *))
{
    enum { STACK = 65536 };
    long tid, parent_tid;
    struct thr_param parameters = {
        .start = start, .stack_base = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0), .stack_size = STACK,
        .child_tid = &tid, .parent_tid = &parent_tid,
    };
    CHECK(parameters.stack_base != MAP_FAILED);
    CHECK_EQUAL(call4(SYS_thr_new, (long)&parameters, sizeof parameters, 0, 0), 0);
}

static inline void thread_exit(void) { call4(SYS_thr_exit, 0, 0, 0, 0); }
static inline void yield(void) { call4(SYS_sched_yield, 0, 0, 0, 0); }
static inline int vfork_exiting_with(int code)
{
    // vfork shares the stack with its child: the child must not return from here.
    int child = (int)call4(SYS_vfork, 0, 0, 0, 0);
    if (child == 0)
        exit(code);
    return child;
}
