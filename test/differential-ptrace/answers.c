// answers.c: what a kernel's own kern_ptrace answers, by state of the target, request, address and data. kernel.h is the kernel around it;
// SEED is the file that holds sys_process.c, KV the kernel: 5, 3 (DragonFly), 11 or 13. scripts/differential-ptrace.sh builds and runs it.
#include "kernel.h"
#include SEED
#undef malloc
#undef free

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { GOOD = 0x10000000, NOWHERE = 0x10100000 };

static const int requests[] = {-1, 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
                               23, 24, 25, 26, 27, 28, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 45, 63, 64, 1000};
// NULL, "the pc stays", memory that caller and target have, memory that neither has
static const unsigned long addresses[] = {0, 1, GOOD, NOWHERE};
static const int datas[] = {-2147483647 - 1, -1, 0, 1, 4, 128, 129, 152, 160, 161, 2147483647};

static const char *const states[] = {"no-such-process", "negative-pid", "process-0", "no-such-thread", "self",       "self-by-thread", "untraced",
                                     "job-control-stop", "running",     "not-waited-for", "stopped",   "resumed",    "stopped-by-thread",
                                     "traced-by-another", "running-for-another", "zombie", "init",     "exiting",    "in-execve",
                                     "single-threading", "traced-and-single-threading", "system-call-entry", "self-traced",
                                     "own-debugger",     "parent"};

static struct proc *caller, *target, *parent, *other;
static struct sysent three_arguments = {3};

static void fresh(void)
{
    static const int pids[] = {0, 1, 50, 100, 200, 300};
    memset(procs, 0, sizeof procs);
    memset(threads, 0, sizeof threads);
    notes[0] = 0;
    nprocs = 0;
    securelevel = -1;
    pages[0] = (struct page){GOOD, 3, 7};
    memset(pages[0].user, 0x22, sizeof pages[0].user);
    memset(pages[0].target, 0x22, sizeof pages[0].target);
    for (int i = 0; i < COUNT(pids); i++)
    {
        struct proc *process = &procs[nprocs++];
        struct thread *thread = &threads[i];
        *process = (struct proc){.p_pid = pids[i], .threads = thread, .p_numthreads = 1, .p_flag = P_INMEM, .p_sflag = PS_INMEM, .p_stat = SACTIVE,
                                 .p_vmspace = &vms, .p_ucred = &rootcred, .p_sigparent = SIGCHLD, .lwp.lwp_proc = process};
        thread->td_proc = process;
        thread->td_tid = 100000 + pids[i];
        thread->td_sa.callp = &three_arguments;
    }
    vms.vm_refcnt = 1;
    vms.vm_map.header.next = &vms.vm_map.header;
    initproc = &procs[1], parent = &procs[2], caller = &procs[3], target = &procs[4], other = &procs[5];
    procs[0].p_flags = procs[0].p_flag |= P_SYSTEM;
    initproc->p_flags = initproc->p_flag |= P_SYSTEM;
    initproc->p_pptr = &procs[0], parent->p_pptr = initproc, caller->p_pptr = parent, target->p_pptr = other, other->p_pptr = initproc;
    for (int i = 2; i < COUNT(pids); i++)
        procs[i].p_oppid = KV < 13 ? 0 : procs[i].p_pptr->p_pid;
    curproc_ = caller;
    curthread_ = caller->threads;
}

static void flag(struct proc *process, int flags)
{
    process->p_flag |= flags;
    process->p_flags |= flags;
}

static void trace(struct proc *process, struct proc *debugger)
{
    flag(process, P_TRACED);
    process->p_oppid = process->p_pptr->p_pid;
    process->realparent = process->p_pptr;
    process->p_pptr = debugger;
    process->p_ptevents = 1;
}

static void stop(struct proc *process, int traced, int waited)
{
    flag(process, P_STOPPED_SIG | (traced ? P_STOPPED_TRACE : 0) | (waited ? P_WAITED : 0));
    process->p_stat = SSTOP;
    process->p_suspcount = process->p_numthreads;
    if (!traced)
        return;
    process->p_xthread = process->threads;
    process->threads->td_dbgflags |= TDB_XSIG;
}

