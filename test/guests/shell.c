// shell.c: what a shell does with its commands: a child that works by itself, one that executes another program (itself, as "tool"),
// and one by vfork, which uses the parent's memory until it executes. Each must end with the status that its command gives.
#include "runtime/runtime.h"

enum { AT_EXECPATH = 15 };

// vfork(2). No C function: the child goes on in the frames of its parent, whose return address must not lie in them.
__attribute__((returns_twice)) int vfork(void);
#if defined(__x86_64__)
__asm__(".text\n.globl vfork\n.type vfork, @function\nvfork:\n"
        "pop %rsi\nmov $66, %eax\nsyscall\njnc 1f\nmov $-1, %eax\n1: push %rsi\nret\n.size vfork, .-vfork\n");
#else
__asm__(".text\n.globl vfork\n.type vfork, @function\nvfork:\n"
        "mov x8, #66\nsvc #0\nb.cc 1f\nmov w0, #-1\n1: ret\n.size vfork, .-vfork\n");
#endif

static volatile int works;
static volatile int vforks;

// Neither may be inlined or shared: breakpoints are set on each of them alone.
NOINLINE void in_child(int number)
{
    works += number;
}

NOINLINE void in_vfork_child(int number)
{
    vforks += number;
}

NOINLINE void in_parent(int number)
{
    works += number;
}

NOINLINE int tool(const char *word)
{
    printf("tool: %s\n", word);
    return (int)strlen(word);
}

static _Noreturn void execute(const char *word)
{
    char *arguments[] = {"tool", (char *)word, NULL};
    execve((const char *)auxiliary(AT_EXECPATH, 0), arguments, environ);
    dprintf(2, "cannot execute: error %d\n", errno);
    exit(127);
}

static void await(const char *command, int child)
{
    int status = -1;
    if (wait4(child, &status, 0, NULL) != child)
        printf("%s: error %d\n", command, errno);
    else if (WIFEXITED(status))
        printf("%s: exited with %d\n", command, WEXITSTATUS(status));
    else
        printf("%s: killed by signal %d\n", command, WTERMSIG(status));
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[0], "tool") == 0)
        return tool(argv[1]);

    int child = fork();
    if (child == 0)
    {
        in_child(1);
        in_child(2);
        exit(works);
    }
    in_parent(10);
    await("work", child);

    child = fork();
    if (child == 0)
    {
        in_child(1);
        execute("fork");
    }
    in_parent(20);
    await("fork and execute", child);

    child = vfork();
    if (child == 0)
    {
        in_vfork_child(1);
        in_vfork_child(2);
        execute("vfork");
    }
    in_parent(30);
    await("vfork and execute", child);
    printf("parent: works %d, vforks %d\n", works, vforks);

    execute("at last");
}
