// closed_while_waiting.c: a call that sleeps holds its file (fget): who closes the descriptor meanwhile does not end the call, and what it takes is given back after it.
#include "ipc.h"

enum { SYS_accept = 30, SYS_flock = 131, SYS_socket = 97, SYS_bind = 104, SYS_listen = 106, SYS_connect = 98 };
enum { LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8, EVFILT_TIMER = -7, EV_ADD = 1, EV_ONESHOT = 0x10 };
struct kevent { unsigned long ident; short filter; unsigned short flags; unsigned fflags; long data; void *udata; unsigned long ext[4]; };

static volatile int descriptor;
static volatile long result;

static void lock(void *unused)
{
    (void)unused;
    result = checked(SYS_flock, descriptor, LOCK_EX, 0, 0);
    thread_exit();
}

static void locks(void)
{
    int other = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
    descriptor = open("/tmp/locked", O_RDWR, 0);
    CHECK_EQUAL(checked(SYS_flock, other, LOCK_EX, 0, 0), 0);
    result = -2;
    start_thread(lock);
    sleep_for(1000000);
    close(descriptor);
    CHECK_EQUAL(checked(SYS_flock, other, LOCK_UN, 0, 0), 0);
    sleep_for(1000000);
    CHECK_EQUAL(result, 0);
    // Nobody has the file that the lock was taken for.
    CHECK_EQUAL(checked(SYS_flock, other, LOCK_EX | LOCK_NB, 0, 0), 0);
}

static void wait_for_event(void *unused)
{
    (void)unused;
    struct kevent event = {0};
    result = checked6(SYS_kevent, descriptor, 0, 0, (long)&event, 1, 0);
    thread_exit();
}

static void events(void)
{
    struct kevent timer = {.ident = 1, .filter = EVFILT_TIMER, .flags = EV_ADD | EV_ONESHOT, .data = 3};
    descriptor = (int)checked(SYS_kqueue, 0, 0, 0, 0);
    CHECK_EQUAL(checked6(SYS_kevent, descriptor, (long)&timer, 1, 0, 0, 0), 0);
    result = -2;
    start_thread(wait_for_event);
    sleep_for(1000000);
    close(descriptor);
    sleep_for(5000000);
    CHECK_EQUAL(result, 1);
}

static void wait_for_connection(void *unused)
{
    (void)unused;
    result = checked(SYS_accept, descriptor, 0, 0, 0);
    thread_exit();
}

static void connections(void)
{
    struct { unsigned char length, family; char path[32]; } name = {14, 1, "/tmp/listener"};
    int client = (int)checked(SYS_socket, 1, 1, 0, 0);
    descriptor = (int)checked(SYS_socket, 1, 1, 0, 0);
    CHECK_EQUAL(checked(SYS_bind, descriptor, (long)&name, sizeof name, 0), 0);
    CHECK_EQUAL(checked(SYS_listen, descriptor, 5, 0, 0), 0);
    result = -2;
    start_thread(wait_for_connection);
    sleep_for(1000000);
    close(descriptor);
    CHECK_EQUAL(checked(SYS_connect, client, (long)&name, sizeof name, 0), 0);
    sleep_for(1000000);
    CHECK(result >= 0);
}

int main(void)
{
    locks();
    events();
    connections();
    return 0;
}
