// kernel.h: as much of a kernel as its sys_process.c needs to be compiled and called: structures, locks that lock nothing, two processes'
// memory. KV is the kernel: 5, 3 (DragonFly), 11, 13. What an effect would do is noted instead.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>
#include <sys/types.h>
#include <stdarg.h>
#define uintfptr_t uintptr_t
enum
{
    EPERM = 1,
    ESRCH = 3,
    EIO = 5,
    ENOENT = 2,
    ENOMEM = 12,
    EFAULT = 14,
    EBUSY = 16,
    EINVAL = 22,
    ENOSPC = 28,
    EAGAIN = 35,
    ENAMETOOLONG = 63
};
#define MACHDEP 999
typedef int lwpid_t;
typedef int boolean_t;
typedef unsigned long vm_offset_t, vm_pindex_t;
typedef int vm_prot_t;
#define PAGE_SIZE 4096
#define trunc_page(x) ((x) & ~4095UL)
static inline unsigned min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}
static inline int imin(int a, int b)
{
    return a < b ? a : b;
}
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define SSIZE_MAX 0x7fffffffffffffffL
#define PID_MAX 99999
#define _SIG_MAXSIG 128
enum
{
    SIGKILL = 9,
    SIGSTOP = 17,
    SIGCHLD = 20
};
// requests
enum
{
    PT_TRACE_ME = 0,
    PT_READ_I = 1,
    PT_READ_D = 2,
    PT_WRITE_I = 4,
    PT_WRITE_D = 5,
    PT_CONTINUE = 7,
    PT_KILL = 8,
    PT_STEP = 9,
    PT_ATTACH = 10,
    PT_DETACH = 11,
    PT_IO = 12
};
#define PT_GETREGS 33
#define PT_SETREGS 34
#define PT_GETFPREGS 35
#define PT_SETFPREGS 36
#define PT_GETDBREGS 37
#define PT_SETDBREGS 38
#if KV >= 11
enum
{
    PT_LWPINFO = 13,
    PT_GETNUMLWPS,
    PT_GETLWPLIST,
    PT_CLEARSTEP,
    PT_SETSTEP,
    PT_SUSPEND,
    PT_RESUME,
    PT_TO_SCE,
    PT_TO_SCX,
    PT_SYSCALL,
    PT_FOLLOW_FORK,
    PT_VM_TIMESTAMP = 40,
    PT_VM_ENTRY = 41,
    PT_FIRSTMACH = 64
};
#define __HAVE_PTRACE_MACHDEP
#endif
#if KV >= 13
enum
{
    PT_LWP_EVENTS = 24,
    PT_GET_EVENT_MASK,
    PT_SET_EVENT_MASK,
    PT_GET_SC_ARGS,
    PT_GET_SC_RET
};
#endif
enum
{
    PIOD_READ_D = 1,
    PIOD_WRITE_D,
    PIOD_READ_I,
    PIOD_WRITE_I
};
enum
{
    PTRACE_EXEC = 1,
    PTRACE_SCE = 2,
    PTRACE_SCX = 4,
    PTRACE_SYSCALL = 6,
    PTRACE_FORK = 8,
    PTRACE_LWP = 16,
    PTRACE_VFORK = 32,
    PTRACE_DEFAULT = 1
};
enum
{
    PL_EVENT_NONE,
    PL_EVENT_SIGNAL
};
enum
{
    PL_FLAG_SCE = 4,
    PL_FLAG_SCX = 8,
    PL_FLAG_EXEC = 16,
    PL_FLAG_SI = 32,
    PL_FLAG_FORKED = 64,
    PL_FLAG_CHILD = 128,
    PL_FLAG_BORN = 256,
    PL_FLAG_EXITED = 512,
    PL_FLAG_VFORKED = 1024,
    PL_FLAG_VFORK_DONE = 2048
};
enum
{
    TDB_SUSPEND = 1,
    TDB_XSIG = 2,
    TDB_USERWR = 4,
    TDB_SCE = 8,
    TDB_SCX = 16,
    TDB_EXEC = 32,
    TDB_FORK = 64,
    TDB_CHILD = 0x100,
    TDB_BORN = 0x200,
    TDB_EXIT = 0x400,
    TDB_VFORK = 0x800,
    TDB_FSTP = 0x1000
};
enum
{
    TDF_NEEDSUSPCHK = 1
};
enum
{
    P_SYSTEM = 0x200,
    P_TRACED = 0x800,
    P_WAITED = 0x1000,
    P_WEXIT = 0x2000,
    P_PPWAIT = 0x10,
    P_PPTRACE = 0x20,
    P_FOLLOWFORK = 8,
    P_STOPPED_SIG = 0x20000,
    P_STOPPED_TRACE = 0x40000,
    P_STOPPED_SINGLE = 0x80000,
    P_INEXEC = 0x4000000,
    P_INMEM = 1,
    PS_INMEM = 1,
    P_SUGID = 0x100
};
enum
{
    P2_PTRACE_FSTP = 0x10
};
#define P_SHOULDSTOP(p) ((p)->p_flag & (P_STOPPED_SIG | P_STOPPED_TRACE | P_STOPPED_SINGLE))
enum
{
    S_PT_SCE = 0x10000,
    S_PT_SCX = 0x20000,
    S_EXIT = 0x20
};
enum
{
    SSTOP = 4,
    SACTIVE = 2
};
enum
{
    PRIV_ROOT = 1,
    PWAIT = 1,
    PINTERLOCKED = 1
};
enum
{
    VM_PROT_READ = 1,
    VM_PROT_WRITE = 2,
    VM_PROT_EXECUTE = 4,
    VM_PROT_COPY = 8,
    VM_PROT_OVERRIDE_WRITE = 16
};
enum
{
    VM_FAULT_NORMAL = 0,
    VM_FAULT_DIRTY = 1,
    KERN_SUCCESS = 0,
    KERN_RESOURCE_SHORTAGE = 6
};
enum
{
    MAP_ENTRY_IS_SUB_MAP = 2,
    LK_SHARED = 1,
    LK_RETRY = 2,
    M_TEMP = 0,
    M_WAITOK = 0,
    PQ_ACTIVE = 1,
    MA_OWNED = 1,
    MA_NOTOWNED = 2,
    SX_XLOCKED = 1
};
#define VNOVAL (-1)
typedef struct
{
    uint32_t b[4];
} sigset_k;
typedef struct
{
    int si_signo, si_errno, si_code, si_pid;
    unsigned si_uid;
    int si_status;
    void *si_addr;
    long si_value;
    long r[5];
} siginfo_k;
struct ucred
{
    int cr_ruid, cr_uid;
};
struct reg
{
    long r[22];
};
struct fpreg
{
    char b[512];
};
struct dbreg
{
    long d[16];
};
struct ptrace_io_desc
{
    int piod_op;
    void *piod_offs;
    void *piod_addr;
    size_t piod_len;
};
struct ptrace_lwpinfo
{
    lwpid_t pl_lwpid;
    int pl_event, pl_flags;
    sigset_k pl_sigmask, pl_siglist;
    siginfo_k pl_siginfo;
    char pl_tdname[20];
    int pl_child_pid;
#if KV >= 13
    unsigned pl_syscall_code, pl_syscall_narg;
#endif
};
struct ptrace_vm_entry
{
    int pve_entry, pve_timestamp;
    unsigned long pve_start, pve_end, pve_offset;
    unsigned pve_prot, pve_pathlen;
    long pve_fileid;
    uint32_t pve_fsid;
    char *pve_path;
};
struct ptrace_sc_ret
{
    long sr_retval[2];
    int sr_error;
};
struct sysent
{
    int sy_narg;
};
struct vm_page
{
    unsigned char *data;
};
typedef struct vm_page *vm_page_t;
struct vm_object
{
    struct vm_object *backing_object;
    unsigned long backing_object_offset;
    struct vnode *vnode;
};
typedef struct vm_object *vm_object_t;
typedef struct vm_map_entry
{
    unsigned long start, end, offset;
    int protection, eflags;
    union
    {
        vm_object_t vm_object;
    } object;
    struct vm_map_entry *next;
} * vm_map_entry_t;
typedef struct vm_map
{
    struct vm_map_entry header;
    int timestamp;
} * vm_map_t;
struct vmspace
{
    int vm_refcnt;
    struct vm_map vm_map;
};
struct vattr
{
    long va_fileid;
    int va_fsid;
};
typedef struct
{
    int pending_stop;
} sigqueue_k;
struct proc;
struct thread
{
    struct proc *td_proc;
    long td_retval[2];
    lwpid_t td_tid;
    int td_dbgflags, td_flags, td_xsig;
    struct
    {
        int ksi_signo;
        siginfo_k ksi_info;
    } td_dbgksi;
    siginfo_k td_si;
    sigset_k td_sigmask, td_siglist;
    char td_name[20];
    struct
    {
        long args[8];
        unsigned code;
        struct sysent *callp;
    } td_sa;
    int td_errno;
    struct ucred *td_ucred;
    int td_dbg_forked;
    sigqueue_k td_sigqueue;
    struct thread *next;
};
struct lwp
{
    struct proc *lwp_proc;
};
struct proc
{
    int p_pid, p_flag, p_flag2, p_flags, p_sflag, p_stat, p_oppid, p_xstat, p_xsig, p_stops, p_step, p_stype, p_mtx, p_lock, p_numthreads,
        p_suspcount, p_ptevents, p_sigparent, p_token, p_spin;
    struct proc *p_pptr, *realparent;
    void *p_ksi;
    struct thread *p_xthread;
    struct thread *threads;
    struct vmspace *p_vmspace;
    sigqueue_k p_sigqueue;
    struct ucred *p_ucred;
    struct lwp lwp;
    int deny;
};
#define FIRST_THREAD_IN_PROC(p) ((p)->threads)
#define FOREACH_THREAD_IN_PROC(p, t) for (t = (p)->threads; t; t = t->next)
#define FIRST_LWP_IN_PROC(p) (&(p)->lwp)
#define PROC_LOCK(p) (void)(p)
#define PROC_UNLOCK(p) (void)(p)
#define PROC_SLOCK(p) (void)(p)
#define PROC_SUNLOCK(p) (void)(p)
#define PROC_LOCK_ASSERT(p, x) (void)0
#define PROC_ASSERT_HELD(p) (void)0
#define KASSERT(a, b)                                                                                                                      \
    do                                                                                                                                     \
    {                                                                                                                                      \
        if (!(a))                                                                                                                          \
            note("KASSERT");                                                                                                               \
    } while (0)
