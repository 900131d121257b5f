// limits: takes all that there is of one thing, and tells how it is refused. The argument says of what.
//   processes  every process forks until it cannot         threads  one more, until it cannot
//   memory     maps until nothing more fits                 touch    uses memory until it is killed
//   files      fills the file system, then its table        pipes    opens as many as it may, in several processes
//   output     writes for ever
#include "runtime/threads.h"

enum { SYS_unlink = 10, SYS_pipe2 = 542 };
enum { EAGAIN = 35, THREADS = 1600, CHUNK = 65536 };

static thread_t threads[THREADS];
static mutex_t gate;
static char chunk[CHUNK];

static void processes(void)
{
    int first = getpid(), children = 0, pid;
    while ((pid = fork()) >= 0)
        children = pid == 0 ? 0 : children + 1;
    int refused = errno;
    while (wait4(-1, NULL, 0, NULL) > 0)
        ;
    if (getpid() != first)
        exit(0);
    printf("fork: %d after %s\n", refused, children > 0 ? "some" : "none");
    pid = fork();
    if (pid == 0)
        exit(3);
    int status = -1;
    wait4(pid, &status, 0, NULL);
    printf("and then a child exits with %d\n", WEXITSTATUS(status));
}

static void wait_at_the_gate(void *argument)
{
    (void)argument;
    mutex_lock(&gate);
    mutex_unlock(&gate);
}

static void many_threads(void)
{
    int count = 0, refused = 0;
    mutex_lock(&gate);
    while (count < THREADS && (refused = thread_create(&threads[count], NULL, wait_at_the_gate, NULL)) == 0)
        count++;
    printf("thr_new: %d after %d\n", refused, count);
    mutex_unlock(&gate);
    for (int index = 0; index < count; index++)
        thread_join(&threads[index]);
    printf("all gone, and a new one: %d\n", thread_create(&threads[0], NULL, wait_at_the_gate, NULL));
    thread_join(&threads[0]);
}

static void memory(void)
{
    long terabytes = 0;
    while (mmap(NULL, 1L << 40, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0) != MAP_FAILED)
        terabytes++;
    printf("mmap: %d after %s\n", errno, terabytes > 100 ? "more than 100 TB" : "too little");
    for (long size = 1L << 39; size >= 4096; size /= 2)
        while (mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0) != MAP_FAILED)
            ;
    printf("not one page: %d\n", errno);
}

static void touch(void)
{
    char *all = mmap(NULL, 1L << 40, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    printf("mapped\n");
    for (long offset = 0;; offset += 4096)
        all[offset] = 1;
}

static void files(void)
{
    int fd = open("/tmp/big", O_RDWR | O_CREAT, 0600);
    long size = 0, count;
    while ((count = write(fd, chunk, CHUNK)) > 0)
        size += count;
    printf("write: %d after %s\n", errno, size > 0 ? "some" : "none");
    close(fd);
    system_call(SYS_unlink, (long)"/tmp/big", 0, 0, 0, 0, 0);
    char name[] = "/tmp/00000000";
    int made = 0;
    while ((fd = open(name, O_RDWR | O_CREAT, 0600)) >= 0)
    {
        close(fd);
        made++;
        for (char *digit = name + sizeof name - 2; ++*digit > '9'; digit--)
            *digit = '0';
    }
    printf("open: %d after %s\n", errno, made > 0 ? "some" : "none");
    system_call(SYS_unlink, (long)"/tmp/00000000", 0, 0, 0, 0, 0);
    fd = open("/tmp/again", O_RDWR | O_CREAT, 0600);
    printf("and then %ld of %d\n", write(fd, chunk, CHUNK), CHUNK);
}

static void pipes(void)
{
    int ends[2], refused;
    long made = 0;
    while ((refused = (int)system_call(SYS_pipe2, (long)ends, 0, 0, 0, 0, 0)) >= 0)
        made++;
    printf("pipe2: %d after %ld\n", -refused, made);
    int pid = fork();
    if (pid == 0)
    {
        // The child has them too, and no descriptor left.
        printf("in a child: %ld\n", -system_call(SYS_pipe2, (long)ends, 0, 0, 0, 0, 0));
        exit(0);
    }
    wait4(pid, NULL, 0, NULL);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "processes") == 0)
        processes();
    else if (strcmp(what, "threads") == 0)
        many_threads();
    else if (strcmp(what, "memory") == 0)
        memory();
    else if (strcmp(what, "touch") == 0)
        touch();
    else if (strcmp(what, "files") == 0)
        files();
    else if (strcmp(what, "pipes") == 0)
        pipes();
    else if (strcmp(what, "output") == 0)
    {
        for (;;)
            write(1, chunk, CHUNK);
    }
    return 0;
}
