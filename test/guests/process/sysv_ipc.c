// sysv_ipc.c: shared memory, semaphores and message queues of System V.
#include "ipc.h"

enum { SYS_shmat = 228, SYS_shmdt = 230, SYS_shmget = 231, SYS_shmctl = 512, SYS_semget = 221, SYS_semop = 222, SYS_semctl = 510, SYS_msgget = 225,
    SYS_msgsnd = 226, SYS_msgrcv = 227, SYS_msgctl = 511, SYS_old_shmctl = 229, SYS_shmsys = 171 };
enum { IPC_CREAT = 01000, IPC_EXCL = 02000, IPC_NOWAIT = 04000, IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, SHM_RDONLY = 010000, SHM_RND = 020000,
    GETNCNT = 3, GETPID = 4, GETVAL = 5, GETALL = 6, GETZCNT = 7, SETVAL = 8, SETALL = 9, SEM_UNDO = 010000, MSG_NOERROR = 010000 };
enum { ENOENT = 2, E2BIG = 7, ENOMEM = 12, EEXIST = 17, EFBIG = 27, EIDRM = 82, ENOMSG = 83 };
struct perm { unsigned cuid, cgid, uid, gid; unsigned short mode, seq; long key; };
struct shmid { struct perm perm; unsigned long size; int lpid, cpid; unsigned attached; long atime, dtime, ctime; };
struct semid { struct perm perm; void *base; unsigned short count; long otime, ctime; };
struct msqid { struct perm perm; void *first, *last; unsigned long bytes, count, most; int lspid, lrpid; long stime, rtime, ctime; };
_Static_assert(sizeof(struct shmid) == 80 && sizeof(struct semid) == 64 && sizeof(struct msqid) == 104, "sizes");
struct sembuf { unsigned short number; short operation, flags; };

static void memory(void)
{
    EXPECT_ERROR((int)checked(SYS_shmget, 77, 100, 0, 0), ENOENT);
    int id = (int)checked(SYS_shmget, 77, 5000, IPC_CREAT | 0640, 0);
    CHECK_EQUAL(id, 1 << 16);
    CHECK_EQUAL(checked(SYS_shmget, 77, 0, 0, 0), id);
    EXPECT_ERROR((int)checked(SYS_shmget, 77, 1, IPC_CREAT | IPC_EXCL, 0), EEXIST);
    EXPECT_ERROR((int)checked(SYS_shmget, 77, 10000, 0, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_shmget, 0, 0, 0, 0), EINVAL);
    volatile char *here = (volatile char *)checked(SYS_shmat, id, 0, 0, 0), *again = (volatile char *)checked(SYS_shmat, id, 0, SHM_RDONLY, 0);
    here[4999] = 'a';
    CHECK_EQUAL(again[4999], 'a');
    struct shmid data;
    int child = fork();
    if (child == 0)
    {
        here[1] = 'c';
        CHECK_EQUAL(checked(SYS_shmctl, id, IPC_STAT, (long)&data, 0), 0);
        CHECK_EQUAL(data.attached, 4);
        exit(0);
    }
    EXPECT_EXIT(child, 0);
    CHECK_EQUAL(again[1], 'c');
    CHECK_EQUAL(checked(SYS_shmctl, id, IPC_STAT, (long)&data, 0), 0);
    CHECK(data.attached == 2 && data.size == 8192 && data.cpid == getpid() && (data.perm.mode & 0777) == 0640 && data.perm.key == 77);
    data.perm.mode = 0600;
    CHECK_EQUAL(checked(SYS_shmctl, id, IPC_SET, (long)&data, 0), 0);
    // Detached memory keeps what is in it, and goes with its last view when it is removed.
    CHECK_EQUAL(checked(SYS_shmdt, (long)here, 0, 0, 0), 0);
    CHECK_EQUAL(checked(SYS_shmdt, (long)again, 0, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_shmdt, (long)again, 0, 0, 0), EINVAL);
    here = (volatile char *)checked(SYS_shmat, id, 0x7000001234, SHM_RND, 0);
    CHECK_EQUAL(here, 0x7000001000);
    CHECK_EQUAL(here[4999], 'a');
    EXPECT_ERROR((int)checked(SYS_shmat, id, 0x7000002000, 0, 0), ENOMEM);
    EXPECT_ERROR((int)checked(SYS_shmat, id, 0x7000001234, 0, 0), EINVAL);
    CHECK_EQUAL(checked(SYS_shmctl, id, IPC_RMID, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_shmget, 77, 0, 0, 0), ENOENT);
    CHECK_EQUAL(here[1], 'c');
    CHECK_EQUAL(checked(SYS_shmsys, 2, (long)here, 0, 0), 0);
    EXPECT_ERROR((int)checked(SYS_shmctl, id, IPC_STAT, (long)&data, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_shmctl, 1, 99, 0, 0), EINVAL);
}

static int semaphore(int id, int number, int command, long value)
{
    return (int)checked(SYS_semctl, id, number, command, (long)&value);
}

static int operate(int id, int number, int operation, int flags)
{
    struct sembuf one = {(unsigned short)number, (short)operation, (short)flags};
    return (int)checked(SYS_semop, id, (long)&one, 1, 0);
}

