// family.h: process descriptors, reapers and more than one thread, for cases about whose child a traced process is.
#pragma once
#include "case.h"

enum { SYS_rfork = 251, SYS_pdfork = 518, SYS_pdkill = 519, SYS_pdgetpid = 520, SYS_procctl = 544, SYS_wait6 = 532 };
enum { PD_DAEMON = 1, PD_CLOEXEC = 2 };
enum { P_PID = 0, P_PGID = 2, P_ALL = 7 };
enum { PROC_REAP_ACQUIRE = 2 };

static inline int pdfork(int *descriptor, int flags) { return (int)call4(SYS_pdfork, (long)descriptor, flags, 0, 0); }
static inline int procctl(int id_type, long id, int command, void *data)
{
    return (int)call4(SYS_procctl, id_type, id, command, (long)data);
}

// Descendants whose parents exit become children of this process.
static inline void become_reaper(void) { CHECK_EQUAL(procctl(P_PID, 0, PROC_REAP_ACQUIRE, NULL), 0); }

// The kernel's release, as the auxiliary vector tells it.
static inline bool is_freebsd_14(void) { return auxiliary(18, 0) >= 1400000; }