// Returns the pid to ask for; -1 when the kernel has no such state.
static int reach(const char *state)
{
#define IS(name) (strcmp(state, name) == 0)
    fresh();
    if (IS("no-such-process")) return 98765;
    if (IS("negative-pid")) return -5;
    if (IS("process-0")) return 0;
    if (IS("no-such-thread")) return 198765;
    if (IS("self")) return 100;
    if (IS("self-by-thread")) return 100100;
    if (IS("init")) return 1;
    if (IS("parent")) return 50;
    if (IS("self-traced") || IS("own-debugger"))
    {
        flag(caller, P_TRACED);
        return IS("self-traced") ? 100 : 50;
    }
    if (IS("job-control-stop")) stop(target, 0, 1);
    if (IS("running")) trace(target, caller);
    if (IS("not-waited-for")) trace(target, caller), stop(target, 1, 0);
    if (IS("stopped") || IS("stopped-by-thread")) trace(target, caller), stop(target, 1, 1);
    if (IS("resumed"))
    {
        trace(target, caller);
        if (KV < 11) flag(target, P_WAITED);
    }
    if (IS("traced-by-another")) trace(target, parent), stop(target, 1, 1);
    if (IS("running-for-another")) trace(target, parent);
    if (IS("zombie")) target->deny = 1;
    if (IS("exiting")) flag(target, P_WEXIT);
    if (IS("in-execve")) flag(target, P_INEXEC);
    if (IS("single-threading")) flag(target, P_STOPPED_SINGLE);
    if (IS("traced-and-single-threading")) trace(target, caller), flag(target, P_STOPPED_SINGLE | P_WAITED);
    if (IS("system-call-entry"))
    {
        if (KV < 11) return -1;
        trace(target, caller), stop(target, 1, 1);
        target->threads->td_dbgflags |= TDB_SCE;
    }
    return IS("stopped-by-thread") ? 100200 : 200;
#undef IS
}

static int call(int request, int pid, unsigned long address, int data, long *result)
{
#if KV == 3
    struct ptrace_args arguments = {request, pid, (caddr_t)address, data, 0};
    int error = sys_ptrace(&arguments);
    *result = arguments.sysmsg_result;
#else
    struct ptrace_args arguments = {request, pid, (caddr_t)address, data};
    caller->threads->td_retval[0] = 0;
#if KV == 5
    int error = ptrace(caller->threads, &arguments);
#else
    int error = sys_ptrace(caller->threads, &arguments);
#endif
    *result = caller->threads->td_retval[0];
#endif
    return error;
}

// Structures whose contents matter are tried elsewhere; the registers of a machine are not this file's.
static int is_left_out(int request, unsigned long address)
{
    return address == GOOD && (request == 12 || request == 34 || request == 36 || request == 38 || (KV >= 11 && request == 41));
}

static int moves(int request)
{
    return (request >= 7 && request <= 11) || (KV >= 11 && request >= 20 && request <= 22);
}

// An error's number; or ok, with the count of threads, or after a request that moves the target with what PT_GETREGS says then, and whose
// child the target is.
static void answer(const char *state, int request, unsigned long address, int data, char *text)
{
    int pid = reach(state);
    long result = 0;
    int error = call(request, pid, address, data, &result);
    if (is_left_out(request, address) || error == MACHDEP) strcpy(text, "-");
    else if (error != 0) sprintf(text, "%d", error);
    else if (request == 14 || request == 15) sprintf(text, "ok%ld", result);
    else if (!moves(request)) strcpy(text, "ok");
    else
    {
        struct proc *now = pid <= PID_MAX ? pfind(pid) : target;
        int registers = call(33, pid, GOOD, 0, &result);
        sprintf(text, "ok,%d,%s", registers, now->p_pptr == caller ? "debugger" : now->p_pptr == other ? "parent" : "another");
    }
}

// One line for all requests that answer alike: data by data for each address, or once where data does not matter.
static void describe(const char *state, int request, char *line)
{
    *line = 0;
    for (int a = 0; a < COUNT(addresses); a++)
    {
        char texts[COUNT(datas)][32];
        int same = 1;
        for (int d = 0; d < COUNT(datas); d++)
        {
            answer(state, request, addresses[a], datas[d], texts[d]);
            same &= strcmp(texts[d], texts[0]) == 0;
        }
        strcat(line, a ? " | " : "");
        for (int d = 0; d < (same ? 1 : COUNT(datas)); d++)
            strcat(strcat(line, d ? " " : ""), texts[d]);
    }
}

int main(void)
{
    static char lines[COUNT(requests)][4096];
    for (int s = 0; s < COUNT(states); s++)
    {
        if (reach(states[s]) == -1) continue;
        for (int r = 0; r < COUNT(requests); r++)
            describe(states[s], requests[r], lines[r]);
        for (int r = 0; r < COUNT(requests); r++)
        {
            if (*lines[r] == 0) continue;
            printf("%s", states[s]);
            for (int other_r = r; other_r < COUNT(requests); other_r++)
            {
                if (strcmp(lines[other_r], lines[r]) != 0) continue;
                printf("%c%d", other_r == r ? ' ' : ',', requests[other_r]);
                if (other_r != r) *lines[other_r] = 0;
            }
            printf(": %s\n", lines[r]);
        }
    }
    return 0;
}