#define MPASS(a)                                                                                                                           \
    do                                                                                                                                     \
    {                                                                                                                                      \
        if (!(a))                                                                                                                          \
            note("MPASS(" #a ")");                                                                                                         \
    } while (0)
#define GIANT_REQUIRED
#define sx_assert(a, b)
#define sx_xlock(x) (void)0
#define sx_xunlock(x) (void)0
#define mtx_lock(x) (void)0
#define mtx_unlock(x) (void)0
#define mtx_lock_spin(x)
#define mtx_unlock_spin(x)
#define thread_lock(x)
#define thread_unlock(x)
#define _PHOLD(p) (void)0
#define _PRELE(p) (void)0
#define PHOLD(p)
#define PRELE(p)
#define LWPHOLD(p)
#define LWPRELE(p)
#define lwkt_gettoken(x)
#define lwkt_reltoken(x)
#define crit_enter()
#define crit_exit()
#define spin_lock(x)
#define spin_unlock(x)
#define tsleep_interlock(a, b)
#define AUDIT_ARG_PID(x)
#define AUDIT_ARG_CMD(x)
#define AUDIT_ARG_VALUE(x)
#define AUDIT_ARG_PROCESS(x)
#define CTR1(...)
#define CTR2(...)
#define CTR3(...)
#define CTR4(...)
#define CTR5(...)
#define CTR6(...)
#define VM_OBJECT_LOCK(x) (void)0
#define VM_OBJECT_UNLOCK(x) (void)0
#define VM_OBJECT_RLOCK(x) (void)0
#define VM_OBJECT_RUNLOCK(x) (void)0
#define vm_page_lock(m)
#define vm_page_unlock(m)
#define vm_page_unhold(m)
#define vm_page_unwire(m, q) (void)0
#define vm_page_wire(m) (void)0
#define vm_page_lock_queues()
#define vm_page_unlock_queues()
#define vm_object_reference(o)
#define vm_object_deallocate(o)
#define vm_map_lookup_done(a, b)
#define vm_map_lock_read(m)
#define vm_map_unlock_read(m)
#define vm_sync_icache(a, b, c)
#define vm_map_check_protection(a, b, c, d) 0
#define OFF_TO_IDX(x) ((x) >> 12)
#define VM_MAP_ENTRY_FOREACH(e, m) for (e = (m)->header.next; e != &(m)->header; e = e->next)
#define vmspace_free(v)
#define vref(v)
#define vput(v)
#define vn_lock(a, b)
#define SV_ILP32 1
static char notes[512];
static void note(const char *f, ...)
{
    va_list a;
    va_start(a, f);
    size_t n = strlen(notes);
    if (n < 400)
    {
        notes[n++] = ' ';
        vsnprintf(notes + n, sizeof notes - n, f, a);
    }
    va_end(a);
}
static struct proc *initproc;
static struct proc *curproc_;
static struct thread *curthread_;
#define curproc curproc_
#define curthread curthread_
static int securelevel, Giant, sched_lock, proctree_lock, kernel_map_;
#define kernel_map 0
// memory: two copies of the pages, the caller's and the target's
struct page
{
    unsigned long at;
    int prot, max;
    unsigned char user[4096], target[4096];
};
static struct page pages[4];
static struct page *page_at(unsigned long a)
{
    for (int i = 0; i < 4; i++)
        if (pages[i].at && pages[i].at == trunc_page(a))
            return &pages[i];
    return NULL;
}
static int copyin(const void *u, void *k, size_t n)
{
    unsigned long a = (unsigned long)u;
    for (size_t i = 0; i < n; i++, a++)
    {
        struct page *p = page_at(a);
        if (!p || !(p->prot & 1))
            return EFAULT;
        ((unsigned char *)k)[i] = p->user[a & 4095];
    }
    return 0;
}
static int copyout(const void *k, void *u, size_t n)
{
    unsigned long a = (unsigned long)u;
    for (size_t i = 0; i < n; i++, a++)
    {
        struct page *p = page_at(a);
        if (!p || !(p->prot & 2))
            return EFAULT;
        p->user[a & 4095] = ((unsigned char *)k)[i];
    }
    return 0;
}
#define UIO_READ 0
#define UIO_WRITE 1
enum uio_rw
{
    UR,
    UW
};
enum
{
    UIO_USERSPACE,
    UIO_SYSSPACE
};
struct iovec
{
    void *iov_base;
    size_t iov_len;
};
struct uio
{
    struct iovec *uio_iov;
    int uio_iovcnt;
    long uio_offset;
#if KV == 5
    int uio_resid;
#elif KV == 3
    size_t uio_resid;
#else
    ssize_t uio_resid;
#endif
    int uio_segflg;
    int uio_rw;
    void *uio_td;
};
static int move(unsigned char *k, size_t n, struct uio *u)
{
    while (n > 0 && u->uio_resid)
    {
        size_t c = u->uio_iov->iov_len;
        if (c > n)
            c = n;
        if (c == 0)
            return 0;
        int e = 0;
        size_t done = c;
        if (u->uio_segflg == UIO_SYSSPACE)
        {
            if (u->uio_rw == UIO_READ)
                memcpy(u->uio_iov->iov_base, k, c);
            else
                memcpy(k, u->uio_iov->iov_base, c);
        }
        else
            for (size_t i = 0; i < c; i++)
            {
                e = u->uio_rw == UIO_READ ? copyout(k + i, (char *)u->uio_iov->iov_base + i, 1)
                                          : copyin((char *)u->uio_iov->iov_base + i, k + i, 1);
                if (e)
                    return e;
            }
        u->uio_iov->iov_base = (char *)u->uio_iov->iov_base + done;
        u->uio_iov->iov_len -= done;
        u->uio_resid -= done;
        u->uio_offset += done;
        n -= done;
        k += done;
    }
    return 0;
}
static struct vm_page cur;
static int may(unsigned long a, int req)
{
    struct page *p = page_at(a);
    if (!p)
        return 5;
    if (req & VM_PROT_OVERRIDE_WRITE)
    {
        int want = req & (VM_PROT_READ | VM_PROT_WRITE);
        if ((p->max & want) != want)
            return 2;
    }
    else if (req & VM_PROT_COPY)
    {
        if (!(p->prot & 1))
            return 2;
    }
    else if ((p->prot & req & 7) != (req & 7))
        return 2;
    cur.data = p->target;
    return 0;
}
#if KV == 5
#define kmem_alloc_pageable(a, b) 0
#define kmem_free(a, b, c)
#define vm_fault(map, pg, req, fl) may(pg, req)
static struct vm_object theobj;
#define vm_map_lookup(tm, pg, req, oe, ob, pi, op, wi) (*(ob) = &theobj, (void)(oe), (void)(pi), (void)(op), (void)(wi), may(pg, req))
#define vm_page_lookup(o, pi) ((void)(pi), &cur)
static unsigned char *qpage;
#define pmap_qenter(kva, m, n) (qpage = (*(m))->data)
#define pmap_qremove(a, b)
#define uiomove(k, n, u) move(qpage + (size_t)(k), n, u)
#define vm_map_lookup_done_
#elif KV >= 11
static int vm_fault_hold(vm_map_t m, unsigned long pg, int req, int fl, vm_page_t *out)
{
    int e = may(pg, req);
    *out = &cur;
    return e;
}
#define vm_fault vm_fault_hold
#define uiomove_fromphys(m, off, n, u) move((*(m))->data + (off), n, u)
#endif
// locating
static struct proc procs[12];
static struct thread threads[12];
static struct vmspace vms;
static struct ucred rootcred;

static int nprocs;
static struct proc *pfind(int pid)
{
    for (int i = 0; i < nprocs; i++)
        if (procs[i].p_pid == pid && !procs[i].deny)
            return &procs[i];
    return NULL;
}
static struct thread *tdfind(int tid, int pid)
{
    for (int i = 0; i < nprocs; i++)
        for (struct thread *t = procs[i].threads; t && !procs[i].deny; t = t->next)
            if (t->td_tid == tid)
                return t;
    return NULL;
}
static int p_cansee(struct thread *td, struct proc *p)
{
    return 0;
}
static int p_candebug(struct thread *td, struct proc *p)
{
    if (td->td_proc == p)
        return 0;
    if (p->p_flag & P_SYSTEM)
        return EPERM;
    if (p->p_flag & P_INEXEC)
        return KV == 5 ? EAGAIN : EBUSY;
    return 0;
}
#define PRISON_CHECK(a, b) 1
static int priv_check_cred(struct ucred *c, int a, int b)
{
    return c->cr_uid ? EPERM : 0;
}
// effects
static int ptrace_single_step(void *t)
{
    note("step");
    return 0;
}
static int ptrace_clear_single_step(void *t)
{
    note("clearstep");
    return 0;
}
static int ptrace_set_pc(void *t, unsigned long pc)
{
    note("pc=%lx", pc);
    return 0;
}
static void psignal(struct proc *p, int s)
{
    note("signal=%d", s);
}
#define kern_psignal psignal
#define ksignal psignal
static void thread_unsuspend(struct proc *p)
{
    note("unsuspend");
    p->p_suspcount = 0;
}
#define setrunnable(t) (void)(t)
static void proc_unstop(struct proc *p, int s)
{
    note("unstop");
    p->p_stat = SACTIVE;
}
#if KV >= 13
static void proc_reparent(struct proc *p, struct proc *pp, bool set)
{
    if (p->p_pptr != pp)
        note("parent=%d", pp->p_pid);
    p->p_pptr = pp;
}
#else
static void proc_reparent(struct proc *p, struct proc *pp)
{
    note("parent=%d", pp->p_pid);
    p->p_pptr = pp;
}
#endif
static struct proc *proc_realparent(struct proc *p)
{
    return p->realparent ? p->realparent : initproc;
}
#define sigqueue_take(k) (void)(k)
#define sigqueue_delete(q, s) ((q)->pending_stop = 0)
static void proc_wkilled(struct proc *p)
{
    note("wkilled");
}
#define wakeup(x)
#define msleep(...)
#define tsleep(...)
static int fill_regs(struct thread *t, struct reg *r)
{
    return 0;
}
static int set_regs(struct thread *t, struct reg *r)
{
    return 0;
}
static int fill_fpregs(struct thread *t, struct fpreg *r)
{
    return 0;
}
static int set_fpregs(struct thread *t, struct fpreg *r)
{
    return 0;
}
static int fill_dbregs(struct thread *t, struct dbreg *r)
{
    return 0;
}
static int set_dbregs(struct thread *t, struct dbreg *r)
{
    return 0;
}
static int cpu_ptrace(struct thread *t, int r, void *a, int d)
{
    return MACHDEP;
}
#define bzero(p, n) memset(p, 0, n)
#define bcopy(a, b, n) memmove(b, a, n)
#define malloc(n, t, f) (malloc)(n)
#define free(p, t) (free)(p)
static struct vmspace *vmspace_acquire_ref(struct proc *p)
{
    return &vms;
}
#define vm_object_vnode(o) ((o)->vnode)
struct vnode
{
    const char *path;
};
#if KV >= 13
static void vn_fullpath(struct vnode *v, char **f, char **fr)
{
    *f = (char *)v->path;
}
#else
static void vn_fullpath(struct thread *td, struct vnode *v, char **f, char **fr)
{
    *f = (char *)v->path;
}
#endif
static int VOP_GETATTR(struct vnode *v, struct vattr *a, struct ucred *c)
{
    a->va_fileid = 77;
    a->va_fsid = 88;
    return 0;
}
#if KV == 3
struct ptrace_args
{
    int req;
    pid_t pid;
    caddr_t addr;
    int data;
    int sysmsg_result;
};
#define procfs_validregs(l) 1
#define procfs_validfpregs(l) 1
#define procfs_validdbregs(l) 1
static int procfs_doregs(struct proc *c, struct lwp *l, void *x, struct uio *u)
{
    return 0;
}
#define procfs_dofpregs procfs_doregs
#define procfs_dodbregs procfs_doregs
static int procfs_domem(struct proc *c, struct lwp *l, void *x, struct uio *u)
{
    if (u->uio_resid == 0)
        return 0;
    int e = 0;
    do
    {
        unsigned long a = u->uio_offset;
        size_t n = 4096 - (a & 4095);
        if (n > u->uio_resid)
            n = u->uio_resid;
        if (may(a, u->uio_rw == UIO_WRITE ? VM_PROT_READ | VM_PROT_WRITE | VM_PROT_OVERRIDE_WRITE : VM_PROT_READ))
            return EFAULT;
        e = move(cur.data + (a & 4095), n, u);
    } while (!e && u->uio_resid);
    return e;
}
#endif