static void semaphores(void)
{
    int id = (int)checked(SYS_semget, 5, 3, IPC_CREAT | 0600, 0);
    CHECK(id > 0);
    unsigned short values[] = {1, 2, 3}, back[3];
    CHECK_EQUAL(semaphore(id, 0, SETALL, (long)values), 0);
    CHECK_EQUAL(semaphore(id, 0, GETALL, (long)back), 0);
    CHECK_EQUAL(memcmp(values, back, sizeof back), 0);
    // All or nothing.
    struct sembuf both[] = {{0, -1, 0}, {1, -3, IPC_NOWAIT}};
    EXPECT_ERROR((int)checked(SYS_semop, id, (long)both, 2, 0), EAGAIN);
    CHECK_EQUAL(semaphore(id, 0, GETVAL, 0), 1);
    EXPECT_ERROR(operate(id, 3, 1, 0), EFBIG);
    EXPECT_ERROR(operate(id, 0, 32767, 0), 34);
    EXPECT_ERROR(semaphore(id, 0, SETVAL, 32768), 34);
    EXPECT_ERROR((int)checked(SYS_semop, id, (long)both, 101, 0), E2BIG);
    // What a process has done with SEM_UNDO ends with it.
    int child = fork();
    if (child == 0)
    {
        CHECK_EQUAL(operate(id, 2, -3, SEM_UNDO), 0);
        CHECK_EQUAL(operate(id, 0, 4, SEM_UNDO), 0);
        CHECK_EQUAL(operate(id, 1, 1, 0), 0);
        exit(0);
    }
    EXPECT_EXIT(child, 0);
    CHECK_EQUAL(semaphore(id, 0, GETVAL, 0), 1);
    CHECK_EQUAL(semaphore(id, 1, GETVAL, 0), 3);
    CHECK_EQUAL(semaphore(id, 2, GETVAL, 0), 3);
    CHECK_EQUAL(semaphore(id, 1, GETPID, 0), child);
    // One waits for more, another one for zero; both are woken, the last by the end of the set.
    child = fork();
    if (child == 0)
    {
        CHECK_EQUAL(operate(id, 0, -2, 0), 0);
        EXPECT_ERROR(operate(id, 0, -1, 0), EIDRM);
        exit(0);
    }
    sleep_for(1000000);
    CHECK_EQUAL(semaphore(id, 0, GETNCNT, 0), 1);
    CHECK_EQUAL(semaphore(id, 0, GETZCNT, 0), 0);
    CHECK_EQUAL(operate(id, 0, 1, 0), 0);
    CHECK_EQUAL(operate(id, 0, 0, 0), 0);
    sleep_for(1000000);
    CHECK_EQUAL(semaphore(id, 0, IPC_RMID, 0), 0);
    EXPECT_EXIT(child, 0);
    EXPECT_ERROR(semaphore(id, 0, GETVAL, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_semget, 6, 341, IPC_CREAT, 0), EINVAL);
}

struct message { long type; char text[100]; };

static long receive(int id, struct message *message, long size, long type, int flags)
{
    return checked6(SYS_msgrcv, id, (long)message, size, type, flags, 0);
}

static void messages(void)
{
    int id = (int)checked(SYS_msgget, 9, IPC_CREAT | 0600, 0, 0);
    struct message one = {3, "three"}, two = {1, "one"}, got;
    CHECK_EQUAL(checked(SYS_msgsnd, id, (long)&one, 6, 0), 0);
    CHECK_EQUAL(checked(SYS_msgsnd, id, (long)&two, 4, 0), 0);
    CHECK_EQUAL(receive(id, &got, 100, -2, 0), 4);
    CHECK_EQUAL(got.type, 1);
    errno = 0;
    CHECK(receive(id, &got, 100, 1, IPC_NOWAIT) == -1 && errno == ENOMSG);
    CHECK(receive(id, &got, 2, 0, 0) == -1 && errno == E2BIG);
    CHECK_EQUAL(receive(id, &got, 2, 0, MSG_NOERROR), 2);
    CHECK_EQUAL(got.text[1], 'h');
    two.type = 0;
    EXPECT_ERROR((int)checked(SYS_msgsnd, id, (long)&two, 4, 0), EINVAL);
    EXPECT_ERROR((int)checked(SYS_msgsnd, id, (long)&one, 2049, 0), EINVAL);
    static struct { long type; char text[2048]; } large = {1, {0}};
    CHECK_EQUAL(checked(SYS_msgsnd, id, (long)&large, 2048, 0), 0);
    EXPECT_ERROR((int)checked(SYS_msgsnd, id, (long)&one, 1, IPC_NOWAIT), EAGAIN);
    int child = fork();
    if (child == 0)
    {
        CHECK_EQUAL(checked(SYS_msgsnd, id, (long)&one, 6, 0), 0);
        CHECK(receive(id, &got, 100, 7, 0) == -1 && errno == EIDRM);
        exit(0);
    }
    sleep_for(1000000);
    CHECK_EQUAL(checked6(SYS_msgrcv, id, (long)&large, 2048, 0, 0, 0), 2048);
    CHECK_EQUAL(receive(id, &got, 100, 0, 0), 6);
    struct msqid data;
    CHECK_EQUAL(checked(SYS_msgctl, id, IPC_STAT, (long)&data, 0), 0);
    CHECK(data.count == 0 && data.lspid == child && data.lrpid == getpid() && data.most == 2048);
    sleep_for(1000000);
    CHECK_EQUAL(checked(SYS_msgctl, id, IPC_RMID, 0, 0), 0);
    EXPECT_EXIT(child, 0);
    EXPECT_ERROR((int)checked(SYS_msgctl, id, IPC_STAT, (long)&data, 0), EINVAL);
}

int main(void)
{
    memory();
    semaphores();
    messages();
    return 0;
}
