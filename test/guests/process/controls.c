// controls.c: what else a process may ask for by procctl: no debugger, a signal when its parent exits, and settings that it inherits.
#include "process.h"

enum
{
    PROC_SPROTECT = 1, PROC_TRACE_CTL = 7, PROC_TRACE_STATUS = 8, PROC_TRAPCAP_CTL = 9, PROC_TRAPCAP_STATUS = 10,
    PROC_PDEATHSIG_CTL = 11, PROC_PDEATHSIG_STATUS = 12, PROC_ASLR_CTL = 13, PROC_ASLR_STATUS = 14, PROC_PROTMAX_CTL = 15,
    PROC_PROTMAX_STATUS = 16, PROC_STACKGAP_CTL = 17, PROC_STACKGAP_STATUS = 18, PROC_NO_NEW_PRIVS_CTL = 19, PROC_NO_NEW_PRIVS_STATUS = 20,
};
enum { ENABLE = 1, DISABLE = 2, DISABLE_EXEC = 3, NOFORCE = 3, SIG_OF_DEATH = SIGUSR1 };

static int get(int command)
{
    int value = 77;
    CHECK_EQUAL(procctl(P_PID, 0, command, &value), 0);
    return value;
}

static int set(int command, int value) { return procctl(P_PID, 0, command, &value); }

static void check_tracing(void)
{
    CHECK_EQUAL(get(PROC_TRACE_STATUS), 0);
    EXPECT_ERROR(set(PROC_TRACE_CTL, 4), EINVAL);
    CHECK_EQUAL(set(PROC_TRACE_CTL, DISABLE), 0);
    CHECK_EQUAL(get(PROC_TRACE_STATUS), -1);
    struct gate gate = make_gate();
    int child = fork();
    if (child == 0)
    {
        // Inherited; and nobody of the same user may attach, nor switch it on for another.
        CHECK_EQUAL(get(PROC_TRACE_STATUS), -1);
        EXPECT_ERROR(ptrace(PT_ATTACH, getppid(), NULL, 0), EPERM);
        CHECK_EQUAL(set(PROC_TRACE_CTL, ENABLE), 0);
        open_gate(gate);
        sleep_for_ever();
    }
    pass_gate(gate);
    int enable = ENABLE, status;
    EXPECT_ERROR(procctl(P_PID, child, PROC_TRACE_CTL, &enable), EPERM);
    attach(child);
    EXPECT_ERROR(procctl(P_PID, child, PROC_TRACE_CTL, &enable), EBUSY);
    CHECK_EQUAL(procctl(P_PID, child, PROC_TRACE_STATUS, &status), 0);
    CHECK_EQUAL(status, getpid());
    CHECK_EQUAL(ptrace(PT_KILL, child, NULL, 0), 0);
    EXPECT_KILLED(child, SIGKILL);
    CHECK_EQUAL(set(PROC_TRACE_CTL, DISABLE_EXEC), 0);
    CHECK_EQUAL(set(PROC_TRACE_CTL, DISABLE), 0);
    CHECK_EQUAL(set(PROC_TRACE_CTL, ENABLE), 0);
    CHECK_EQUAL(get(PROC_TRACE_STATUS), 0);
}

static void check_death_signal(void)
{
    struct gate ready = make_gate(), died = make_gate();
    int signal = SIG_OF_DEATH;
    EXPECT_ERROR(set(PROC_PDEATHSIG_CTL, 129), EINVAL);
    EXPECT_ERROR(procctl(P_PID, 1, PROC_PDEATHSIG_CTL, &signal), EINVAL);
    EXPECT_ERROR(procctl(P_PID, 99998, PROC_PDEATHSIG_CTL, &signal), EINVAL);
    become_reaper();
    int middle = fork();
    if (middle == 0)
    {
        int child = fork();
        if (child == 0)
        {
            CHECK_EQUAL(set(PROC_PDEATHSIG_CTL, SIG_OF_DEATH), 0);
            CHECK_EQUAL(get(PROC_PDEATHSIG_STATUS), SIG_OF_DEATH);
            int grandchild = fork();
            if (grandchild == 0)
                exit(get(PROC_PDEATHSIG_STATUS)); // not inherited
            EXPECT_EXIT(grandchild, 0);
            tell(ready, getpid());
            sleep_for_ever();
        }
        pass_gate(died);
        exit(0);
    }
    int child = hear(ready);
    open_gate(died);
    EXPECT_EXIT(middle, 0);
    EXPECT_KILLED(child, SIG_OF_DEATH);
}

int main(void)
{
    check_tracing();
    check_death_signal();
    EXPECT_ERROR(set(PROC_SPROTECT, 3), EINVAL);
    EXPECT_ERROR(set(PROC_SPROTECT, 1 | 0x40), EINVAL);
    EXPECT_ERROR(set(PROC_SPROTECT, 1), EPERM);
    CHECK_EQUAL(get(PROC_TRAPCAP_STATUS), DISABLE);
    CHECK_EQUAL(set(PROC_TRAPCAP_CTL, ENABLE), 0);
    CHECK_EQUAL(get(PROC_TRAPCAP_STATUS), ENABLE);
    CHECK_EQUAL(get(PROC_ASLR_STATUS), NOFORCE);
    CHECK_EQUAL(set(PROC_ASLR_CTL, DISABLE), 0);
    CHECK_EQUAL(get(PROC_ASLR_STATUS), DISABLE);
    EXPECT_ERROR(set(PROC_ASLR_CTL, 4), EINVAL);
    CHECK_EQUAL(get(PROC_STACKGAP_STATUS), 1 | 4);
    CHECK_EQUAL(set(PROC_STACKGAP_CTL, 2 | 8), 0);
    CHECK_EQUAL(get(PROC_STACKGAP_STATUS), 2 | 8);
    EXPECT_ERROR(set(PROC_STACKGAP_CTL, 1), EINVAL);
    EXPECT_ERROR(set(PROC_STACKGAP_CTL, 3), EINVAL);
    CHECK_EQUAL(get(PROC_NO_NEW_PRIVS_STATUS), DISABLE);
    EXPECT_ERROR(set(PROC_NO_NEW_PRIVS_CTL, DISABLE), EINVAL);
    CHECK_EQUAL(set(PROC_NO_NEW_PRIVS_CTL, ENABLE), 0);
    CHECK_EQUAL(get(PROC_NO_NEW_PRIVS_STATUS), ENABLE);

    // A mapping keeps the rights that it was made with.
    CHECK_EQUAL(get(PROC_PROTMAX_STATUS), NOFORCE);
    CHECK_EQUAL(set(PROC_PROTMAX_CTL, ENABLE), 0);
    CHECK_EQUAL(get(PROC_PROTMAX_STATUS), (int)(0x80000000 | ENABLE));
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);
    CHECK(page != MAP_FAILED);
    EXPECT_ERROR(mprotect(page, 4096, PROT_READ | PROT_WRITE), EACCES);
    return 0;
}
