// fork.c: two children: one exits with status 3, one is killed; the parent waits for both. Memory is not shared.
#include "runtime/runtime.h"

static volatile int shared = 1;

int main(void)
{
    int parent = getpid(), status = -1, child = fork();

    if (child == 0)
    {
        shared = 2;
        printf("child: my parent is %s\n", getppid() == parent ? "right" : "wrong");
        return 3;
    }
    int waited = wait4(child, &status, 0, NULL);
    printf("parent: %s child, exited %s, status %d\n", waited == child ? "the" : "no", WIFEXITED(status) ? "yes" : "no", WEXITSTATUS(status));
    printf("parent: variable %d\n", shared);

    child = fork();
    if (child == 0)
        for (;;)
            nanosleep(&(struct timespec){1000, 0}, NULL);
    kill(child, SIGKILL);
    waited = wait4(child, &status, 0, NULL);
    printf("parent: %s child, killed by signal %d\n", waited == child ? "the" : "no", WTERMSIG(status));
    waited = wait4(-1, &status, 0, NULL);
    printf("parent: no more children: %d, errno %d\n", waited, errno);
    return 0;
}
