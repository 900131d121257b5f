// threadshared: a mutex and a condition variable in memory that a parent and its child share, and a word that each waits for.
#include "runtime/threads.h"

struct shared
{
    mutex_t mutex;
    condition_t changed;
    int turn, total;
    unsigned long word;
};

static void play(struct shared *shared, int me)
{
    for (int round = 0; round < 20; round++)
    {
        mutex_lock(&shared->mutex);
        while (shared->turn != me)
            condition_wait(&shared->changed, &shared->mutex);
        shared->total++;
        shared->turn = !me;
        condition_signal(&shared->changed);
        mutex_unlock(&shared->mutex);
    }
}

int main(void)
{
    enum { UMTX_OP_WAIT = 2, UMTX_OP_WAKE = 3 };
    struct shared *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
    shared->mutex.flags = shared->changed.flags = PROCESS_SHARED;
    int child = fork();
    if (child == 0)
    {
        play(shared, 1);
        __atomic_store_n(&shared->word, 1, __ATOMIC_SEQ_CST);
        _umtx_op(&shared->word, UMTX_OP_WAKE, 1, NULL, NULL);
        exit(0);
    }
    play(shared, 0);
    while (__atomic_load_n(&shared->word, __ATOMIC_SEQ_CST) == 0)
        _umtx_op(&shared->word, UMTX_OP_WAIT, 0, NULL, NULL);
    int status;
    wait4(child, &status, 0, NULL);
    printf("total %d, turn %d, status %d\n", shared->total, shared->turn, status);
    return 0;
}
