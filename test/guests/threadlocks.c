// threadlocks: a mutex, a barrier, a reader-writer lock, a semaphore, a timed wait and a robust mutex, by several threads that are
// switched anywhere. It prints what is true however they are.
#include "runtime/threads.h"

enum { WORKERS = 4, ROUNDS = 300, ITEMS = 50 };

static mutex_t mutex, barrier_mutex, robust = {.flags = ROBUST};
static condition_t barrier_reached;
static rwlock_t table_lock;
static semaphore_t items, slots = {.count = 3};
static int counter, arrived, generation, table[8], torn, sum;

static void spin(int turns)
{
    for (volatile int turn = 0; turn < turns; turn++)
        ;
}

// Nobody goes on until all have come.
static void barrier(int parties)
{
    mutex_lock(&barrier_mutex);
    int mine = generation;
    if (++arrived == parties)
    {
        arrived = 0;
        generation++;
        condition_broadcast(&barrier_reached);
    }
    while (mine == generation)
        condition_wait(&barrier_reached, &barrier_mutex);
    mutex_unlock(&barrier_mutex);
}

static void worker(void *argument)
{
    int number = (int)(long)argument;
    for (int round = 0; round < ROUNDS; round++)
    {
        mutex_lock(&mutex);
        int seen = counter;
        spin(number * 20);
        counter = seen + 1;
        mutex_unlock(&mutex);
    }
    barrier(WORKERS);
    for (int round = 0; round < ROUNDS; round++)
    {
        if (round % 10 == number)
        {
            rwlock_write(&table_lock);
            for (int index = 0; index < 8; index++)
            {
                table[index]++;
                spin(10);
            }
        }
        else
        {
            rwlock_read(&table_lock);
            int first = table[0];
            spin(10);
            if (table[7] != first)
                torn++;
        }
        rwlock_unlock(&table_lock);
    }
    barrier(WORKERS);
}

static void producer(void *argument)
{
    (void)argument;
    for (int item = 1; item <= ITEMS; item++)
    {
        semaphore_wait(&slots);
        sum += item;
        semaphore_post(&items);
    }
}

static void dies_with_lock(void *argument)
{
    (void)argument;
    static struct { unsigned long shared, private, in_transit; } lists;
    static unsigned long head;
    lists.private = (unsigned long)&head;
    _umtx_op(NULL, 26, sizeof lists, &lists, NULL); // UMTX_OP_ROBUST_LISTS
    mutex_lock(&robust);
    head = (unsigned long)&robust;
}

int main(void)
{
    static thread_t threads[WORKERS], other;
    char names[WORKERS][9] = {"worker-0", "worker-1", "worker-2", "worker-3"};
    long main_thread = thread_self();

    for (long number = 0; number < WORKERS; number++)
        if (thread_create(&threads[number], names[number], worker, (void *)number) != 0)
            printf("thread %ld was not made\n", number);
    for (int number = 0; number < WORKERS; number++)
        thread_join(&threads[number]);
    printf("counter %d, table %d, torn %d\n", counter, table[0], torn);
    printf("thread ids %s\n", threads[0].tid != main_thread && threads[1].tid > threads[0].tid ? "differ" : "are wrong");

    thread_create(&other, "producer", producer, NULL);
    for (int item = 0; item < ITEMS; item++)
    {
        semaphore_wait(&items);
        semaphore_post(&slots);
    }
    thread_join(&other);
    printf("sum %d\n", sum);

    mutex_lock(&mutex);
    struct timespec past = {0, 0};
    printf("timed wait %d\n", condition_wait_until(&barrier_reached, &mutex, &past));
    mutex_unlock(&mutex);

    thread_create(&other, "mortal", dies_with_lock, NULL);
    thread_join(&other);
    printf("robust mutex %d\n", mutex_lock(&robust));
    return 0;
}
